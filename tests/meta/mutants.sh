#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Damaged files, always the same ones: tests/meta/fuzz/mutate.py has the rest.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
here=$(cd "$(dirname "$0")" && pwd)
build=$PWD
other=
if command -v aarch64-linux-gnu-gcc > /dev/null; then
	other=$work/aarch64
	aarch64-linux-gnu-gcc -g -O2 -D_GNU_SOURCE -o "$other" \
		"$here/flow/chains.c" || fail "chains.c"
fi
# shellcheck disable=SC2086 # maybe no file
(cd "$work" && python3 "$here/fuzz/mutate.py" "$meta" 100 4 \
	"$build/tests/meta/subject_o2" "$build/tests/meta/subject_cxx" $other) ||
	fail "a damaged file is not endured"
finish
