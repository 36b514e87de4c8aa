#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make installcheck`: what was installed is whole, and works from its place.
. "$(dirname "$0")/lib.sh"
: "${bindir:?}" "${libdir:?}" "${includedir:?}" "${mandir:?}"
: "${pkgconfigdir:?}" "${pkgdatadir:?}"
source=$(realpath "$top_srcdir")
build=$(realpath "$top_builddir")
work=$(mktemp -d "${TMPDIR:-/tmp}/allotype-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
export HOME=$work LC_ALL=C ALLOTYPE_META_DIR=$work/meta DEBUGINFOD_URLS=
export PKG_CONFIG_PATH=$pkgconfigdir
unset LD_PRELOAD LD_LIBRARY_PATH ALLOTYPE_LIBRARY ALLOTYPE_COMMAND
library=$libdir/liballotype.so

# works COMMAND...: it succeeds without a message; its output is the file out.
works() {
	"$@" > out 2> err < /dev/null && [ ! -s err ] && return
	violation "$*: $(head -n 3 out err)"
	return 1
}

# says FILE PATTERN...: each matches a line of the file.
says() {
	local file=$1 pattern
	shift
	for pattern; do
		grep -qE -e "$pattern" "$file" ||
			violation "no line matches $pattern: $(cat "$file")"
	done
}

check_files() {
	local file
	for file in "$bindir"/{allotype,allotype-meta,allocscc}; do
		[ -x "$file" ] || violation "no command $file"
	done
	for file in "$library" "$libdir/liballotype_stub.a" \
		"$libdir/liballotype-heap.a" "$pkgconfigdir/allotype-heap.pc" \
		"$pkgconfigdir/allotype.pc" "$pkgdatadir/allotype-gdb.py" \
		"$(realpath "$library")-gdb.py"; do
		[ -s "$file" ] || violation "no $file"
	done
	file=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
	[ "$(realpath "$libdir/$file")" = "$(realpath "$library")" ] ||
		violation "$library is not the library that is called $file"
	for file in "$library" "$bindir"/allotype{,-meta}; do
		! readelf -d "$file" | grep -E 'RPATH|RUNPATH' ||
			violation "$file looks for libraries of its own"
	done
	for file in "$bindir/allocscc" "$pkgconfigdir"/allotype{,-heap}.pc \
		"$libdir/liballotype.la"; do
		[ ! -e "$file" ] || ! grep -F "$build" "$file" ||
			violation "$file names the build folder"
	done
}

# Each header alone, and no other folder at hand.
check_headers() {
	local header
	for header in allotype.h allocs.h \
		allotype/{api,heap,heap_layout,heap_static,index,metafile}.h; do
		echo "#include <$header>" > header.c
		works "$CC" -Wall -Wextra -Werror -I"$includedir" \
			-fsyntax-only header.c
		works "$CXX" -Wall -Wextra -Werror -I"$includedir" \
			-fsyntax-only -x c++ header.c
	done
}

check_manuals() {
	local page
	for page in man1/{allotype,allotype-meta,allocscc}.1 \
		man3/allotype-heap.3 man7/allotype-gdb.7; do
		if [ ! -s "$mandir/$page" ]; then
			violation "no manual page $mandir/$page"
		elif command -v groff > /dev/null; then
			works groff -man -Tutf8 -ww -z "$mandir/$page"
		fi
	done
}

# client FLAGS...: ./client, built with nothing else of ours.
client() {
	works "$CC" -g -Wall -Werror -o client client.c "$@" ||
		violation "no client"
}

check_linking() {
	local flags where
	works pkg-config --validate allotype
	flags=$(pkg-config --cflags --libs allotype)
	where=$(pkg-config --cflags --libs-only-L allotype)
	[ "$(pkg-config --variable=runtime allotype)" -ef "$library" ] ||
		violation "allotype.pc names another runtime"
	cat > client.c <<-'C'
		#include <allotype.h>
		#include <stdio.h>
		#include <stdlib.h>

		struct weasel { int age; double weight; } *weasels;

		int main(void)
		{
			weasels = calloc(3, sizeof(struct weasel));
			printf("%p %d %zu\n", (void *)weasels,
			       alloc_runtime_status(),
			       alloc_get_size(&weasels[1].weight));
			fflush(stdout);
			return getchar() == 'x';
		}
	C
	# shellcheck disable=SC2086 # lists of words
	client $flags
	works env LD_LIBRARY_PATH="$libdir" ./client && says out ' 0 48$'
	# shellcheck disable=SC2086
	client $where -lallotype_stub
	works ./client && says out ' 1 0$'
	works env LD_PRELOAD="$library" ./client && says out ' 0 48$'
}

# The heap alone, in a dynamic and in a static program.
check_heap() {
	local flags kind
	works pkg-config --validate allotype-heap
	flags=$(pkg-config --cflags --libs allotype-heap)
	cat > heap.c <<-'C'
		#include <allotype/heap_static.h>
		#include <stdio.h>

		int main(void)
		{
			char *pointer = allotype_malloc(100);

			printf("%zu bytes\n", allotype_usable_size(pointer));
			allotype_free(pointer);
			return 0;
		}
	C
	for kind in -pie -static; do
		# shellcheck disable=SC2086 # lists of words
		works "$CC" -Wall -Werror $kind -o heap heap.c $flags &&
			works ./heap && says out '^100 bytes$'
	done
}

check_commands() {
	works "$bindir/allotype" --version
	works "$bindir/allotype-meta" --version
	works ls / && mv out plain.out
	works "$bindir/allotype" run -- ls / && mv out run.out
	works cmp plain.out run.out
	cp "$source/tests/real/demo.c" .
	works "$bindir/allocscc" -o demo demo.c
	works "$bindir/allotype" run ./demo &&
		says out 'static-symbol-alloc.* int ?\(int, char ?\*\*\)' \
			'heap-alloc.* size 168, type int ?\[42\]' \
			'stack(frame)?-alloc' '(auxv|stack)-alloc'
}

# The command and gdb look into ./client while it waits for its input.
check_live() {
	local pid at
	mkfifo hold
	"$bindir/allotype" run ./client < hold > live.out &
	pid=$!
	exec 9> hold
	until grep -q . live.out || ! kill -0 $pid 2> /dev/null; do
		sleep 0.1
	done
	read -r at _ < live.out
	works "$bindir/allotype" what $pid "$at" &&
		says out 'heap .*struct weasel\[3\], 48 bytes .*client\.c:'
	works "$bindir/allotype" heap $pid && says out 'struct weasel'
	command -v gdb > /dev/null && check_gdb $pid
	exec 9>&-
	wait $pid || violation "the client ends with status $?"
}

# The script is loaded by itself and finds the command without PATH.
check_gdb() {
	env PATH=/usr/bin:/bin gdb -nx -batch -p "$1" \
		-iex "add-auto-load-safe-path $libdir" \
		-ex 'info auto-load python-scripts' \
		-ex 'alloc what weasels' -ex 'print $alloc_size(weasels)' \
		> gdb.out 2>&1 < /dev/null
	says gdb.out "^Yes.*$libdir/liballotype\.so\..*-gdb\.py" \
		'struct weasel\[3\], 48 bytes' '= 48$'
}

check_files
check_headers
check_manuals
check_linking
check_heap
check_commands
check_live
finish
