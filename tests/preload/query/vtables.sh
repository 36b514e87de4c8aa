#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Objects whose virtual table pointers say what they are, by both compilers,
# at fixed addresses too.  Compiled here, as users compile.
: "${top_builddir:=.}" "${srcdir:=.}"
here=$(cd "$top_builddir" && pwd)
failures=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ALLOTYPE_META_DIR="$work/cache"

# check COMPILER FLAG...
check() {
	"$@" -g -std=c++14 -I"$srcdir/include" -I"$here/include" \
		"$srcdir/tests/preload/query/vtables.cc" \
		"$here/liballotype_stub.a" -lpthread -o "$work/program" || exit 1
	"$here/allotype-meta" build "$work/program" || exit 1
	timeout 60 env LD_PRELOAD="$here/.libs/liballotype.so" \
		"$work/program" || {
		echo "$*: fails with status $?"
		failures=$((failures + 1))
	}
}

for optimize in -O0 -O2; do
	check "${CXX:-c++}" $optimize
	command -v clang++-14 > /dev/null && check clang++-14 $optimize
done
check "${CXX:-c++}" -O2 -no-pie
exit $((failures != 0))
