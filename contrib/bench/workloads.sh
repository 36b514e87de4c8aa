# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by bench.sh: the names of the workloads, and for each of the sets
# `real' and `fixed' what prepares it (prepare_NAME) and what runs it once
# under an allocator (run_NAME ALLOCATOR).
# shellcheck disable=SC2154,SC2034 # bench.sh sets and uses them
synthetic='small equal burst fragmentation server producer active passive'
synthetic="$synthetic churn double steps large"
real='lua_tables lua_strings sqlite redis python_json python_dict'
real="$real python_objects python_malloc gcc gxx throw"
fixed='start empty bookkeeping'

# ---- real programs ----

# corpus NAME: prints the path of a program built from Debian's sources.
corpus() {
	"$here/../corpus/build.sh" "$1"
}

prepare_lua_tables() {
	lua=$(corpus lua5.4)
	prepare_metadata "$lua" -v
}
run_lua_tables() {
	sample real lua_tables "$1" "$lua" "$here/real/tables.lua"
}
prepare_lua_strings() { prepare_lua_tables; }
run_lua_strings() {
	sample real lua_strings "$1" "$lua" "$here/real/strings.lua"
}

prepare_sqlite() {
	sqlite=$(corpus sqlite3)
	prepare_metadata "$sqlite" -version
}
run_sqlite() {
	input=$here/real/load.sql
	sample real sqlite "$1" "$sqlite" :memory:
	input=/dev/null
}

# The server is measured from its start to its end; the client is not.
server=
prepare_redis() {
	redis=$(corpus redis)
	prepare_metadata "$redis" --version
}
stop_server() {
	[ -z "$server" ] || kill -9 "$server" 2> /dev/null || :
	server=
}
run_redis() {
	local folder figures=$work/redis-figures client
	[ -z "$instructions" ] || return 0
	folder=$(dirname "$redis")
	client="$folder/redis-cli -p $port"
	rm -f "$figures"
	"$work/measure" -o "$figures" -p "${library[$1]}" \
		"$redis" --port "$port" --save '' --appendonly no \
		--dir "$work" > "$work/out" 2>&1 9>&- &
	server=$!
	until $client ping 2> /dev/null | grep -q PONG; do
		kill -0 "$server" 2> /dev/null || {
			echo "bench.sh: redis does not start with $1" >&2
			server=
			return 0
		}
		sleep 0.05
	done
	"$folder/redis-benchmark" -p "$port" -q -n 100000 -r 100000 -c 20 \
		-P 16 -t set,get,lpush,hset,zadd > /dev/null
	$client shutdown nosave > /dev/null 2>&1 || :
	wait "$server" || :
	server=
	echo "$round,real,redis,$1,$(tr ' ' , < "$figures")," >> "$runs"
}

# Debian's interpreter where there is one: a wrapper script of a version
# manager would be measured along.
prepare_python() {
	python=/usr/bin/python3
	[ -x $python ] ||
		python=$(python3 -c 'import sys; print(sys.executable)')
	prepare_metadata "$python" -c 'import json'
}
run_python() {
	sample real "$1" "$3" "$python" "$here/real/$2.py"
}
prepare_python_json() { prepare_python; }
prepare_python_dict() { prepare_python; }
prepare_python_objects() { prepare_python; }
prepare_python_malloc() { prepare_python; }
run_python_json() { run_python python_json encode "$1"; }
run_python_dict() { run_python python_dict dict "$1"; }
run_python_objects() { run_python python_objects objects "$1"; }
# Every object through malloc, as its debugging builds and others do it.
run_python_malloc() {
	sample real python_malloc "$1" \
		env PYTHONMALLOC=malloc "$python" "$here/real/objects.py"
}

prepare_gcc() {
	awk -v count=80 -f "$here/real/generate_c.awk" > "$work/generated.c"
	prepare_metadata "$(gcc -print-prog-name=cc1)" --version
	prepare_metadata gcc --version
}
run_gcc() {
	sample real gcc "$1" gcc -O2 -S -o /dev/null "$work/generated.c"
}
prepare_gxx() {
	prepare_metadata "$(g++ -print-prog-name=cc1plus)" --version
	prepare_metadata g++ --version
}
run_gxx() {
	sample real gxx "$1" g++ -O0 -S -o /dev/null "$here/real/containers.cc"
}

prepare_throw() { prepare_metadata "$work/throw"; }
run_throw() {
	sample real throw "$1" "$work/throw"
}

# ---- fixed costs ----

prepare_start() {
	cat > "$work/start" <<'SH'
#!/bin/sh
i=0
while [ $i -lt 300 ]; do /bin/true; i=$((i + 1)); done
SH
	chmod +x "$work/start"
}
run_start() {
	untraced=yes
	sample fixed start "$1" "$work/start"
	untraced=
}

prepare_empty() { :; }
run_empty() {
	sample fixed empty "$1" /bin/true
}

prepare_bookkeeping() { :; }
run_bookkeeping() {
	sample fixed bookkeeping "$1" "$work/bookkeeping" 32
}
