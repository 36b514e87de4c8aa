#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Objects that libc allocates are charged to the program that called it.
: "${top_builddir:=.}" "${srcdir:=.}"
here=$(cd "$top_builddir" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ALLOTYPE_META_DIR="$work/cache"

program=$work/libc
"${CC:-cc}" -g -O1 -I"$srcdir/include" -I"$here/include" \
	"$srcdir/tests/preload/query/libc.c" "$here/liballotype_stub.a" \
	-o "$program" || exit 1
libc=$(ldd "$program" | sed -n 's/.* => \(.*libc\.so[^ ]*\) .*/\1/p')
[ -n "$libc" ] || { echo "no libc found"; exit 1; }
"$here/allotype-meta" build "$program" "$libc" || exit 1
timeout 60 env LD_PRELOAD="$here/.libs/liballotype.so" \
	"$program" "$srcdir/tests/preload/query/libc.c"
