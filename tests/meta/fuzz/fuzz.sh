#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh [compiler|reader|mutants]...: libFuzzer, with AddressSanitizer and
# UndefinedBehaviorSanitizer, over ELF files for the metadata compiler and over
# metadata files for their reader; then damaged copies of the test subjects
# through the program itself.  Run in the build folder (`make fuzz-meta`); what
# is found stays in its fuzz/.
#
# Environment: FUZZ_SECONDS, for each libFuzzer run (600); MUTANTS (10000);
# top_builddir.
set -eu
top=$(realpath "$(dirname "$0")/../../..")
build=$(realpath "${top_builddir:-.}")
seconds=${FUZZ_SECONDS:-600}
work=$build/fuzz
unset LD_PRELOAD DEBUGINFOD_URLS
cd "$build"
mkdir -p "$work"
subjects='tests/meta/subject_o0 tests/meta/subject_o2 tests/meta/subject_cxx'
if command -v aarch64-linux-gnu-gcc > /dev/null; then
	# Large pages would make it longer than what is kept of a seed.
	for source in chains paths; do
		aarch64-linux-gnu-gcc -g -O2 -D_GNU_SOURCE -w \
			-Wl,-z,max-page-size=4096,-z,common-page-size=4096 \
			-o "fuzz/aarch64_$source" "$top/tests/meta/flow/$source.c"
		subjects="$subjects fuzz/aarch64_$source"
	done
fi
readers="$top/lib/type/coded.c $top/lib/type/metafile.c $top/lib/type/metafile_packed.c \
	$top/lib/type/metafile_spelling.c $top/lib/type/metafile_types.c \
	$top/lib/type/strings.c $top/lib/type/table.c \
	$top/lib/type/declarator.c $top/lib/base/sys.c $top/lib/base/text.c"

# compile TARGET SOURCE...
compile() {
	local target=$1
	shift
	clang-14 -std=gnu11 -g -O1 -D_GNU_SOURCE -include config.h \
		-DALLOTYPE_REMOTE -I. -I"$top/include" -I"$top/lib" -I"$top" \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o "$work/meta-$target" "$top/tests/meta/fuzz/$target.c" "$@"
}

# hunt TARGET SEED...
hunt() {
	local target=$1
	shift
	mkdir -p "$work/meta-$target-corpus"
	cp "$@" "$work/meta-$target-corpus"
	echo "$target: libFuzzer, $seconds s"
	"$work/meta-$target" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
		-artifact_prefix="$work/meta-$target-" \
		"$work/meta-$target-corpus" > "$work/meta-$target.log" 2>&1 || {
		tail -n 30 "$work/meta-$target.log"
		return 1
	}
	grep -E 'number_of_executed|peak_rss' "$work/meta-$target.log"
}

run_compiler() {
	local sources
	sources=$(find "$top/meta" -name '*.c' ! -name main.c ! -name "show*.c")
	# shellcheck disable=SC2086 # lists of words
	compile compiler $sources $readers "$top/lib/type/cache.c" \
		-ldw -lelf -lcapstone -liberty
	# shellcheck disable=SC2086
	hunt compiler $subjects
}

run_reader() {
	local subject seeds=()
	# shellcheck disable=SC2086
	compile reader $readers
	for subject in $subjects; do
		./allotype-meta build --no-source \
			-o "$work/$(basename "$subject").meta" "$subject"
		seeds+=("$work/$(basename "$subject").meta")
	done
	hunt reader "${seeds[@]}"
}

run_mutants() {
	# shellcheck disable=SC2086
	(cd "$work" && "$top/tests/meta/fuzz/mutate.py" "$build/allotype-meta" \
		"${MUTANTS:-10000}" 1 \
		$(for subject in $subjects; do echo "$build/$subject"; done))
}

[ $# -gt 0 ] || set -- compiler reader mutants
for target; do
	"run_$target"
done
