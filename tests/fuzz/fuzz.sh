#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh [libfuzzer|afl]...: builds the heap with the fuzzer's instrumentation,
# AddressSanitizer and UndefinedBehaviorSanitizer, and lets it look for
# sequences of heap calls that break the model; by default with libFuzzer, then
# with AFL++.  Starts from the kept corpus.  What is found stays in fuzz/ of the
# build folder.
#
# Environment: FUZZ_SECONDS, for each fuzzer (600); ALLOTYPE_OPTIONS, which the
# heap reads as ever; top_builddir.
set -eu
top=$(realpath "$(dirname "$0")/../..")
build=$(realpath "${top_builddir:-.}")
seconds=${FUZZ_SECONDS:-600}
work=$build/fuzz
unset LD_PRELOAD
cd "$build"

# translate COMPILER FLAG...
translate() {
	local compiler=$1
	shift
	"$compiler" -std=gnu11 -g -fno-omit-frame-pointer -fno-strict-aliasing \
		-fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc \
		-fno-builtin-free -D_GNU_SOURCE -include config.h \
		-DALLOTYPE_UNINTERPOSED -I. -I"$top/include" -I"$top/lib" \
		-I"$top/tests" "$@"
}

# compile COMPILER PROGRAM DOOR FLAG...: the heap and the operations with the
# flags; what only checks them, and what profiles need besides, as fast as it
# can be, and of no interest to the fuzzer.
compile() {
	local compiler=$1 program=$2 door=$3 source objects=$work/$2-objects
	local sources=()
	shift 3
	rm -rf "$objects"
	mkdir -p "$objects"
	for source in "$top"/tests/fuzz/{model,profile,workers}.c \
		"$top/lib/heap/check.c" "$top"/lib/{index,type}/*.c \
		"$top"/lib/query/*.c; do
		translate clang-14 -O2 -c "$source" \
			-o "$objects/$(echo "${source#"$top/"}" | tr / -).o"
	done
	for source in "$top"/lib/base/*.c "$top"/lib/heap/*.c \
		"$top"/lib/preload/{break,class_api,heap_api,profile}.c \
		"$top"/tests/fuzz/{operations,sequence}*.c; do
		[ "$source" = "$top/lib/heap/check.c" ] ||
			sources+=("$source")
	done
	translate "$compiler" -O1 -fno-sanitize-recover=all "$@" \
		-o "$work/$program" "${sources[@]}" \
		"$top/tests/fuzz/$door.c" "$objects"/*.o -lpthread
}

run_libfuzzer() {
	echo "libFuzzer, $seconds s"
	compile clang-14 libfuzzer libfuzzer -DALLOTYPE_DEBUG=1 \
		-fsanitize=fuzzer,address,undefined \
		-fno-sanitize-coverage=trace-cmp,trace-div,trace-gep
	mkdir -p "$work/libfuzzer-corpus" "$work/libfuzzer-found"
	nice -n 19 env ASAN_OPTIONS=detect_leaks=0 "$work/libfuzzer" \
		-max_total_time="$seconds" -max_len=4096 -timeout=60 \
		-rss_limit_mb=4096 -print_final_stats=1 -verbosity=1 \
		-artifact_prefix="$work/libfuzzer-found/" \
		"$work/libfuzzer-corpus" "$top/tests/fuzz/corpus" \
		> "$work/libfuzzer.log" 2>&1 || {
		tail -n 40 "$work/libfuzzer.log"
		echo "FAIL libFuzzer: see $work/libfuzzer.log"
		return 1
	}
	grep -E '^(stat::number_of_exec|Done)' "$work/libfuzzer.log"
	echo "PASS libFuzzer"
}

# stat NAME: of the last run of AFL++.
stat() {
	sed -n "s/^$1 *: *//p" "$work/afl-found/default/fuzzer_stats"
}

run_afl() {
	echo "AFL++, $seconds s"
	AFL_QUIET=1 AFL_USE_ASAN=1 AFL_USE_UBSAN=1 \
		compile afl-clang-fast afl replay
	rm -rf "$work/afl-found"
	nice -n 19 env AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 \
		AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
		afl-fuzz -V "$seconds" -m none -t 10000 \
		-i "$top/tests/fuzz/corpus" -o "$work/afl-found" \
		-- "$work/afl" @@ > "$work/afl.log" 2>&1 || {
		tail -n 20 "$work/afl.log"
		echo "FAIL AFL++: see $work/afl.log"
		return 1
	}
	echo "$(stat execs_done) sequences," \
		"$(stat saved_crashes) crashes, $(stat saved_hangs) hangs"
	[ "$(stat saved_crashes)" = 0 ] && [ "$(stat saved_hangs)" = 0 ] || {
		echo "FAIL AFL++: see $work/afl-found"
		return 1
	}
	echo "PASS AFL++"
}

command -v clang-14 > /dev/null && command -v afl-fuzz > /dev/null ||
	"$top/contrib/install-deps.sh" --tests
mkdir -p "$work"
[ $# -gt 0 ] || set -- libfuzzer afl
status=0
for fuzzer; do
	case $fuzzer in
	libfuzzer | afl) "run_$fuzzer" || status=1 ;;
	*)
		echo "usage: $0 [libfuzzer|afl]..." >&2
		exit 2
		;;
	esac
done
exit $status
