#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What an allocation or a query runs through calls no malloc, no stdio, no dl*,
# no locale, no environment: seen in the objects' undefined symbols.
. "$(dirname "$0")/lib.sh"

forbidden=$(tr -s ' \n' '|' <<'NAMES'
malloc calloc realloc reallocarray free memalign aligned_alloc posix_memalign
strdup strndup asprintf vasprintf qsort
printf fprintf dprintf snprintf sprintf vprintf vfprintf vdprintf vsnprintf
vsprintf puts fputs fputc putchar fwrite fopen fdopen fclose getline perror
strerror stderr stdout syslog
dlopen dlsym dlvsym dlclose dladdr dlerror
getenv secure_getenv setlocale exit atexit __cxa_atexit
sleep usleep system popen execve fork posix_spawn
NAMES
)
forbidden="^(${forbidden%|})\$"
objects=0

for layer in base heap index type query; do
	for object in "$top_builddir/lib/$layer"/.libs/liballotype_la-*.o; do
		[ -f "$object" ] || continue
		objects=$((objects + 1))
		found=$($NM -u --format=posix "$object" | awk '{ print $1 }' |
			sed -e 's/@.*//' -e 's/^__\(.*\)_chk$/\1/' -e 's/64$//' |
			grep -E "$forbidden" | tr '\n' ' ')
		[ -z "$found" ] || violation "$object calls $found"
	done
done
[ "$objects" -gt 0 ] || violation "no objects of the runtime in $top_builddir/lib"
finish
