#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-real.sh [NAME...]: runs tests/real/NAME.sh, or all of them, with the
# runtime that was built in $top_builddir (default: the current folder).  Each
# prints `PASS name` or `FAIL name: reason` lines.
set -u
top_srcdir=$(realpath "$(dirname "$0")/..")
top_builddir=$(realpath "${top_builddir:-.}")
export top_srcdir top_builddir
status=0

[ $# -gt 0 ] || set -- $(cd "$top_srcdir/tests/real" &&
	ls ./*.sh | sed -e 's,^\./,,' -e 's,\.sh$,,' | grep -vx lib)
for name; do
	script=$top_srcdir/tests/real/$name.sh
	[ -x "$script" ] || { echo "FAIL $name: no such test"; status=1; continue; }
	timeout --kill-after=10 300 "$script" ||
		{ echo "FAIL $name: exit status $?"; status=1; }
done
exit $status
