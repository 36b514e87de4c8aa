#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ninja (C++) builds a small project; C++ exceptions work as they do.
. "$(dirname "$0")/lib.sh"
corpus ninja-build

mkdir in
{
	echo "cflags = -O1"
	echo "rule cc"
	echo "  command = gcc \$cflags -MMD -MF \$out.d -c \$in -o \$out"
	echo "  depfile = \$out.d"
	echo "  deps = gcc"
	echo "rule link"
	echo "  command = gcc -o \$out \$in"
	for i in 1 2 3 4 5 6; do
		printf 'int f%d(int x) { return x * %d; }\n' $i $i > in/f$i.c
		echo "build f$i.o: cc f$i.c"
	done
	echo "build main.o: cc main.c"
	echo "build prog: link main.o f1.o f2.o f3.o f4.o f5.o f6.o"
} > in/build.ninja
cat > in/main.c <<'C'
int f6(int);
int main(void) { return f6(7); }
C
same "builds a project" "$binary" -v -j1 prog
(cd same && ./prog)
verdict $(($? != 42)) "the program it built" "other exit status than 42"
(cd same && preloaded "$binary" prog) > again.log 2>&1
grep -q "no work to do" again.log
verdict $? "nothing to do afterwards" "$(head -n 3 again.log | tr '\n' '|')"
sed 's/return x \* 3/return x $$/' same/f3.c > in/f3.c
same "a failing build" "$binary" -v -j1 -k0 prog
same "a broken build file" sh -c "echo 'rule' > build.ninja; $binary"

# Alive, while its only command waits: the elements of its containers.
mkfifo go
printf 'rule wait\n  command = head -n 1 %s\nbuild all: wait\n' "$work/go" \
	> wait.ninja
for i in $(seq 3000); do echo "build o$i: wait"; done >> wait.ninja
LD_PRELOAD=$runtime "$binary" -f wait.ninja all > wait.log 2>&1 &
waiting=$!
pids=$waiting
exec 8> go
"$allotype" heap "$waiting" --by type --json > types.json 2> heap.err
echo > go
exec 8>&-
wait $waiting
status=$?
pids=
verdict $status "goes on after it was looked into" "$(tail -n 1 wait.log)"
/usr/bin/python3 - > missing.log 2>&1 <<'PY'
import json
heap = json.load(open("types.json"))
count = {g["key"]: g["objects"] for g in heap["groups"]}
for name, least in (("Node", 3000), ("Edge", 3000), ("Node *", 3000)):
    if count.get(name, 0) + count.get("struct " + name, 0) < least:
        print(name, "has", count.get(name, 0), end="; ")
total = heap["total"]
if total["typed_objects"] * 2 < total["objects"]:
    print(total, end="")
PY
[ ! -s missing.log ]
verdict $? "its containers' elements are typed" \
	"$(cat missing.log) $(head -n 1 heap.err)"

cat > throw.cc <<'CC'
#include <cstdio>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>
struct failure : std::runtime_error {
	using std::runtime_error::runtime_error;
};
static int __attribute__((noinline)) thrower(int i)
{
	std::vector<int> alive(16, i);
	if (i % 2)
		throw failure("failure number " + std::to_string(i));
	return alive[3];
}
int main()
{
	long caught = 0, kept = 0;
	for (int i = 0; i < 200000; i++) {
		try {
			kept += thrower(i);
		} catch (const failure &f) {
			caught += f.what()[0] == 'f';
		}
	}
	std::map<std::string, std::vector<long>> m;
	for (int i = 0; i < 20000; i++)
		m["key" + std::to_string(i % 700)].push_back(i);
	try {
		volatile size_t much = ~(size_t)0 / 4;
		operator delete(operator new(much));
	} catch (const std::bad_alloc &) {
		puts("bad_alloc");
	}
	printf("%ld %ld %zu\n", caught, kept, m.size());
}
CC
g++ -g -O2 -o throw throw.cc || fail "throw.cc does not compile"
./throw > throw.plain 2>&1
(preloaded ./throw) > throw.preloaded 2>&1
grep -q '^100000 ' throw.plain && cmp -s throw.plain throw.preloaded
verdict $? "exceptions and bad_alloc" "$(diff throw.plain throw.preloaded | tr '\n' '|')"
# The speed itself is measured by make bench; what would cost it is another
# unwinder than the program's own.
LD_DEBUG=bindings LD_DEBUG_OUTPUT=$work/bindings LD_PRELOAD=$runtime ./throw \
	> bound.log 2>&1
grep -h '_Unwind_RaiseException' bindings.* > raise.log
[ -s raise.log ] && ! grep -v ' to .*libgcc_s\.so\.1 \[0\]' raise.log
verdict $? "exceptions by the program's own unwinder" "$(head -n 2 raise.log)"
