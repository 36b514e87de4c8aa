#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The demo program of liballocs, as it was published.
. "$(dirname "$0")/lib.sh"
cp "$top_srcdir/tests/real/demo.c" test.c
"$top_builddir/tools/allocscc" -o test test.c > build.log 2>&1
verdict $? "allocscc builds it" "$(head -n 3 build.log | tr '\n' '|')"
(preloaded ./test) > out 2> err
verdict $? "runs" "$(head -n 2 err | tr '\n' '|')"
expect() {
	grep -qE "$2" <(sed -n "$3p" out)
	verdict $? "$1" "$(sed -n "$3p" out)"
}
expect "main is a function" \
	'static-symbol-allocated object of size [0-9]+, type int \(int, char \*\*\)$' 1
expect "p is 42 ints of 168 bytes" \
	'heap-allocated object of size 168, type int\[42\]$' 2
expect "&p is main's variable" \
	'stackframe-allocated object of size 8, type void \*$' 3
expect "argv is the argument vector" \
	'auxv-allocated object of size 16, type char \*\[2\]$' 4
[ "$(sed 's/.* is a \(.*\)-allocated.*/\1/' out | sort -u | wc -l)" -eq 4 ]
verdict $? "four allocators" "$(tr '\n' '|' < out)"
./test > plain.out 2>&1
verdict $? "runs without the runtime" "$(head -n 2 plain.out | tr '\n' '|')"
