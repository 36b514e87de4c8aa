#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the programs of preload/heap on the runtime's heap.
build=${top_builddir:-.}
library=$(cd "$build/.libs" && pwd)/liballotype.so
programs=$build/tests/preload/heap
passed=0 failed=0
patience=180 # seconds for a program on a busy machine: longer, and it hangs

[ -e "$library" ] || { echo "no $library"; exit 1; }

# verdict NAME STATUS
verdict()
{
	case $2 in
	0) echo "PASS: $1"; passed=$((passed + 1)) ;;
	77) echo "SKIP: $1" ;;
	*) echo "FAIL: $1 (status $2)"; failed=$((failed + 1)) ;;
	esac
}

# try NAME PROGRAM ARGUMENT...
try()
{
	name=$1 program=$2
	shift 2
	LD_PRELOAD=$library timeout $patience "$programs/$program" "$@"
	verdict "$name" $?
}

# A core file holds what is in use, not what is reserved.
check_core()
{
	command -v gcore >/dev/null || return 77
	work=$(mktemp -d) || return 1
	LD_PRELOAD=$library "$programs/small_core" >"$work/out" &
	pid=$!
	for _ in $(seq 300); do
		grep -q ready "$work/out" && break
		sleep 0.1
	done
	gcore -o "$work/core" $pid >"$work/log" 2>&1
	kill $pid
	wait $pid 2>/dev/null
	size=$(cat "$work"/core.* 2>/dev/null | wc -c)
	rm -rf "$work"
	[ "$size" -gt 0 ] || return 77
	echo "core file: $size bytes"
	[ "$size" -lt 16000000 ]
}

for program in threads many_threads thread_exit fork close_all seccomp align alloc_tokens \
	realloc exceptions replaced_new lock_all shapes; do
	try "$program" "$program"
done
for how in '' ,metrics=on; do
	ALLOTYPE_OPTIONS=heap_limit=32M$how try "out of memory$how" oom
done
ALLOTYPE_OPTIONS=metrics=on try "shapes, checked" shapes
try deepbind deepbind "$programs/.libs/plugin.so"
try "lock_all, privileged" lock_all privileged
try "lock_all, unlimited" lock_all unlimited
try "limit set by the program" limit self
(ulimit -v 262144; LD_PRELOAD=$library timeout $patience "$programs/limit")
verdict "limit set by the caller" $?
(ulimit -v 65536; LD_PRELOAD=$library timeout $patience "$programs/limit")
verdict "limit of 64 MB" $?
(ulimit -v 262144; LD_PRELOAD=$library timeout $patience "$programs/threads")
verdict "threads under a limit" $?
(ulimit -v 262144; LD_PRELOAD=$library timeout $patience "$programs/fork")
verdict "fork under a limit" $?
# Every operation by the slow paths.
for program in threads thread_exit fork realloc exceptions; do
	ALLOTYPE_OPTIONS=metrics=on try "$program, checked" "$program"
done
for program in threads thread_exit fork align realloc exceptions; do
	ALLOTYPE_OPTIONS=security=on try "$program, secured" "$program"
done
said=$(ALLOTYPE_OPTIONS=heap_limit=1X,metrics=on LD_PRELOAD=$library \
	env true 2>&1 | sort -u)
[ "$said" = "allotype: ALLOTYPE_OPTIONS: \`heap_limit=1X' has a value that\
 the option does not take" ]
verdict "a bad option gives a line" $?
check_core
verdict "small core file" $?

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
