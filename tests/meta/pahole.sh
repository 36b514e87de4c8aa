#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Somebody else's reader: every structure pahole sees, we see with its size.
. "$(dirname "$0")/lib.sh"
command -v pahole >/dev/null || skip "pahole is not installed"

# compare FILE
compare() {
	pahole --sizes "$1" 2>/dev/null | awk -F '\t' '{ print $1, $2 }' |
		LC_ALL=C sort -u >"$work/theirs"
	"$meta" show "$1" | sed -n '/^types:/,/^statics:/p' |
		sed -En 's/^(struct |union )?(.*), (struct|union), ([0-9]+) bytes.*/\2 \4/p' |
		LC_ALL=C sort -u >"$work/ours"
	[ -s "$work/theirs" ] || fail "$1: pahole sees nothing"
	LC_ALL=C comm -23 "$work/theirs" "$work/ours" >"$work/missing"
	[ -s "$work/missing" ] &&
		fail "$1: missing or of another size: $(cat "$work/missing")"
}

compare tests/meta/subject_o0
compare tests/meta/subject_o2
compare allotype-meta
finish
