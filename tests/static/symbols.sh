#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# liballotype-heap.a defines the names of its header and no other, and asks of
# libc a short list of functions: no malloc above all.
. "$top_srcdir/tests/check/lib.sh"

archive=$top_builddir/liballotype-heap.a
# The string functions, what sys.c needs, and gcc's own helpers.
allowed='memcpy memmove memset memcmp memchr strlen strcmp strncmp strchr
	strcspn __errno_location environ __libc_stack_end getauxval clock_gettime
	pthread_atfork pthread_key_create pthread_setspecific
	_GLOBAL_OFFSET_TABLE_ __popcountdi2'
header=$top_srcdir/include/allotype/heap_static.h

defined=$($NM -g --defined-only --format=posix "$archive" |
	awk 'NF > 2 { print $1 }' | sort)
declared=$(sed -n 's/^\([a-z].*[ *]\)\{0,1\}\(allotype_[a-z_]*\)(.*/\2/p' \
	"$header" | sort)
[ -n "$declared" ] || violation "$header declares nothing"
[ "$defined" = "$declared" ] ||
	violation "$archive defines" "$defined" "not" "$declared"
for symbol in $($NM -u --format=posix "$archive" | awk 'NF > 1 { print $1 }'); do
	case $symbol in
	allotype_hook_*) continue ;; # weak: nobody defines it
	esac
	echo "$allowed" | tr -s ' \t' '\n' | grep -qxF "$symbol" ||
		violation "$archive needs $symbol"
done
finish
