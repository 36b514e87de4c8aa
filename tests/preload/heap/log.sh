#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The log of the runtime: levels, file, children, and programs that close what
# they did not open.
library=$(cd "${top_builddir:-.}/.libs" && pwd)/liballotype.so
programs=$(cd "${top_builddir:-.}/tests/preload/heap" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

# run OPTIONS COMMAND...: its output in out and err.
run()
{
	local options=$1
	shift
	ALLOTYPE_OPTIONS=$options LD_PRELOAD=$library "$@" > out 2> err < /dev/null
}

# holds FILE PATTERN, lacks FILE PATTERN
holds()
{
	grep -qE -e "$2" "$1" 2> /dev/null && return
	echo "no line of $1 matches $2:"; head -n 20 "$1"; failed=1
}
lacks()
{
	! grep -qE -e "$2" "$1" 2> /dev/null && return
	echo "a line of $1 matches $2:"; grep -E -e "$2" "$1" | head; failed=1
}

run log=none env true
[ ! -s err ] || { echo "log=none says: $(head err)"; failed=1; }
run log=error env true
[ ! -s err ] || { echo "log=error says: $(head err)"; failed=1; }
run log=info env true
holds err '^allotype\[[0-9]+\]: info: the heap is up'
holds err '^allotype\[[0-9]+\]: info: at the end: [0-9]+ allocations'
lacks err ': debug: '
lacks out .
# By then ls has closed its standard error.
run log=info,log_file=end ls /
holds end '^allotype\[[0-9]+\]: info: at the end: [0-9]+ live of size [0-9]+'
run log=debug "$programs/many_threads"
holds err ': debug: thread [0-9]+ has a cache'
holds err ': debug: thread [0-9]+ gives its cache over'

# Failures, and who is asked.
run log=error,heap_limit=32M "$programs/oom"
holds err ': error: an allocation of 67108864 bytes fails: the limit of the heap'
lacks err ': info: '
run log=info,heap_limit=32M "$programs/oom"
holds err ': info: the out-of-memory handler of the process gives up'
holds err ': info: the out-of-memory handler of the process helps'
holds err ': info: the out-of-memory handler of the thread gives up'

# A file: relative to where the program began, one line a write, appended.
run log=info,log_file=log.txt sh -c 'cd /; exec env true'
lacks err .
holds log.txt 'the heap is up'
lines=$(wc -l < log.txt)
run log=info,log_file=log.txt env true
[ "$(wc -l < log.txt)" -gt "$lines" ] || { echo "not appended"; failed=1; }
[ "$(grep -cvE '^allotype\[[0-9]+\]: (error|warn|info): ' log.txt)" = 0 ] ||
	{ echo 'other lines in log.txt'; failed=1; }

# With %p every process has its own.
run "log=info,log_file=$work/log.%p" sh -c 'env true; env true'
[ "$(find . -name 'log.[0-9]*' | wc -l)" -ge 3 ] ||
	{ echo "files: $(ls)"; failed=1; }

# Where it cannot be opened, standard error.
run log=info,log_file=/nowhere/log env true
holds err 'the heap is up'

# A program that closes every descriptor finds none of ours.
run "log=debug,log_file=$work/closed" "$programs/close_all" ||
	{ echo "close_all failed"; failed=1; }
holds closed 'the heap is up'
exit $failed
