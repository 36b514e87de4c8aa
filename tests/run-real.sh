#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-real.sh [NAME...]: runs tests/real/NAME.sh, or all of them, with the
# runtime that was built in $top_builddir (default: the current folder), as many
# at a time as there are processors.  Each prints `PASS name' or `FAIL name:
# reason' lines, which come together when it has ended.
set -u
top_srcdir=$(realpath "$(dirname "$0")/..")
top_builddir=$(realpath "${top_builddir:-.}")
outputs=$(mktemp -d)
export top_srcdir top_builddir outputs
trap 'rm -rf "$outputs"' EXIT

# What takes longest begins first.
all_names() {
	local first='python_suite redis sqlite3_suite'

	echo "$first" | tr ' ' '\n'
	(cd "$top_srcdir/tests/real" && ls ./*.sh) |
		sed -e 's,^\./,,' -e 's,\.sh$,,' |
		grep -vxF -e lib -e "$(echo "$first" | tr ' ' '\n')"
}

run_one() {
	local script=$top_srcdir/tests/real/$1.sh output=$outputs/$1 status=0

	if [ -x "$script" ]; then
		timeout --kill-after=10 300 "$script" > "$output" 2>&1 ||
			{ echo "FAIL $1: exit status $?" >> "$output"; status=1; }
	else
		echo "FAIL $1: no such test" > "$output"
		status=1
	fi
	flock "$outputs" cat "$output"
	return $status
}
export -f run_one

[ $# -gt 0 ] || set -- $(all_names)
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'run_one {}'
status=$?
# 123: some have failed, and said so.
[ $status -eq 0 ] || [ $status -eq 123 ] ||
	echo "FAIL real: not all have run (xargs: $status)"
exit $status
