#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A program asks about its own memory: with the runtime and metadata, without
# metadata, with bad metadata, and without the runtime.  Compiled here, as
# users compile: the flags of the build are no matter.
: "${top_builddir:=.}" "${srcdir:=.}"
source=$srcdir/tests/preload/query/answers.c
here=$(cd "$top_builddir" && pwd)
library=$here/.libs/liballotype.so
failures=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ALLOTYPE_META_DIR="$work/cache"

# run NAME PROGRAM MODE
run() {
	timeout 60 env ${preload:+"LD_PRELOAD=$preload"} "$2" "$3" || {
		echo "$1: ${2##*/} $3 fails with status $?"
		failures=$((failures + 1))
	}
}

for optimize in -O0 -O2; do
	program=$work/answers$optimize
	"${CC:-cc}" -g $optimize -I"$srcdir/include" -I"$here/include" \
		"$source" "$here/liballotype_stub.a" -lpthread -o "$program" ||
		exit 1
	preload=
	run 'without the runtime' "$program" absent
	preload=$library
	rm -rf "$ALLOTYPE_META_DIR"/*
	run 'cold cache' "$program" cold
	"$here/allotype-meta" build "$program" || exit 1
	run 'with metadata' "$program" full
	for file in "$ALLOTYPE_META_DIR"/*/*.meta; do
		# Its checksum is right, its header no longer.
		size=$(stat -c %s "$file")
		truncate -s $((size / 2)) "$file"
		run 'truncated metadata' "$program" cold
		truncate -s "$size" "$file"
		printf x | dd of="$file" bs=1 seek=33 conv=notrunc 2>/dev/null
		run 'corrupt metadata' "$program" cold
		: > "$file"
		run 'empty metadata' "$program" cold
	done
done
exit $((failures != 0))
