#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Real programs, compiled for AArch64 and for x86-64 by gcc: how far the answers
# of both agree, and how good each one's are (as types_report.sh has it), by
# their code alone and with their source.
#
# Environment:
#   CORPUS_PROGRAMS, CORPUS_LEVELS   what to look at; programs that need no
#       library but libc, as cross compilers have no other
#   top_builddir, JOBS, ALLOTYPE_CORPUS_DIR   as types_report.sh
set -eu
here=$(dirname "$(realpath "$0")")
: "${top_builddir:=.}" "${JOBS:=2}"
: "${CORPUS_PROGRAMS:=lua5.4 sqlite3 redis mawk patch}"
: "${CORPUS_LEVELS:=O0 O2}"
cache=${ALLOTYPE_CORPUS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/allotype-corpus}
meta=$(realpath "$top_builddir")/allotype-meta
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export JOBS LC_ALL=C
unset LD_PRELOAD DEBUGINFOD_URLS

# look_at NAME LEVEL OPTION...
look_at() {
	local name=$1 level=$2 compiler out
	shift 2
	for compiler in gcc aarch64-linux-gnu-gcc; do
		out=$cache/types/$name/$compiler-$level
		"$meta" sites --json "$@" "$(cat "$out/binary")" \
			> "$work/$compiler"
		echo "$name -$level $* by $compiler:" \
			"$("$here/score.py" "$work/truth" "$work/$compiler" \
				--binary "$(cat "$out/binary")" | sed -n 1p)"
	done
	echo "$name -$level $*:" \
		"$("$here/compare.py" "$work/gcc" "$work/aarch64-linux-gnu-gcc")"
}

for name in $CORPUS_PROGRAMS; do
	for level in $CORPUS_LEVELS; do
		for compiler in gcc aarch64-linux-gnu-gcc; do
			CC=$compiler CFLAGS="-g -$level" "$here/build.sh" \
				"$name" "$cache/types/$name/$compiler-$level" \
				> "$work/log" || {
				cat "$work/log"
				continue 2
			}
		done
		out=$cache/types/$name/gcc-$level
		"$here/truth.py" "$out/compile_commands.json" \
			--root "$out/source" -j "$JOBS" \
			> "$work/truth" 2> "$work/errors"
		look_at "$name" "$level"
		look_at "$name" "$level" --no-source
	done
done
