#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Objects behind headers whose sizes are known at run time only: what they are,
# and where they begin, inside the process, by the command, and in gdb.
. "$(dirname "$0")/lib.sh"
source=$top_srcdir/tests/tools/floating.c
line_of() { grep -n "$1" "$source" | head -n 1 | cut -d : -f 1; }

what() { expect 0 "$2" "$allotype" what "$pid" "$(at "$1")"; }

# inside NAME TYPE: what the process itself says.
inside() {
	[ "$(at "inner-$1")" = "$2" ] ||
		fail "$1 is inside $(at "inner-$1"), not $2"
}

cp "$source" "$work/floating.c"
${CC:-cc} -g -O0 -Wl,--build-id -I"$top_srcdir/include" -o "$subject" \
	"$work/floating.c" || exit 1
# Without a source there is less to be sure of.
rm "$work/floating.c"
start_subject "$allotype" run "$subject"
what number "^heap  *struct number, 40 bytes at .* +16, \
evidence [a-z+]*content ([0-9]*%), .* new_number ("
what number '^field .*)->base.references (long), 8 bytes at .* +0$'
what value '^field .*)->value (double), 8 bytes at .* +0$'
what list '^heap  *struct list, 96 bytes at .* +32, '
what count '^field .*)->count (size_t), 8 bytes at .* +0$'
# Where the class of a larger object is all that is known of it.
what extended '^heap  *struct object, 88 bytes at .* +48, '
what extended '^field .*)->references (long), '
what plain '^heap  *struct plain, 48 bytes at .* +24, '
what plain '^field .*)->id (int), 4 bytes at .* +0$'
what header '^heap  *struct number, 40 bytes at .* +0, '
"$allotype" what "$pid" "$(at header)" > got
! grep -q '^field' got || fail "the header is a field: $(cat got)"
inside number long
inside value double
inside count size_t
inside plain int

expect 0 '"type":"struct number".*"size":null.*"floating":true' \
	"$allotype" meta sites --json "$subject"
expect 0 "new_number ([^ ]*:$(line_of 'make_object(&numbers')) make_object: \
struct number, .*, after a header" "$allotype" meta sites "$subject"
expect 0 '^ *1 *40 .* struct number$' \
	"$allotype" heap "$pid" --by type
"$allotype" heap "$pid" --collect --by type > collected
for type in number list; do
	grep -q "^ *1 .* struct $type\$" collected ||
		fail "collected: $(cat collected)"
done

# By what is in memory a core file says the same.
if command -v gdb > /dev/null; then
	export HOME=/nonexistent DEBUGINFOD_URLS=
	gcore -o core "$pid" > gcore.out 2>&1 || fail "gcore: $(cat gcore.out)"
	for name in number value list extended plain; do
		"$allotype" what "$pid" "$(at $name)" > live
		"$allotype" what "core.$pid" "$(at $name)" > core.said 2>&1
		cmp -s live core.said || fail "$name: $(diff live core.said)"
		gdb -nx -batch -iex "add-auto-load-safe-path /" -p "$pid" \
			-ex "alloc what $(at $name)" > gdb.said 2> gdb.err
		grep -qxF -f <(tail -n 1 live) gdb.said ||
			fail "$name in gdb: $(cat gdb.said)"
	done
fi
finish
