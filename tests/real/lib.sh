# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of this folder, which run real programs with and
# without the runtime.  Gives them $runtime, a fresh folder $work, where they
# start, and the functions below.  A test exits non-zero only when it cannot
# say PASS or FAIL itself.
set -u
: "${top_srcdir:?}" "${top_builddir:?}"
runtime=${runtime:-$top_builddir/.libs/liballotype.so}
allotype=$top_builddir/tools/allotype
test_name=$(basename "$0" .sh)
work=$(mktemp -d "${TMPDIR:-/tmp}/allotype-$test_name.XXXXXX")
pids=
cleanup() {
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$pids" ] || kill -9 $pids 2> /dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
# The cache of built programs is the user's; all other settings are not.
export ALLOTYPE_CORPUS_DIR=\
"${ALLOTYPE_CORPUS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/allotype-corpus}"
export HOME=$work LC_ALL=C ALLOTYPE_META_DIR=$work/meta

pass() { echo "PASS $test_name: $*"; }
fail() { echo "FAIL $test_name: $*"; }

# verdict STATUS NAME REASON...: PASS when STATUS is 0.
verdict() {
	if [ "$1" -eq 0 ]; then pass "$2"; else fail "$2: ${*:3}"; fi
}

# preloaded COMMAND...: with the runtime, in this process's place.
preloaded() {
	LD_PRELOAD=$runtime exec "$@"
}

# same NAME COMMAND...: is output, error output and exit status the same with
# the runtime as without?  Each run has a folder of its own to start in, a copy
# of ./in when that exists.
same() {
	local name=$1 way
	shift
	for way in plain preloaded; do
		rm -rf "$work/same"
		if [ -d "$work/in" ]; then
			cp -a "$work/in" "$work/same"
		else
			mkdir "$work/same"
		fi
		(
			cd "$work/same" || exit 99
			if [ $way = plain ]; then exec "$@"; fi
			preloaded "$@"
		) > "$work/$way.out" 2> "$work/$way.err" < /dev/null
		echo $? > "$work/$way.status"
	done
	local part
	for part in status out err; do
		cmp -s "$work/plain.$part" "$work/preloaded.$part" && continue
		fail "$name: other $part: $(diff "$work/plain.$part" \
			"$work/preloaded.$part" | head -n 4 | tr '\n' '|')"
		return
	done
	pass "$name"
}

# corpus NAME: sets $binary to a program built from Debian's sources, with its
# metadata prepared, so that wrappers are stepped out of.
corpus() {
	binary=$("$top_srcdir/contrib/corpus/build.sh" "$1" \
		2> "$work/corpus.err") &&
		"$allotype" meta build "$binary" > "$work/corpus.err" 2>&1 &&
		return
	fail "$1 cannot be had: $(tail -n 3 "$work/corpus.err" | tr '\n' '|')"
	exit 0
}

# The runtime must really be there, or every comparison below is empty.
if ! (preloaded grep -q liballotype /proc/self/maps) 2> /dev/null; then
	fail "$runtime does not load"
	exit 0
fi
