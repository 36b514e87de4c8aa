#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# heap_load.sh NAME BINARY: runs a real program under the runtime, fills its
# heap, and prints what `allotype heap --by typed-site --json` says of it.
# heap_load.sh --list: the names.
set -eu
programs="redis sqlite3 lua5.4 jq gawk jimtcl python3.11"
[ "${1-}" != --list ] || { echo "$programs"; exit 0; }
here=$(dirname "$(realpath "$0")")
allotype=$(realpath "${top_builddir:-.}")/tools/allotype
name=$1
binary=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/allotype-heap.XXXXXX")
process=
cleanup() {
	[ -z "$process" ] || kill "$process" 2> /dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
mkfifo "$work/input"
exec 7<> "$work/input"

# wait_for WORD: until the program has printed a line of it; two minutes.
wait_for() {
	for _ in $(seq 600); do
		! grep -q "^$1" "$work/output" || return 0
		sleep 0.2
	done
	tail "$work/output" >&2
	return 1
}

# start ARGUMENT...: the command becomes the program.
start() {
	: > "$work/output"
	"$allotype" run -- "$binary" "$@" < "$work/input" \
		>> "$work/output" 2>&1 7>&- &
	process=$!
}

load_redis() {
	start --port 0 --unixsocket "$work/socket" --save '' --dir "$work"
	for _ in $(seq 600); do
		[ ! -S "$work/socket" ] || break
		sleep 0.2
	done
	"$(dirname "$binary")/redis-cli" -s "$work/socket" \
		eval "$(cat "$here/heap.redis")" 0 >> "$work/output"
}

load_sqlite3() {
	start :memory:
	cat "$here/heap.sql" >&7
}

load_lua5_4() {
	start "$here/heap.lua"
}

load_jq() {
	start -n -r --unbuffered -f "$here/heap.jq"
}

load_gawk() {
	start -f "$here/heap.awk"
}

load_jimtcl() {
	start "$here/heap.tcl"
}

# Its own allocator would have arenas of its own.
load_python3_11() {
	PYTHONMALLOC=malloc PYTHONHOME=$(dirname "$binary") \
		PYTHONPATH=$(dirname "$binary")/Lib start -S "$here/heap.py"
}

"load_$(echo "$name" | tr . _)"
wait_for ready
"$allotype" heap "$process" --by typed-site --json
