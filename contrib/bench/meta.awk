# SPDX-License-Identifier: Apache-2.0
# awk -F , -f meta.awk RUNS.csv SIZES.csv: the table of meta.sh.  A ratio is
# taken within a round, against pahole; a cell is the median of the rounds,
# with the smallest and the largest in brackets.

FNR == 1 { part++ }
part == 1 && FNR > 1 {
	if (!(($2, $3) in rounds)) {
		order[++count] = $2 SUBSEP $3
		rounds[$2, $3] = 0
	}
	n = ++rounds[$2, $3]
	number[$2, $3, n] = $1
	wall[$2, $3, $1] = $4 / 1e6
	cpu[$2, $3, $1] = ($5 + $6) / 1e6
	peak[$2, $3, $1] = $7 / 1024
}
part == 2 {
	size_line[++sizes] = sprintf( \
		"%-14s DWARF %.1f MB, metadata %.1f MB (%.1f%%), loaded in %s us (%s - %s)", \
		$1, $2 / 1e6, $3 / 1e6, $2 ? 100 * $3 / $2 : 0, $4, $5, $6)
}
END {
	printf "%-14s %-14s %-26s %-26s %-26s\n", "file", "tool", \
		"wall s", "CPU s", "peak MB"
	for (i = 1; i <= count; i++)
		row(order[i], 0)
	print "\ndivided by pahole -J"
	for (i = 1; i <= count; i++)
		row(order[i], 1)
	print ""
	for (i = 1; i <= sizes; i++)
		print size_line[i]
}

function row(key, ratio,    part_of) {
	split(key, part_of, SUBSEP)
	if (ratio && (part_of[2] == "pahole" || \
		      !((part_of[1], "pahole") in rounds)))
		return
	printf "%-14s %-14s %-26s %-26s %-26s\n", part_of[1], part_of[2], \
		cell(wall, key, ratio), cell(cpu, key, ratio), \
		cell(peak, key, ratio)
}

function cell(of, key, ratio,    i, j, n, at, value, part_of, below) {
	split(key, part_of, SUBSEP)
	n = 0
	for (i = 1; i <= rounds[key]; i++) {
		at = number[key, i]
		value = of[key, at]
		if (ratio) {
			below = of[part_of[1], "pahole", at]
			if (!below)
				continue
			value /= below
		}
		for (j = ++n; j > 1 && sorted[j - 1] > value; j--)
			sorted[j] = sorted[j - 1]
		sorted[j] = value
	}
	if (!n)
		return "-"
	value = n % 2 ? sorted[(n + 1) / 2] : \
		(sorted[n / 2] + sorted[n / 2 + 1]) / 2
	return sprintf("%.2f (%.2f - %.2f)", value, sorted[1], sorted[n])
}
