# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of the command.  Gives them $allotype, a fresh folder
# $work, where they start, and the functions below; `finish` ends a test.
set -u
: "${top_srcdir:?}" "${top_builddir:?}"
allotype=$top_builddir/tools/allotype
work=$(mktemp -d "${TMPDIR:-/tmp}/allotype-tools.XXXXXX")
failures=0
pids=
cleanup() {
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$pids" ] || kill -9 $pids 2> /dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
export HOME=$work LC_ALL=C ALLOTYPE_META_DIR=$work/meta
unset LD_PRELOAD ALLOTYPE_LIBRARY ALLOTYPE_COMMAND

# What the tests look into: built as a user would, whatever our flags are.
subject=$work/subject
build_subject() {
	${CC:-cc} -g -O0 -pthread -Wl,--build-id -o "$subject" \
		"$top_srcdir/tests/tools/subject.c" || exit 1
}

fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
}

# expect STATUS PATTERN COMMAND...: its exit status, and what a line of its
# output or messages matches (a basic regular expression; "" for no line).
expect() {
	local status=$1 pattern=$2 got
	shift 2
	"$@" > out 2> err < /dev/null
	got=$?
	[ "$got" -eq "$status" ] ||
		fail "$*: exit status $got, not $status: $(cat err)"
	if [ -z "$pattern" ]; then
		[ ! -s out ] && [ ! -s err ] || fail "$*: $(cat out err)"
	else
		cat out err | grep -q -e "$pattern" ||
			fail "$*: no line matches $pattern: $(cat out err)"
	fi
}

# One line on standard error, nothing on standard output.
one_line() {
	[ ! -s out ] || fail "output: $(cat out)"
	[ "$(wc -l < err)" -eq 1 ] || fail "not one line: $(cat err)"
}

# start_subject COMMAND...: runs it; sets $pid and, through `at NAME`, the
# addresses it printed.
start_subject() {
	[ -x "$subject" ] || build_subject
	rm -f input addresses
	mkfifo input
	# The shell that becomes the subject empties it when it gets to run:
	# until then it must not hold what an earlier subject printed.
	: > addresses
	"$@" < input > addresses 2> subject.err &
	pid=$!
	pids="$pids $pid"
	exec 9> input
	local tries=0
	until grep -qs '^ready' addresses; do
		tries=$((tries + 1))
		if [ $tries -gt 600 ] || ! kill -0 $pid 2> /dev/null; then
			fail "the subject does not start: $(cat subject.err)"
			finish
		fi
		sleep 0.05
	done
}

at() { sed -n "s/^$1 //p" addresses; }

finish() {
	[ "$failures" -eq 0 ] || exit 1
	exit 0
}
