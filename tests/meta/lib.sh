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
