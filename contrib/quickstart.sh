#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# quickstart.sh: installs what is missing, builds in ./build, and asks five
# addresses of a small program what they are.
set -eu
top=$(realpath "$(dirname "$0")/..")
build=$top/build
"$top/contrib/install-deps.sh"
cd "$top"
mkdir -p "$build"
[ -x configure ] || autoreconf -fi > "$build/autoreconf.log" 2>&1 || {
	cat "$build/autoreconf.log"
	exit 1
}
cd "$build"
[ -f Makefile ] || ../configure --quiet
make -s -j"$(nproc)"

demo=$build/demo
mkdir -p "$demo"
cp "$top/tests/real/demo.c" "$demo/test.c"
cd "$demo"
echo
echo "\$ allocscc -o test test.c"
"$build/tools/allocscc" -o test test.c
echo "\$ allotype run ./test"
"$build/tools/allotype" run ./test
