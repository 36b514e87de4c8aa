#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In gdb, of a live process and of its core file, the answers are those of
# `allotype what', word by word.
. "$(dirname "$0")/../tools/lib.sh"
command -v gdb > /dev/null || exit 77
export HOME=/nonexistent DEBUGINFOD_URLS=
start_subject "$allotype" run "$subject"
names='weasel weasel-point table untyped string freed static function argv
	on-stack thread-local mapped untouched'

# in_gdb ARGUMENT...: runs gdb; the script is loaded by itself.
in_gdb() {
	gdb -nx -batch -iex "add-auto-load-safe-path /" "$@" 2> gdb.err
}

for name in $names; do
	"$allotype" what "$pid" "$(at "$name")" > "live.$name" 2>&1
	[ -s "live.$name" ] || fail "no answer for $name"
done
gcore -o core "$pid" > gcore.out 2>&1 || fail "gcore: $(cat gcore.out)"
core=core.$pid

compare() {
	local name
	for name in $names; do
		if ! cmp -s "live.$name" "$1.$name"; then
			fail "$1, $name: $(diff "live.$name" "$1.$name")"
		fi
	done
}

# Of the core by the command.
for name in $names; do
	"$allotype" what "$core" "$(at "$name")" > "core.$name" 2>&1
done
compare core

# By gdb: every answer goes to a file of its own.
commands=()
for name in $names; do
	commands+=(-ex 'set logging enabled off'
		-ex "set logging file $PWD/WAY.$name"
		-ex 'set logging enabled on' -ex "alloc what $(at "$name")")
done
commands+=(-ex 'set logging enabled off')
for way in gdb-live gdb-core; do
	if [ $way = gdb-live ]; then
		in_gdb -p "$pid" "${commands[@]//WAY/$way}" > gdb.out
	else
		in_gdb "$subject" "$core" "${commands[@]//WAY/$way}" > gdb.out
	fi
	compare $way
done

# Expressions, functions, the heap.
facts() {
	in_gdb "$@" -ex "print \$alloc_base($(at table))" \
		-ex "print \$alloc_size($(at table))" \
		-ex "print \$alloc_type($(at table))" \
		-ex 'print $alloc_size(16)' -ex 'print $alloc_type(16)' \
		-ex 'alloc what static_home' -ex 'alloc what main' \
		-ex 'alloc what &static_home.at[1]' -ex 'alloc what 16' \
		-ex 'alloc heap --by type' > facts.out 2> facts.err
	for line in '^\$1 = (void \*) 0x' '^\$2 = 2400$' \
		'^\$3 = "double\[300\]"$' '^\$4 = 0$' '^\$5 = "unknown"$' \
		'static_home' 'main' 'at\[1\]' ' 560 .* struct weasel$'; do
		grep -q -e "$line" facts.out ||
			fail "$1: nothing matches $line: $(cat facts.out)"
	done
}
facts -p "$pid"
facts "$subject" "$core"
kill -0 "$pid" 2> /dev/null || fail 'the subject is gone'
exec 9>&-
wait "$pid" || fail "the subject ends with status $?"

# What gdb would answer if only it were allowed to look into the process.
start_subject "$allotype" run "$subject"
in_gdb -p "$pid" -ex "python import gdb, sys
server = Server(gdb.selected_inferior())
print(server.answer('memory %x 8' % ($(at string) + 2)))
print(server.answer('memory 10 8'))
print(len(server.answer('registers $pid')))
print(server.answer('registers 1'))" > server.out
for line in "^b'ystring o'$" "^b'n'$" '^137$'; do
	grep -q -e "$line" server.out ||
		fail "nothing matches $line: $(cat server.out gdb.err)"
done
[ "$(grep -c "^b'n'$" server.out)" -eq 2 ] || fail "$(cat server.out)"

# Without a process there is nothing to ask.
gdb -nx -batch -ex "source $top_srcdir/tools/allotype-gdb.py" \
	-ex 'alloc what 1' > none.out 2> none.err
grep -q 'no process' none.err || fail "no process: $(cat none.err)"
finish
