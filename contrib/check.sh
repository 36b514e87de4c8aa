#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check.sh [STAGE...]: installs what is missing, builds in build-check/ and runs
# all tests, or the named stages only.  Ends with `N passed, N failed`; exits
# non-zero on any failure.  Logs are in build-check/logs.
#
# Stages: gcc install sanitizers threads debug valgrind clang real distcheck
set -u
top=$(realpath "$(dirname "$0")/..")
work=${ALLOTYPE_CHECK_DIR:-$top/build-check}
logs=$work/logs
jobs=$(nproc)
passed=0
failed=0
mkdir -p "$logs"
rm -f "$work/lane"
unset LD_PRELOAD TESTS

pass() {
	passed=$((passed + 1))
	echo "PASS $*"
}
fail() {
	failed=$((failed + 1))
	echo "FAIL $*"
}

# step NAME COMMAND...: one test; its output is the log NAME.
step() {
	local name=$1
	shift
	if "$@" > "$logs/$name.log" 2>&1; then
		pass "$name"
		return
	fi
	fail "$name: see $logs/$name.log"
	tail -n 12 "$logs/$name.log" | sed 's/^/    /'
	return 1
}

# For what need not be fast, but be compiled soon.
quick=(CFLAGS='-g -O1' CXXFLAGS='-g -O1')

# build VARIANT [CONFIGURE-ARGUMENT...]: all of it, or the $targets.
build() {
	local variant=$1
	shift
	mkdir -p "$work/$variant"
	step "$variant-configure" env --chdir="$work/$variant" \
		"$top/configure" --enable-compiler-warnings=error "$@" &&
		step "$variant-build" make -C "$work/$variant" -j"$jobs" \
			"${targets[@]}"
}

# count VARIANT TARGET [TEST...]: runs automake's tests, or the named ones of
# them, and counts each.
count() {
	local log=$logs/$1-$2.log status name verdict
	$personality make -C "$work/$1" -k -j"$jobs" "$2" \
		${3:+TESTS="${*:3}"} > "$log" 2>&1
	status=$?
	# Automake prints a line a test while they run.
	while read -r verdict name; do
		case $verdict in
		PASS:) passed=$((passed + 1)) ;;
		FAIL: | ERROR: | XPASS:)
			fail "$1 $name: see $log"
			tail -n 12 "$work/$1/$name.log" | sed 's/^/    /'
			;;
		esac
	done < <(grep -E '^(PASS|FAIL|ERROR|XPASS): ' "$log")
	grep -q '^# TOTAL: [1-9]' "$log" ||
		fail "$1 $2: no tests ran; see $log"
	if [ "$status" -ne 0 ] && ! grep -qE '^(FAIL|ERROR|XPASS): ' "$log"; then
		fail "$1 $2: see $log"
	fi
	echo "$1 $2: $(grep -c '^PASS: ' "$log") passed"
}

# real: the scripts of tests/real print PASS and FAIL lines themselves.
real() {
	local line lines=0
	while read -r line; do
		case $line in
		PASS\ *) pass "${line#PASS }" ;;
		FAIL\ *) fail "${line#FAIL }" ;;
		*) echo "    $line" ;;
		esac
		lines=$((lines + 1))
	done < <(top_builddir=$work/gcc "$top/tests/run-real.sh" 2>&1)
	[ "$lines" -gt 0 ] || fail "real: no tests ran"
}

# Is everything that git knows in the tarball that distcheck left?
dist_is_complete() {
	local lost
	lost=$(comm -23 \
		<(git -C "$top" ls-files | grep -vxF .gitignore | sort) \
		<(tar -tJf "$work"/gcc/allotype-*.tar.xz |
			sed 's,^[^/]*/,,' | sort))
	[ -z "$lost" ] || { echo "not in the tarball:" "$lost"; return 1; }
}

stage() {
	local units targets=(all)
	case $1 in
	gcc) build gcc --prefix="$work/installed" && count gcc check ;;
	install)
		step install make -C "$work/gcc" install &&
			step installcheck make -C "$work/gcc" installcheck
		;;
	sanitizers)
		build sanitizers --enable-asan --enable-ubsan "${quick[@]}" &&
			count sanitizers check-unit
		;;
	threads)
		# ThreadSanitizer wants the kernel's layout without extra
		# randomness; a container may forbid asking for it.
		setarch -R true 2> /dev/null && personality="setarch -R"
		build threads --enable-tsan "${quick[@]}" &&
			count threads check-unit
		personality=
		;;
	debug)
		# Where threads meet: this build yields there.
		units=(tests/unit/test_{heap{,_class,_security,_threads},lock}
			tests/fuzz/replay)
		targets=(liballotype.la liballotype_stub.a "${units[@]}"
			static-programs heap-programs stress-programs)
		build debug --enable-debug && count debug check-TESTS \
			"${units[@]}" tests/static/run.sh \
			tests/preload/run-heap.sh tests/preload/run-stress.sh
		;;
	valgrind)
		targets=(liballotype.la liballotype_stub.a
			tests/preload/valgrind/subject)
		build valgrind --enable-valgrind "${quick[@]}" && count valgrind check-TESTS \
			tests/preload/valgrind/memcheck.sh
		;;
	clang)
		build clang CC=clang-14 CXX=clang++-14 "${quick[@]}" &&
			count clang check-unit
		;;
	real) real ;;
	distcheck)
		# All tests ran in the gcc stage; here a few of each kind tell
		# that the tarball builds, installs and tests what it should.
		step distcheck make -C "$work/gcc" -j"$jobs" distcheck \
			TESTS="tests/unit/test_heap tests/unit/test_query \
				tests/check/headers.sh tests/tools/run.sh \
				tests/preload/run-heap.sh" \
			DISTCHECK_CONFIGURE_FLAGS="--enable-compiler-warnings=error \
				CFLAGS=-O1 CXXFLAGS=-O1" &&
			step dist-complete dist_is_complete
		;;
	*)
		echo "check.sh: no stage $1" >&2
		exit 2
		;;
	esac
}

# lane STAGE...: one after the other.
lane() {
	local name began
	for name; do
		began=$SECONDS
		stage "$name"
		echo "-- $name took $((SECONDS - began)) s"
	done
}

personality=
started=$SECONDS
"$top/contrib/install-deps.sh" --tests || exit 1
[ -x "$top/configure" ] ||
	step autoreconf env --chdir="$top" autoreconf -fi || exit 1
if [ $# -gt 0 ]; then
	lane "$@"
else
	# Tests wait for threads, children and servers as often as for a
	# processor, so two lanes take less than one.
	before=$passed
	(
		lane sanitizers threads debug clang
		echo "$((passed - before)) $failed" > "$work/lane"
	) &
	lane gcc install valgrind real distcheck
	wait
	read -r other_passed other_failed < "$work/lane" ||
		fail "the other lane did not end"
	passed=$((passed + ${other_passed:-0}))
	failed=$((failed + ${other_failed:-0}))
fi
echo "-- all took $((SECONDS - started)) s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
