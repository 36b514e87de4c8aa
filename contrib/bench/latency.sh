#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# latency.sh [OPTION]... [SCENARIO]...: the most instructions and system calls
# of any call of the heap, counted one by one (latency/latency.c; -l lists the
# scenarios, -k 2000 counts more calls, -c FILE writes CSV).
# PRELOAD=LIBRARY measures another allocator, PRELOAD= libc's own.
# With -t also where the worst calls spent their time.
# Run by `make bench-latency`; by hand, from the build folder.
set -u
top_builddir=$(realpath "${top_builddir:-.}")
preload=${PRELOAD-$top_builddir/.libs/liballotype.so}
program=$top_builddir/contrib/bench/latency/latency
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -z "$preload" ] || [ -f "$preload" ] || { echo "no $preload" >&2; exit 1; }

# The wrappers of the program are wrappers only to who reads metadata.
export ALLOTYPE_META_DIR=$work/meta
"$top_builddir/allotype-meta" build "$program" > "$work/log" 2>&1 ||
	cat "$work/log" >&2
LD_PRELOAD=$preload "$program" "$@" > "$work/out"
status=$?
grep -v '^trace ' "$work/out"

# trace SCENARIO N KIND FILE OFFSET COUNT: by function and line.
grep '^trace ' "$work/out" | awk '{ print $2, $3, $4 }' | uniq |
while read -r scenario n kind; do
	echo "== $scenario, N = $n, $kind: instructions by function and line"
	grep "^trace $scenario $n $kind " "$work/out" |
	while read -r _ _ _ _ file offset count; do
		echo "$count $(addr2line -sfe "$file" "$offset" 2> /dev/null |
			tr '\n' ' ')"
	done | awk '{ line[$2 " " $3] += $1 }
		END { for (l in line) print line[l], l }' | sort -rn | head -n 15
done
exit $status
