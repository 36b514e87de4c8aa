#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the eye tires of: licence lines, lengths, marks left behind.
. "$(dirname "$0")/lib.sh"

# A function may pass 60 lines only where a third of it are cases.
long_functions() {
	awk '
	FNR == 1 { start = 0 }
	/^\{/ { start = FNR; cases = 0 }
	start && /^[\t ]*(case|default)/ { cases++ }
	start && /^\}/ {
		lines = FNR - start - 1
		if (lines > 60 && cases * 3 < lines)
			printf "%s:%d: a function of %d lines\n",
				FILENAME, start, lines
		start = 0
	}' "$@"
}

for file in $(sources include lib meta tools tests contrib); do
	case $file in
	*/tests/real/demo.c) continue ;; # kept as others published it
	*.[ch] | *.cc)
		long=$(long_functions "$file")
		[ -z "$long" ] || violation "$long"
		;;
	esac
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
		violation "$file: no licence line"
	lines=$(wc -l < "$file")
	[ "$lines" -le 750 ] || violation "$file: $lines lines: split it"
	# Scripts quote whole lines of output.
	limit=100
	[ "${file%.sh}" = "$file" ] || limit=120
	wide=$(expand -t 8 "$file" |
		awk -v limit=$limit 'length($0) > limit { print FNR; exit }')
	[ -z "$wide" ] || violation "$file:$wide: too wide"
	marks=$(grep -nE '\b(FIX''ME|TO''DO|XX''X|HA''CK)\b' "$file" | head -n 1)
	[ -z "$marks" ] || violation "$file:$marks"
done
finish
