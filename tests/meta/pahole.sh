#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Somebody else's reader: every structure pahole sees, we see with its size,
# and with its members where it has them, bit-fields to the bit.  PAHOLE_FILES
# names more ELF files to compare (make check TESTS=tests/meta/pahole.sh
# PAHOLE_FILES="...").
. "$(dirname "$0")/lib.sh"
command -v pahole >/dev/null || skip "pahole is not installed"

# compare FILE
compare() {
	pahole --sizes "$1" 2>/dev/null | awk -F '\t' '{ print $1, $2 }' |
		LC_ALL=C sort -u >"$work/theirs"
	"$meta" build --no-sites -o "$work/meta" "$1" &&
		"$meta" show "$work/meta" >"$work/show" ||
		fail "$1: cannot be compiled"
	sed -n '/^types:/,/^statics:/p' "$work/show" |
		sed -En 's/^(struct |union )?(.*), (struct|union), ([0-9]+) bytes.*/\2 \4/p' |
		LC_ALL=C sort -u >"$work/ours"
	[ -s "$work/theirs" ] || fail "$1: pahole sees nothing"
	LC_ALL=C comm -23 "$work/theirs" "$work/ours" >"$work/missing"
	[ -s "$work/missing" ] &&
		fail "$1: missing or of another size: $(cat "$work/missing")"
	command -v python3 >/dev/null || return
	pahole "$1" >"$work/members" 2>/dev/null
	python3 "$(dirname "$0")/members.py" "$work/members" "$work/show" ||
		fail "$1: members differ"
}

compare tests/meta/subject_o0
compare tests/meta/subject_o2
compare allotype-meta
for file in ${PAHOLE_FILES-}; do
	compare "$file"
done
finish
