#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How good the inferred types are: builds real programs from Debian's sources
# with each compiler at each level, asks truth.py what their sources say, and
# score.py what `allotype meta sites` makes of the binaries, with the source at
# hand and without; of C++ programs, truth_cxx.py and score_cxx.py.  Run by `make types-report`; hours, the first time.
#
# What programs scored before anybody looked at them is in first_seen.md, made
# by types_table.py --first, and added as it is.
#
# Environment:
#   CORPUS_PROGRAMS, CORPUS_CXX_PROGRAMS, CORPUS_COMPILERS, CORPUS_LEVELS   what to look at
#   BUILT_ONLY=1   only what an earlier run has built
#   REPORT     the table (docs/types-report.md); printed as well
#   JOBS, ALLOTYPE_CORPUS_DIR     as build.sh
# Builds and truth files are kept in the corpus's folder, types/; the sites that
# are not right, and why, in types-report/ of the build folder.
set -eu
here=$(dirname "$(realpath "$0")")
: "${top_builddir:=.}" "${JOBS:=2}"
: "${CORPUS_PROGRAMS:=$("$here/build.sh" --list c)}"
: "${CORPUS_CXX_PROGRAMS=$("$here/build.sh" --list cxx)}"
: "${CORPUS_COMPILERS:=gcc clang-14}" "${CORPUS_LEVELS:=O0 O2 O3}"
: "${REPORT:=$here/../../docs/types-report.md}"
cache=${ALLOTYPE_CORPUS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/allotype-corpus}
work=$(realpath "$top_builddir")/types-report
allotype=$(realpath "$top_builddir")/tools/allotype
export JOBS LC_ALL=C
unset LD_PRELOAD DEBUGINFOD_URLS

# truth JUDGE NAME OUTDIR: prints the file, which one build is enough for.
# JUDGE: the end of the judge's files' names.
truth() {
	local reader=$here/truth$1.py file=$cache/types/$2/truth$1.jsonl
	shift
	if [ ! -s "$file" ] || [ "$reader" -nt "$file" ] ||
		[ "$here/truth_sites.py" -nt "$file" ] ||
		[ "$here/truth_commands.py" -nt "$file" ]; then
		"$reader" "$2/compile_commands.json" --root "$2/source" \
			-j "$JOBS" > "$file.new" 2> "$work/$1.truth" || return 1
		mv "$file.new" "$file"
	fi
	echo "$file"
}

# sites JUDGE NAME COMBINATION BINARY TRUTH SOURCE [OPTION]: a row of figures.
sites() {
	local judge=$1
	shift
	local at=$work/$1-$2-$5
	"$allotype" meta sites "$3" --json ${6-} > "$at.sites"
	"$here/score$judge.py" "$4" "$at.sites" --binary "$3" --list \
		--counts "$at.counts" > "$at.wrong"
	sed "s/^{/{\"program\": \"$1\", \"built\": \"$2\", \"source\": \"$5\", /" \
		"$at.counts" >> "$work/$1.rows$judge"
}

# look_at JUDGE NAME COMPILER LEVEL
look_at() {
	local judge=$1
	shift
	local out=$cache/types/$1/$2-$3 cxx=g++ binary file
	[ -z "${BUILT_ONLY-}" ] || [ -s "$out/binary" ] || return 0
	[ "$2" = gcc ] || cxx=${2/clang/clang++}
	binary=$(CC=$2 CXX=$cxx CFLAGS="-g -$3" "$here/build.sh" "$1" "$out") &&
		file=$(truth "$judge" "$1" "$out") || {
		echo "$1 with $2 -$3: not built" >&2
		return
	}
	sites "$judge" "$1" "$2 -$3" "$binary" "$file" with
	sites "$judge" "$1" "$2 -$3" "$binary" "$file" without --no-source
	echo "$1 with $2 -$3: done" >&2
}

# heap_of NAME: a row on what its live objects are, when it is loaded.
heap_of() {
	local built=$cache/types/$1/gcc-O2/binary
	local truth=$cache/types/$1/truth.jsonl
	[ -s "$built" ] && [ -s "$truth" ] || return 0
	top_builddir=$top_builddir "$here/heap_load.sh" "$1" "$(cat "$built")" \
		> "$work/$1.heap" &&
		"$here/heap_score.py" "$1" "$truth" "$work/$1.heap" \
			--list "$work/$1.heap.rest"
}

heaps() {
	local program
	cat <<'TEXT'

## Live heap bytes

Programs built by gcc -O2 that run under the runtime, loaded with data of all
kinds (`contrib/corpus/heap_load.sh`): what `allotype heap` says of their live
objects, in bytes.  Told: their source, as clang reads it, has the call; right:
of these bytes, those with the type that it names, or rightly called bytes.
Of objects whose sizes, and those of headers before them, their class says at run
time, as python3.11's, the callers of who allocates them tell; the 5% of its bytes
that are not told are objects that a function makes whose caller is all that is
seen of it (a tail call).

| program | objects | bytes | told | right |
|---|---:|---:|---:|---:|
TEXT
	for program in $("$here/heap_load.sh" --list); do
		heap_of "$program" || echo "$program: not loaded" >&2
	done
}

# Which compiler of metadata it is: it is raised with what is inferred.
revision() {
	awk '$2 == "ALLOTYPE_META_REVISION" { print $3 }' \
		"$here/../../include/allotype/metafile.h"
}

# look_at_program JUDGE NAME
look_at_program() {
	local compiler level
	: > "$work/$2.rows$1"
	for compiler in $CORPUS_COMPILERS; do
		for level in $CORPUS_LEVELS; do
			look_at "$1" "$2" "$compiler" "$level"
		done
	done
}

# look_at_all JUDGE PROGRAM...: as many programs at once as there are jobs.
look_at_all() {
	local judge=$1 program
	shift
	for program; do
		while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do
			wait -n || :
		done
		look_at_program "$judge" "$program" &
	done
	wait
	for program; do
		cat "$work/$program.rows$judge"
	done > "$work/rows$judge"
}

rm -rf "$work"
mkdir -p "$work"
# shellcheck disable=SC2086 # words
look_at_all "" $CORPUS_PROGRAMS
# shellcheck disable=SC2086
look_at_all _cxx $CORPUS_CXX_PROGRAMS
{
	echo "# How good the types are: by program, compiler and level"
	echo
	echo "Made by one run of \`make types-report\` on $(date -u +%F)," \
		"with revision $(revision) of" \
		"the metadata compiler, $(gcc --version | head -n 1)" \
		"and $(clang-14 --version | head -n 1)."
	[ ! -s "$work/rows" ] || "$here/types_table.py" "$work/rows"
	heaps
	[ ! -s "$work/rows_cxx" ] || "$here/types_table_cxx.py" "$work/rows_cxx"
	cat "$here/first_seen.md"
} > "$work/report.md"
mkdir -p "$(dirname "$REPORT")"
cp "$work/report.md" "$REPORT"
cat "$REPORT"
