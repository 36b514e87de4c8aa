# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of this folder, which run in the build folder.
set -u
: "${top_srcdir:=$(dirname "$0")/../..}" "${CC:=cc}"
meta=$PWD/allotype-meta
subject=$top_srcdir/tests/meta/subject.c
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
	echo "FAIL: $*" >&2
	failures=$((failures + 1))
}

# skip REASON: automake's word for "cannot be tested here".
skip() {
	echo "SKIP: $*"
	exit 77
}

finish() {
	[ "$failures" = 0 ]
	exit
}

# many_structs: C whose debug information is so much that it is read in several
# parts, on several threads.
many_structs() {
	awk 'BEGIN {
		for (i = 0; i < 2500; i++) {
			printf "struct s%d {", i
			for (j = 0; j < 80; j++)
				printf " int m%d_%d;", i % 100, j
			printf " } v%d;\n", i
		}
	}'
}
