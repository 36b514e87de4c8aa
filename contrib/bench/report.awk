# SPDX-License-Identifier: Apache-2.0
# awk -F , -v metric=time|instructions -v summary=FILE -f report.awk RUNS.csv:
# the tables that bench.sh prints, and their figures as CSV.  A ratio is taken
# within a round; a cell is the median of the rounds' ratios, with the
# smallest and the largest.

# cell[what, workload, allocator, round]
NR == 1 { next }
{
	key = $3 SUBSEP $4 SUBSEP $1
	if (metric == "instructions") {
		note("instructions", $3, $10 / 1000)
	} else if ($2 != "fixed") {
		note("cpu", $3, ($5 + $6) / 1000)
		note("peak", $3, $7)
		if ($10 != "")
			note("idle", $3, $10)
	} else if ($3 == "start") {
		note("start", $3, ($5 + $6) / 1000)
	} else if ($3 == "empty") {
		note("empty", $3, $8)
	} else {
		note("bytes", $3, $10)
	}
	set_of[$3] = $2
	if (!($4 in known_allocator)) {
		known_allocator[$4] = 1
		allocators[++allocator_count] = $4
	}
	if ($1 > rounds)
		rounds = $1
}

function note(what, workload, value)
{
	cell[what, key] = value
	if (!((what, workload) in known_workload)) {
		known_workload[what, workload] = 1
		workloads[what, ++workload_count[what]] = workload
	}
}

# Sorts values[1..n] (few) and returns their median.
function median(values, n,    i, j, value)
{
	for (i = 2; i <= n; i++) {
		value = values[i]
		for (j = i - 1; j >= 1 && values[j] > value; j--)
			values[j + 1] = values[j]
		values[j + 1] = value
	}
	return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

# The median of the ratios to glibc (or of the differences, or the values
# themselves); sets least and most; "" when there is none.
function compare(how, what, workload, allocator,    round, n, a, b, values, m)
{
	n = 0
	for (round = 1; round <= rounds; round++) {
		if (!((what, workload, allocator, round) in cell))
			continue
		a = cell[what, workload, allocator, round]
		b = cell[what, workload, "glibc", round]
		if (how == "ratio" && b <= 0)
			continue
		values[++n] = how == "ratio" ? a / b : how == "difference" ? a - b : a
	}
	if (!n)
		return ""
	m = median(values, n)
	least = values[1]
	most = values[n]
	print how "," what "," workload "," allocator "," m "," least "," most > summary
	return m
}

function heading(title, unit,    i)
{
	printf "\n%-16s %10s", title, unit
	for (i = 2; i <= allocator_count; i++)
		printf "  %-18s", allocators[i]
	print "  allotype/best"
}

# A line a workload; geometric means below: of SET, where glibc's figure is at
# least FLOOR.
function table(title, unit, what, set, floor,    i, j, w, m, base, best, own, sum, n, name, worst, worst_name, lines)
{
	split("", sum)
	n = worst = lines = 0
	for (i = 1; i <= workload_count[what]; i++) {
		w = workloads[what, i]
		if (set_of[w] != set)
			continue
		if (!lines++)
			heading(title, unit)
		base = compare("value", what, w, "glibc")
		printf "%-16s %10.0f", w, base
		best = 1
		own = 0
		if (base >= floor)
			n++
		for (j = 2; j <= allocator_count; j++) {
			name = allocators[j]
			m = compare("ratio", what, w, name)
			if (m == "") {
				printf "  %-18s", "-"
				continue
			}
			printf "  %-18s", sprintf("%.2f (%.2f-%.2f)", m, least, most)
			if (base >= floor)
				sum[name] += log(m)
			if (name == "allotype")
				own = m
			else if (m < best)
				best = m
		}
		printf "  %.2f\n", own / best
		if (own / best > worst) {
			worst = own / best
			worst_name = w
		}
	}
	if (!lines)
		return
	if (n)
		means(n, floor, sum)
	printf "worst single ratio to the best of the others: %.2f (%s)\n", worst, worst_name
}

function means(n, floor, sum,    j, text)
{
	text = floor ? "  (" n " with " floor / 1024 " MB or more)" : ""
	printf "%-16s %10s", "geometric mean", ""
	for (j = 2; j <= allocator_count; j++)
		printf "  %-18s", sprintf("%.3f", exp(sum[allocators[j]] / n))
	print text
}

# One line of the fixed costs.
function fixed(title, how, what, workload, format,    j, m)
{
	if (!workload_count[what])
		return
	if (!fixed_lines++) {
		printf "\n%-28s", "fixed costs"
		for (j = 1; j <= allocator_count; j++)
			printf "  %-20s", allocators[j]
		print ""
	}
	printf "%-28s", title
	for (j = 1; j <= allocator_count; j++) {
		m = compare(how, what, workload, allocators[j])
		printf "  %-20s", m == "" ? "-" : sprintf(format " (" format "-" format ")", m, least, most)
	}
	print ""
}

END {
	print "how,what,workload,allocator,median,least,most" > summary
	printf "%d rounds; ratios to glibc: median (least-most)\n", rounds
	if (metric == "instructions") {
		table("instructions", "thousands", "instructions", "synthetic", 0)
		table("instructions", "thousands", "instructions", "real", 0)
		exit
	}
	table("CPU, synthetic", "ms", "cpu", "synthetic", 0)
	table("CPU, real", "ms", "cpu", "real", 0)
	table("peak RSS", "KB", "peak", "synthetic", 10240)
	table("peak RSS, real", "KB", "peak", "real", 10240)
	table("RSS when idle", "KB", "idle", "synthetic", 10240)
	fixed("300 starts of true, CPU", "ratio", "start", "start", "%.2f")
	fixed("empty program, RSS over KB", "difference", "empty", "empty", "%.0f")
	fixed("bytes for 32 bytes, beyond", "value", "bytes", "bookkeeping", "%.2f")
}
