#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every misuse of the heap dies with exactly its line, with metadata and
# without, and with on_error=log says the same and goes on.  The program is
# compiled here, as users compile.  Different addresses become #1, #2 and so on
# in the order of their appearance.
: "${top_builddir:=.}" "${srcdir:=.}"
build=$(cd "$top_builddir" && pwd)
source=$(cd "$srcdir" && pwd)/tests/preload/misuse/death.c
include=$(cd "$srcdir" && pwd)/include
library=$build/.libs/liballotype.so
failures=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ALLOTYPE_META_DIR="$work/cache"
ulimit -c 0
cp "$source" "$work" && cd "$work" || exit 1
"${CC:-cc}" -g -O2 -fno-builtin -w -I"$include" -I"$build/include" death.c \
	"$build/liballotype_stub.a" -o death || exit 1

# line PATTERN: where PATTERN is, alone in the program.
line() {
	grep -nF -- "$1" death.c | head -n 1 | cut -d: -f1
}

normalize() {
	sed "s|$work/||g" | awk '{
		while (match($0, /0x[0-9a-f]+/)) {
			address = substr($0, RSTART, RLENGTH)
			if (!(address in seen))
				seen[address] = ++count
			$0 = substr($0, 1, RSTART - 1) "#" seen[address] \
				substr($0, RSTART + RLENGTH)
		}
		print
	}'
}

# run OPTIONS MODE: the line in $said, the status in $status.
run() {
	LD_PRELOAD=$library ALLOTYPE_OPTIONS=$1 timeout 60 \
		./death "$2" 2>err >out
	status=$?
	# But for what the shell and timeout say of a signal.
	said=$(grep -v -e '^timeout: ' -e '^Aborted' -e '^Segmentation' err | normalize)
}

# expect OPTIONS MODE STATUS LINE
expect() {
	run "$1" "$2"
	[ "$status" = "$3" ] && [ "$said" = "$4" ] && return
	echo "FAIL: $2${1:+ with $1}: status $status, expected $3"
	printf 'expected: %s\ngot:      %s\n' "$4" "$said"
	failures=$((failures + 1))
}

# both MODE LINE: what is told with either value of on_error.
both() {
	expect "" "$1" 134 "$2"
	expect on_error=log "$1" 0 "$2"
}

make=$(line 'malloc(sizeof *node)') bytes=$(line 'malloc(size)')
drop=$(line 'free(hide(pointer)); /* first */')
bad=$(line 'free(hide(pointer)); /* second */')
move=$(line 'realloc(hide(pointer), 100)')
letters=$(line 'static char letters') function=$(line 'static int free_twice')
room=$(line 'misuse(room + 4)') mapped=$(line 'mmap(NULL')
grow=$(line '/* grows */') guard=$(line 'return bytes[40960]')
beyond=$(line '/* beyond */') late=$(line '/* late */')
here="in misuse (death.c:$bad)"
node="allocated in make_node (death.c:$make)"
block="allocated in make_bytes (death.c:$bytes)"
page="allocated in make_block (death.c:$(line 'malloc(40000)'))"
gone="freed in drop (death.c:$drop)"

