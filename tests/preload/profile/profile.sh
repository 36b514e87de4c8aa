#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The profile of a program under the runtime, with and without metadata, and
# the same from outside the runtime: nothing.
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "$(dirname "$0")" && pwd)
command -v python3 > /dev/null || { echo "no python3"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export ALLOTYPE_META_DIR="$work/meta" DEBUGINFOD_URLS=
failed=0

check() {
	name=$1
	shift
	if "$@"; then
		echo "PASS: $name"
	else
		echo "FAIL: $name (status $?)"
		failed=1
	fi
}

$CC -g -O1 -Wall -Werror -Wl,--build-id -I"$top_srcdir/include" \
	-o subject "$source/subject.c" "$build/liballotype_stub.a" || exit 1
check "runs" env LD_PRELOAD="$runtime" ./subject plain.pb
check "without metadata" python3 "$source/profile.py" plain.pb subject plain
"$build/tools/allotype" meta build subject > /dev/null 2>&1
check "runs again" env LD_PRELOAD="$runtime" ./subject typed.pb
check "with metadata" python3 "$source/profile.py" typed.pb subject typed
./subject none.pb
[ $? = 3 ] || { echo "FAIL: without the runtime"; failed=1; }
exit $failed
