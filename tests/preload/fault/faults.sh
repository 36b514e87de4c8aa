#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Memory runs out at every place: the runtime's own n-th system call for it
# fails, alone or with all that follow, for every n up to 500; so do its own
# allocations; nothing crashes, and programs get NULL and ENOMEM.
build=${top_builddir:-.}
library=$(cd "$build/.libs" && pwd)/liballotype.so
programs=$build/tests/preload/fault
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# verdict NAME STATUS [LOG]
verdict()
{
	[ -z "$3" ] || cat "$3"
	case $2 in
	0) echo "PASS: $1"; passed=$((passed + 1)) ;;
	77) echo "SKIP: $1" ;;
	*) echo "FAIL: $1 (status $2)"; failed=$((failed + 1)) ;;
	esac
}

# offset FUNCTION: where it is in the library.
offset()
{
	${NM:-nm} "$library" | awk -v name="$1" '$3 == name { print $1; exit }'
}

# At the start of a program: from outside, as nothing of ours runs yet.
"$programs/inject" "$library" once 1 500 "$programs/victim" start \
	> "$work/log" 2>&1
verdict "system calls of a start, each alone" $? "$work/log"
"$programs/inject" "$library" rest 1 500 "$programs/victim" start \
	> "$work/log" 2>&1
verdict "system calls of a start, with all that follow" $? "$work/log"
for function in region_book private_allocate malloc; do
	at=$(offset $function)
	[ -n "$at" ] || { verdict "no $function in the library" 1; continue; }
	"$programs/inject" -a "$at" "$library" once 1 500 "$programs/victim" \
		start > "$work/log" 2>&1
	verdict "calls of $function, each alone" $? "$work/log"
done

# From there on: for every n, in two processes at once.
LD_PRELOAD=$library "$programs/victim" once 1 500 > "$work/once" 2>&1 &
once=$!
LD_PRELOAD=$library "$programs/victim" rest 1 500 > "$work/rest" 2>&1
verdict "system calls from the n-th on, n up to 500" $? "$work/rest"
wait $once
verdict "the n-th system call, n up to 500" $? "$work/once"

for sizes in 3000 200000 "40 3000 200000"; do
	LD_PRELOAD=$library timeout 60 "$programs/families" $sizes \
		2> "$work/log"
	verdict "every family to the end of memory, $sizes bytes" $? \
		"$work/log"
done

# Real programs do the same under a limit as without the runtime, where they
# have the room at all.
for limit in 65536 262144; do
	for command in "bash -c 'for i in 1 2 3; do echo \$(echo \$i); done'" \
		"awk 'BEGIN { for (i = 0; i < 50000; i++) a[i] = i; print a[7] }'" \
		"perl -e 'my @a = map { \$_ x 3 } 1..50000; print scalar @a'" \
		"sort $library | cksum" \
		"python3 -c 'print(len(str(list(range(10000)))))'"; do
		(ulimit -v $limit; sh -c "$command") > "$work/plain" 2>&1 ||
			continue
		(ulimit -v $limit; LD_PRELOAD=$library timeout 60 sh -c \
			"$command") > "$work/ours" 2>&1
		cmp "$work/plain" "$work/ours" > "$work/log" 2>&1
		verdict "$limit KB: $command" $? "$work/log"
	done
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
