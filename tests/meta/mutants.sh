#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Damaged files, always the same ones: tests/meta/fuzz/mutate.py has the rest.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
here=$(cd "$(dirname "$0")" && pwd)
build=$PWD
(cd "$work" && python3 "$here/fuzz/mutate.py" "$meta" 100 4 \
	"$build/tests/meta/subject_o2" "$build/tests/meta/subject_cxx") ||
	fail "a damaged file is not endured"
finish
