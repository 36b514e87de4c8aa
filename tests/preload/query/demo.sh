#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demonstration program of liballocs: four addresses, four allocators.
: "${top_builddir:=.}" "${srcdir:=.}"
here=$(cd "$top_builddir" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ALLOTYPE_META_DIR="$work/cache"
program=$work/demo

"${CC:-cc}" -g -I"$srcdir/include" "$srcdir/tests/real/demo.c" \
	"$here/liballotype_stub.a" -o "$program" || exit 1

"$here/allotype-meta" build "$program" || exit 1
output=$(LD_PRELOAD=$here/.libs/liballotype.so timeout 60 "$program") || exit 1
printf '%s\n' "$output"
status=0
expect() {
	printf '%s\n' "$output" | sed -n "$1p" |
		grep -qE "^At 0x[0-9a-f]+ is a $2\$" || {
		echo "line $1 is not: $2"
		status=1
	}
}
expect 1 'static-symbol-allocated object of size [1-9][0-9]*, type int \(int, char \*\*\)'
expect 2 'heap-allocated object of size 168, type int\[42\]'
expect 3 'stackframe-allocated object of size 8, type void \*'
expect 4 'auxv-allocated object of size 16, type char \*\[2\]'
exit $status
