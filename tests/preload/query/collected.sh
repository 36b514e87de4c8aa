#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is collected of pointers and content, in programs of both compilers
# whose source is not at hand.  Compiled here, as users compile.
: "${top_builddir:=.}" "${srcdir:=.}"
here=$(cd "$top_builddir" && pwd)
failures=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ALLOTYPE_META_DIR="$work/cache"

# check COMPILER FLAG...
check() {
	cp "$srcdir/tests/preload/query/collected.c" "$work/gone.c"
	"$@" -g -std=gnu11 -I"$srcdir/include" -I"$here/include" \
		"$work/gone.c" "$here/liballotype_stub.a" -lpthread \
		-o "$work/program" || exit 1
	rm "$work/gone.c"
	"$here/allotype-meta" build "$work/program" || exit 1
	timeout 60 env LD_PRELOAD="$here/.libs/liballotype.so" \
		"$work/program" || {
		echo "$*: fails with status $?"
		failures=$((failures + 1))
	}
}

for optimize in -O0 -O2; do
	check "${CC:-cc}" $optimize
	command -v clang-14 > /dev/null && check clang-14 $optimize
done
exit $((failures != 0))