with_metadata() {
	both double "allotype: double free: free(#1) $here: freed, was\
 struct node, 48 bytes at #1 +0, $node, $gone"
	both double-big "allotype: double free: free(#1) $here: freed, was\
 char, 102400 bytes at #1 +0, $block, $gone"
	both inside "allotype: free inside an object: free(#1) $here:\
 ((struct node *)#2)->key (long), struct node, 40 bytes at #2 +8, $node"
	both inside-big "allotype: free inside an object: free(#1) $here:\
 element 50000 of char[100000], 100000 bytes at #2 +50000, $block"
	both inside-freed "allotype: free inside a freed object: free(#1)\
 $here: freed, was ((struct node *)#2)->key (long), struct node, 48 bytes at\
 #2 +8, $node, $gone"
	both static "allotype: free of static memory: free(#1) $here:\
 letters[16] (char), char[100], 100 bytes at #2 +16, defined at\
 death.c:$letters, in death"
	both function "allotype: free of static memory: free(#1) $here:\
 free_twice (int (void *)), $(size_of free_twice) bytes at #1 +0, defined at\
 death.c:$function, in death"
	both stack "allotype: free of stack memory: free(#1) $here:\
 room[4] (char), char[100], 100 bytes at #2 +4, in free_stack (death.c:$room)"
	both unused "allotype: free of memory that was never allocated:\
 free(#1) $here: unused"
	both unmapped "allotype: free of unmapped memory: free(#1) $here"
	foreign="allotype: free of a foreign object: free(#1) $here:\
 anonymous, 8192 bytes at #2 +16, allocated in free_mapped (death.c:$mapped)"
	expect "" foreign 134 "$foreign"
	expect on_error=log foreign 0 "$foreign
allotype: free of unmapped memory: free(#1) $here"
	both realloc-inside "allotype: realloc inside an object: realloc(#1)\
 in resize (death.c:$move): ((struct node *)#2)->key (long), struct node, 40\
 bytes at #2 +8, $node"
	both realloc-freed "allotype: realloc of a freed object: realloc(#1)\
 in resize (death.c:$move): freed, was struct node, 48 bytes at #1 +0, $node,\
 $gone"
}

# secured MODE LINE: with security=on, in place of the program or by it.
secured() {
	expect security=on "$1" 134 "$2"
	expect security=on,on_error=log "$1" 0 "$2"
}

with_security() {
	both double "allotype: double free: free(#1) $here: freed, was\
 struct node, 48 bytes at #1 +0, $node, $gone"
	past="past the end of struct node, 40 bytes at #2 +40, $node"
	secured past-end "allotype: write past the end: at #1, found by\
 free(#2) $here: $past"
	secured past-end-realloc "allotype: write past the end: at #1, found\
 by realloc(#2) in write_past_end (death.c:$grow): $past"
	secured past-end-check "allotype: write past the end: at #1, found\
 later: $past"
	after="allotype: write after free: at #1, found later: freed, was\
 ((struct node *)#2)->key (long), struct node, 48 bytes at #2 +8, $node, $gone"
	secured after-free "$after"
	secured after-free-check "$after"
	# Of faults the program dies whatever on_error says.
	for options in security=on security=on,on_error=log; do
		expect $options guard-read 139 "allotype: read past the end:\
 at #1 in cross_guard (death.c:$guard): 960 bytes past the end of char[40000],\
 40000 bytes at #2 +40960, $page"
		expect $options guard-write 139 "allotype: write past the\
 end: at #1 in cross_guard (death.c:$beyond): 1000 bytes past the end of\
 char[40000], 40000 bytes at #2 +41000, $page"
		expect $options after-free-big 139 "allotype: write after\
 free: at #1 in write_after_big_free (death.c:$late): freed, was char, 45056\
 bytes at #2 +50, $page, $gone"
	done
}

# The bytes of a function's code, by the symbol table.
size_of() {
	echo $((0x$(${NM:-nm} -S death | awk -v name="$1" \
		'$4 == name { print $2 }')))
}

without_metadata() {
	both double "allotype: double free: free(#1) in #2 in death: freed,\
 no type (no metadata), 48 bytes at #1 +0, allocated in #3 in death, freed in\
 #4 in death"
	both double-big "allotype: double free: free(#1) in #2 in death:\
 freed, no type (no metadata), 102400 bytes at #1 +0, allocated in #3 in\
 death, freed in #4 in death"
	both inside "allotype: free inside an object: free(#1) in #2 in\
 death: no type (no metadata), 40 bytes at #3 +8, allocated in #4 in death"
	both inside-big "allotype: free inside an object: free(#1) in #2 in\
 death: no type (no metadata), 100000 bytes at #3 +50000, allocated in #4 in\
 death"
	both inside-freed "allotype: free inside a freed object: free(#1) in\
 #2 in death: freed, no type (no metadata), 48 bytes at #3 +8, allocated in #4\
 in death, freed in #5 in death"
	both unmapped "allotype: free of unmapped memory: free(#1) in #2 in\
 death"
	foreign="allotype: free of a foreign object: free(#1) in #2 in death:\
 anonymous, 8192 bytes at #3 +16, allocated in #4 in death"
	expect "" foreign 134 "$foreign"
	expect on_error=log foreign 0 "$foreign
allotype: free of unmapped memory: free(#1) in #2 in death"
	both realloc-inside "allotype: realloc inside an object: realloc(#1)\
 in #2 in death: no type (no metadata), 40 bytes at #3 +8, allocated in #4 in\
 death"
	both realloc-freed "allotype: realloc of a freed object: realloc(#1)\
 in #2 in death: freed, no type (no metadata), 48 bytes at #1 +0, allocated in\
 #3 in death, freed in #4 in death"
}

# What depends on how the file and its frames are laid out.
numbers_apart() {
	before=$(sed "s/[0-9][0-9]* bytes/N bytes/; s/ +[0-9]*/ +N/")
	[ "$before" = "$2" ] && return
	printf 'FAIL: %s\nexpected: %s\ngot:      %s\n' "$1" "$2" "$before"
	failures=$((failures + 1))
}

without_metadata_nor_names() {
	run "" static
	numbers_apart static "allotype: free of static memory: free(#1) in #2\
 in death: rw- of death, N bytes at #3 +N" <<-end
		$said
	end
	run "" function
	numbers_apart function "allotype: free of static memory: free(#1) in\
 #2 in death: r-x of death, N bytes at #3 +N" <<-end
		$said
	end
	run "" stack
	numbers_apart stack "allotype: free of stack memory: free(#1) in #2 in\
 death: frame of a function without a name, N bytes at #3 +N, in #4 in death" <<-end
		$said
	end
	run "" thread-local
	numbers_apart thread-local "allotype: free of thread-local memory:\
 free(#1) in #2 in death: of a thread, N bytes at #3 +N" <<-end
		$said
	end
}

# With a log file, what the program survives is told there, whatever the level
# of the log; what it dies of, on standard error.
with_log_file() {
	expect "log_file=$work/log" double 134 "$1"
	[ ! -e log ] || { echo 'FAIL: a death is in the log'; return 1; }
	expect "on_error=log,log_file=log" double 0 ""
	told=$(normalize < log | sed 's/^allotype\[[0-9]*\]: error: /allotype: /')
	[ "$told" = "$1" ] && grep -q '^allotype\[[0-9]*\]: error: ' log && return
	printf 'FAIL: log_file\nexpected: %s\ngot:      %s\n' "$1" "$(cat log)"
	return 1
}

without_metadata
without_metadata_nor_names
"$build/allotype-meta" build ./death || exit 1
with_metadata
with_log_file "allotype: double free: free(#1) $here: freed, was struct node,\
 48 bytes at #1 +0, $node, $gone" || failures=$((failures + 1))
with_security
[ "$failures" = 0 ] && echo "every line as expected"
exit $((failures != 0))
