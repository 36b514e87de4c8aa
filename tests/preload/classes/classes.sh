#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs with classes of objects, linked with the runtime, or with the stub
# and preloaded or not: what they print, what queries answer, how misuse dies.
# SLITTER_DEMO=PATH names slitter's own examples/demo.c: then that is built and
# run as it is, too.
: "${top_builddir:=.}" "${srcdir:=.}"
build=$(cd "$top_builddir" && pwd)
top=$(cd "$srcdir" && pwd)
library=$build/.libs/liballotype.so
failures=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ALLOTYPE_META_DIR="$work/cache"
ulimit -c 0
cp "$top"/tests/preload/classes/*.c "$work" && cd "$work" || exit 1

# compile OUTPUT SOURCE FLAG...
compile() {
	output=$1 source=$2
	shift 2
	"${CC:-cc}" -g -O1 -fno-inline -fno-builtin -w -I"$top/include" "$source" \
		-o "$output" "$@" -lpthread || exit 1
}
runtime="-L$build/.libs -lallotype -Wl,-rpath,$build/.libs"
stub=$build/liballotype_stub.a

fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
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

# dies LINE PROGRAM ARGUMENT...: with just this line.
dies() {
	line=$1
	shift
	timeout 60 "$@" >out 2>err
	status=$?
	said=$(grep -v -e '^timeout: ' -e '^Aborted' err | normalize)
	[ "$status" = 134 ] && [ "$said" = "$line" ] && return
	fail "$*: status $status"
	printf 'expected: %s\ngot:      %s\n' "$line" "$said"
}

# prints LINES PROGRAM ARGUMENT...
prints() {
	lines=$1
	shift
	said=$(timeout 60 "$@" 2>&1) || fail "$*: status $?"
	said=$(echo "$said" | normalize)
	[ "$said" = "$lines" ] ||
		{ fail "$*"; printf 'expected: %s\ngot: %s\n' "$lines" "$said"; }
}

# at PATTERN FILE: its line.
at() {
	grep -nF -- "$1" "$2" | head -n 1 | cut -d: -f1
}

# ---- slitter's interface ----
compile zoo zoo.c $runtime
compile mismatch zoo.c -DMISMATCH $runtime
compile mismatch_large zoo.c -DMISMATCH_LARGE $runtime
compile zoo_stub zoo.c "$stub" -ldl
prints "the zoo is closed" ./zoo
prints "the zoo is closed" ./zoo_stub
prints "the zoo is closed" env LD_PRELOAD="$library" ./zoo_stub
dies "allotype: class mismatch: release(#1) to class animal in #2 in mismatch:\
 an object of class bird: no type (no metadata), of class bird, 12 bytes at #1\
 +0, allocated in #3 in mismatch" ./mismatch
"$build/allotype-meta" build ./mismatch || exit 1
dies "allotype: class mismatch: release(#1) to class animal in main\
 (zoo.c:$(at 'slitter_release(animals, &duck' zoo.c)): an object of class bird:\
 struct bird, of class bird, 12 bytes at #1 +0, allocated in main\
 (zoo.c:$(at 'duck = slitter_allocate(birds)' zoo.c))" ./mismatch
"$build/allotype-meta" build ./mismatch_large || exit 1
dies "allotype: class mismatch: release(#1) to class whale in swim\
 (zoo.c:$(at 'slitter_release(whales, calf)' zoo.c)): an object of class calf:\
 struct calf, of class calf, 100000 bytes at #1 +0, allocated in swim\
 (zoo.c:$(at 'calf = slitter_allocate(calves)' zoo.c))" ./mismatch_large
if [ -n "$SLITTER_DEMO" ]; then
	cp "$SLITTER_DEMO" demo.c
	compile demo demo.c $runtime
	compile demo_mismatch demo.c -DMISMATCH $runtime
	prints "exiting demo.c" ./demo
	timeout 60 ./demo_mismatch 2>err && fail "demo.c with -DMISMATCH lives"
	grep -q 'to class base .*of class derived' err ||
		fail "demo.c with -DMISMATCH says $(cat err)"
fi

# ---- queries, counts, guards ----
compile maps maps.c $runtime
timeout 100 ./maps || fail "maps: status $?"
compile answers answers.c $runtime
node=$(at 'alloc_class_allocate(nodes)' answers.c)
blob=$(at 'alloc_class_allocate(blobs)' answers.c)
gone=$(at 'alloc_class_release(nodes, node)' answers.c)
sheet=$(at 'alloc_class_allocate(sheets)' answers.c)
torn=$(at 'alloc_class_release(sheets, sheet)' answers.c)
"$build/allotype-meta" build ./answers || exit 1
prints "#1 class: ((struct node *)#2)->key (long), struct node, of class nodes,\
 16 bytes at #2 +8, evidence declared (100%), allocated in ask\
 (answers.c:$node)
#3 class: element 5 of char[100], of class blobs, 100 bytes at #4 +5, evidence\
 variable (75%), allocated in ask (answers.c:$blob)
#1 class: freed, was ((struct node *)#2)->key (long), struct node, of class\
 nodes, 16 bytes at #2 +8, evidence declared (100%), allocated in ask\
 (answers.c:$node), freed in ask (answers.c:$gone)
#5 class: ((struct sheet *)#6)->cells[300][7] (long), struct sheet, of class\
 sheets, 400000 bytes at #6 +240056, evidence declared (100%), allocated in\
 ask_large (answers.c:$sheet)
#5 class: freed, was ((struct sheet *)#6)->cells[300][7] (long), struct sheet,\
 of class sheets, 400000 bytes at #6 +240056, evidence declared (100%),\
 allocated in ask_large (answers.c:$sheet), freed in ask_large\
 (answers.c:$torn)" ./answers

# ---- from outside ----
mkfifo addresses door
./answers wait <door >addresses &
waiting=$!
exec 9>door
read -r kept gone <addresses
# asked LINE ADDRESS: the level of the class of what the command says.
asked() {
	said=$(timeout 60 "$build/tools/allotype" what "$waiting" "$2" |
		grep '^class' | tr -s ' ' | normalize)
	[ "$said" = "$1" ] || fail "what $2: expected: $1, got: $said"
}
here=$(at 'sheet *kept = alloc_class_allocate' answers.c)
asked "class struct sheet, of class sheets, 400000 bytes at #1 +800, evidence\
 declared (100%), allocated in wait_for_them (answers.c:$here)" "$kept"
asked "class freed, was struct sheet, of class sheets, 400000 bytes at #1 +0,\
 evidence declared (100%), allocated in wait_for_them (answers.c:$((here + 1)))\
, freed in wait_for_them (answers.c:$((here + 3)))" "$gone"
echo >&9
wait "$waiting" || fail "who was looked into: status $?"

# ---- misuse ----
make=$(at 'static void misuse' answers.c)
make=$((make + 2))
here() {
	echo "in misuse (answers.c:$(at "$1" answers.c))"
}
mine="struct node, of class nodes, 16 bytes at #1 +0, allocated in misuse\
 (answers.c:$make)"
dies "allotype: class mismatch: release(#1) to class blobs\
 $(here 'alloc_class_release(blobs, node)'): an object of class nodes: $mine" \
	./answers class
dies "allotype: class mismatch: release(#1) to class nodes\
 $(here 'malloc(16)'): an object of no class: no type (the metadata knows\
 none), 16 bytes at #1 +0, allocated $(here 'malloc(16)')" ./answers malloc
dies "allotype: class mismatch: free(#1) $(here 'free(node)'): an object to be\
 released to class nodes: $mine" ./answers free
dies "allotype: class mismatch: realloc(#1) $(here 'realloc(node')\
: an object to be released to class nodes: $mine" ./answers realloc
twice=$(at 'strcmp(what, "twice")' answers.c)
dies "allotype: double free: release(#1) in misuse (answers.c:$((twice + 2))):\
 freed, was $mine, freed in misuse (answers.c:$((twice + 1)))" ./answers twice
dies "allotype: release inside an object: release(#1)\
 $(here 'release(nodes, &node->key)'): ((struct node *)#2)->key (long), struct\
 node, of class nodes, 16 bytes at #2 +8, allocated in misuse\
 (answers.c:$make)" ./answers inside
large="struct sheet, of class sheets, 400000 bytes at #1 +0, allocated in misuse\
 (answers.c:$((make + 1)))"
dies "allotype: class mismatch: free(#1) $(here 'free(sheet)'): an object to be\
 released to class sheets: $large" ./answers "large free"
dies "allotype: release inside an object: release(#1)\
 $(here 'release(sheets, &sheet->cells[250]'): ((struct sheet\
 *)#2)->cells[250][0] (long), struct sheet, of class sheets, 400000 bytes at\
 #2 +200000, allocated in misuse (answers.c:$((make + 1)))" \
	./answers "large inside"
twice=$(at 'strcmp(what, "large twice")' answers.c)
dies "allotype: double free: release(#1) in misuse (answers.c:$((twice + 2))):\
 freed, was $large, freed in misuse (answers.c:$((twice + 1)))" \
	./answers "large twice"
dies "allotype: release of stack memory: release(#1)\
 $(here 'release(nodes, &local)'): local (int), 4 bytes at #1 +0, in misuse\
 (answers.c:$(at 'release(nodes, &local)' answers.c))" ./answers stack

[ "$failures" = 0 ] && echo "classes as expected"
exit $((failures != 0))
