#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh [--instructions] [--no-peers] [NAME...]
#
# The runtime, recording on, against glibc's malloc and Debian's peers
# (mimalloc, jemalloc, tcmalloc), interleaved; prints tables and leaves CSV in
# the build folder's bench/.  NAME is a set (synthetic, real, fixed) or one
# workload; without a name, all three sets.  See README.md beside this file.
#
# Run by `make bench`; by hand, from the build folder.  Environment: ROUNDS
# (5), PERCENT (100: how much each synthetic workload does), BENCH_PORT,
# CC, CXX.
set -eu
here=$(dirname "$(realpath "$0")")
top_builddir=$(realpath "${top_builddir:-.}")
runtime=$top_builddir/.libs/liballotype.so
allotype=$top_builddir/tools/allotype
rounds=${ROUNDS:-5}
percent=${PERCENT:-100}
port=${BENCH_PORT:-7398}
work=$top_builddir/bench
export LC_ALL=C ALLOTYPE_META_DIR=$work/meta
unset LD_PRELOAD

# shellcheck source-path=SCRIPTDIR
. "$here/workloads.sh"

usage() {
	echo "usage: $0 [--instructions] [--no-peers] [NAME...]"
	echo "sets: synthetic real fixed"
	echo "workloads: $synthetic $real $fixed"
}

# ---- allocators ----

declare -A library=([glibc]='' [allotype]=$runtime)
allocators='glibc allotype'

add_peers() {
	local name path
	"$here/../install-deps.sh" --bench ||
		echo "bench.sh: going on with the peers that are there" >&2
	for name in mimalloc.so.2 jemalloc.so.2 tcmalloc_minimal.so.4; do
		path=$(ldconfig -p | awk -v name="lib$name" \
			'$1 == name && /x86-64/ { print $NF; exit }')
		[ -n "$path" ] || continue
		name=${name%%[._]*}
		library[$name]=$path
		allocators="$allocators $name"
	done
}

# ---- one run ----

input=/dev/null
untraced=

# sample SET NAME ALLOCATOR COMMAND...: runs it, appends a row to runs.csv.
# A line `KEY NUMBER` or `NUMBER` at the end of its output is its value.
sample() {
	local set=$1 name=$2 allocator=$3 figures value status=0
	shift 3
	if [ -n "$instructions" ]; then
		count_instructions "$set" "$name" "$allocator" "$@"
		return
	fi
	rm -f "$work/figures"
	"$work/measure" ${untraced:+-u} -o "$work/figures" \
		-p "${library[$allocator]}" "$@" \
		< "$input" > "$work/out" 2> "$work/err" || status=$?
	if [ "$status" -ne 0 ]; then
		echo "bench.sh: $name fails with $allocator ($status):" >&2
		tail -n 3 "$work/err" >&2
		return
	fi
	figures=$(tr ' ' , < "$work/figures")
	value=
	[ "$set" = real ] || value=$(tail -n 1 "$work/out" |
		awk 'NF <= 2 && $NF ~ /^[0-9.-]+$/ { print $NF }')
	echo "$round,$set,$name,$allocator,$figures,$value" >> "$runs"
}

# The preloaded library is counted too; what the program starts is not.
count_instructions() {
	local set=$1 name=$2 allocator=$3 collected
	shift 3
	LD_PRELOAD=${library[$allocator]} valgrind --tool=callgrind \
		--callgrind-out-file=/dev/null "$@" \
		< "$input" > "$work/out" 2> "$work/err" || :
	collected=$(awk '/Collected :/ { print $NF }' "$work/err")
	echo "$round,$set,$name,$allocator,0,0,0,0,0,$collected" >> "$runs"
}

# ---- the whole ----

build() {
	local flags='-std=gnu11 -g -O2 -Wall -Wextra' program
	for program in measure alloc_all random_report bookkeeping; do
		# shellcheck disable=SC2086 # a list of words
		${CC:-cc} $flags -o "$work/$program" "$here/$program.c"
	done
	# shellcheck disable=SC2086
	${CC:-cc} $flags -pthread -o "$work/workload" "$here"/workload*.c
	${CXX:-c++} -g -O2 -o "$work/throw" "$here/throw.cc"
}

# Where a program has debug information, wrappers are stepped out of: part of
# the price.  Running it once prepares the metadata.
prepare_metadata() {
	"$allotype" run -- "$@" < /dev/null > /dev/null 2>&1 || :
}

# Which set NAME is in.
set_of() {
	case " $synthetic " in *" $1 "*) echo synthetic ;; esac
	case " $real " in *" $1 "*) echo real ;; esac
	case " $fixed " in *" $1 "*) echo fixed ;; esac
}

expand() {
	local name
	for name; do
		case $name in
		synthetic) echo "$synthetic" ;;
		real) echo "$real" ;;
		fixed) echo "$fixed" ;;
		*) echo "$name" ;;
		esac
	done
}

instructions=
peers=yes
names=
for argument; do
	case $argument in
	--instructions) instructions=yes ;;
	--no-peers) peers= ;;
	--help)
		usage
		exit
		;;
	-*)
		usage >&2
		exit 2
		;;
	*) names="$names $argument" ;;
	esac
done
# shellcheck disable=SC2086 # a list of words
names=$(expand ${names:-synthetic real fixed})
for name in $names; do
	[ -n "$(set_of "$name")" ] || {
		usage >&2
		exit 2
	}
done
[ -f "$runtime" ] || { echo "$runtime is not built" >&2; exit 1; }
mkdir -p "$work"
exec 9> "$work/lock"
flock -n 9 || { echo "another run uses $work" >&2; exit 1; }
trap 'stop_server' EXIT
trap 'exit 1' INT TERM
metric='time'
if [ -n "$instructions" ]; then
	metric=instructions
	rounds=1
	[ "${PERCENT:-}" ] || percent=10
fi
runs=$work/$metric.csv
[ -z "$peers" ] || add_peers
build
for name in $names; do
	case $(set_of "$name") in
	synthetic) prepare_metadata "$work/workload" ;;
	*) "prepare_$name" ;;
	esac
done
echo 'round,set,workload,allocator,user_us,system_us,peak_kb,end_kb,minor_faults,value' > "$runs"
for round in $(seq "$rounds"); do
	for name in $names; do
		for allocator in $allocators; do
			case $(set_of "$name") in
			synthetic)
				sample synthetic "$name" "$allocator" \
					"$work/workload" "$name" "$percent"
				;;
			*) "run_$name" "$allocator" ;;
			esac
		done
	done
	[ ! -t 2 ] || echo "round $round of $rounds" >&2
done
awk -F , -v summary="$work/summary-$metric.csv" -v metric="$metric" \
	-f "$here/report.awk" "$runs"
echo
echo "every run: $runs"
echo "medians: $work/summary-$metric.csv"
