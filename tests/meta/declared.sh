#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Units that each have a type of their own behind one variable, which is
# incomplete where it is defined: what is stored in its members, and itself, is
# of the types of the unit that stores it.
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || skip "no python3"

cat > "$work/defined.c" <<'EOF'
struct globals;
struct globals *everything;
struct shared { long number; } *same;
EOF
# unit NAME MEMBERS STATEMENTS
unit() {
	cat > "$work/$1.c" <<EOF
#include <stdlib.h>
struct $1_part { double $1[3]; } $1_own, *$1_list;
struct globals { $2 };
extern struct globals *const everything;
extern struct shared { long number; } *same;
void *make(size_t size);
void $1(size_t n)
{
	*(void **)&everything = make(sizeof *everything);
	__asm__ volatile ("" ::: "memory");
	$3
	same = make(n);
}
EOF
}
unit first 'long n; struct first_part *part;' \
	'everything->part = make(n);'
unit second 'char *name; int count; struct second_part **parts;' \
	'everything->parts = make(n);
	everything->name = make(n);'
cat > "$work/main.c" <<'EOF'
#include <stdlib.h>
__attribute__((noinline)) void *make(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}
void first(size_t n);
void second(size_t n);
int main(int argc, char **argv)
{
	(void)argv;
	first(argc);
	second(argc);
	return 0;
}
EOF
# So much that there are several parts to be read.
many_structs > "$work/large.c"

# FILE:LINE: TYPE of each call in the two units, sorted.
lines='
import json, os, sys
for line in sorted("%s:%s: %s" % (os.path.basename(site["file"]), site["line"],
				  site["type"])
		   for site in map(json.loads, sys.stdin)
		   if site["file"].endswith(("first.c", "second.c"))):
	print(line)
'

cat > "$work/wanted" <<'EOF'
first.c:11: struct first_part
first.c:12: struct shared
first.c:9: struct globals
second.c:11: struct second_part *
second.c:12: char
second.c:13: struct shared
second.c:9: struct globals
EOF

# check NAME OPTIONS SOURCE...: what is said of the calls, and nothing else of
# their units.
check() {
	name=$1
	options=$2
	shift 2
	(cd "$work" && $CC -g -O2 -o program first.c second.c main.c "$@") ||
		fail "$name does not compile"
	for option in $options; do
		"$meta" sites "$work/program" --json "$option" |
			python3 -c "$lines" > "$work/answers" ||
			fail "$name cannot be read"
		diff "$work/wanted" "$work/answers" > "$work/diff" ||
			fail "$name $option: $(cat "$work/diff")"
	done
}

if $CC --version | grep -q clang; then
	echo "not tested: clang leaves out what is only declared"
else
	check small '--no-source --threads=2' defined.c
	check large '--no-source --threads=2' large.c defined.c
fi
# Where debug information has no such types, the source has their members.
if command -v clang-14 > /dev/null; then
	CC=clang-14
	check source --threads=2 defined.c
fi
finish
