#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Call sites with DW_AT_LLVM_alloc_type, which clang has from LLVM 21 on: what
# it says is what the call allocates.  gcc's assembler text is made to have it
# in the place of DW_AT_call_origin; of jumps once as clang writes it, with
# their own addresses.
. "$(dirname "$0")/lib.sh"
command -v gcc > /dev/null || skip "no gcc"
command -v python3 > /dev/null || skip "no python3"

cat > "$work/subject.c" <<'EOF2'
#include <stdlib.h>
struct weasel { long age; struct weasel *next; } *weasel;
struct stoat { long x[5]; } *stoat;
void *volatile sink;
void call(size_t n)
{
	sink = malloc(n);
}
void several(size_t n)
{
	sink = calloc(n, sizeof(struct stoat));
}
void *jump(size_t n)
{
	return malloc(n);
}
int main(void)
{
	call(3);
	several(4);
	sink = jump(5);
	return 0;
}
EOF2
cat > "$work/annotate.py" <<'EOF2'
import re, sys
lines = sys.stdin.read().splitlines()
own_address = len(sys.argv) > 1
made = {"call": "weasel", "several": "stoat", "jump": "stoat"}
dies, type, tag, die = {}, None, "", None
for line in lines:
    die = re.search(r"\(DIE \((0x\w+)\) DW_TAG_structure_type", line) or die
    name = re.search(r'DW_AT_name: "(\w+)"', line)
    if name and die:
        dies.setdefault(name[1], die[1])
        die = None
for number, line in enumerate(lines):
    name = re.search(r'DW_AT_name: "(\w+)"', line)
    if name and name[1] in made:
        type = dies[made[name[1]]]
    tag = (re.search(r"# \(.*(DW_TAG_\w+)", line) or [0, tag])[1]
    is_jump = own_address and \
        any("call_tail_call" in l for l in lines[number:number + 4])
    if tag in ("DW_TAG_call_site", "DW_TAG_GNU_call_site"):
        if re.search(r"\(DW_AT_(call|abstract)_origin\)", line):
            line = re.sub("0x7f|0x31", "0x3e0e", line)
        if re.search("# DW_AT_(call|abstract)_origin", line):
            line = re.sub(r"0x\w+", type or dies["stoat"], line)
        if is_jump and "(DW_AT_call_return_pc)" in line:
            line = line.replace("0x7d", "0x81")
        if is_jump and "# DW_AT_call_return_pc" in line:
            line = re.sub(r"(\.LVL\d+)", r"\1-5", line)
    print(line)
EOF2
cat > "$work/print_types.py" <<'EOF2'
import json, sys
for site in sorted(map(json.loads, sys.stdin), key=lambda s: s["line"]):
    if site["type"]:
        print("%(function)s: %(type)s, %(evidence)s" % site)
EOF2

# check NAME VERSION [own]: what is said of each call.
check() {
	(cd "$work" && gcc -g -gdwarf-"$2" -O2 -fno-inline -dA \
		-fcf-protection=none -S subject.c -o plain.s &&
		python3 annotate.py ${3-} < plain.s > annotated.s &&
		gcc -o program annotated.s) || fail "$1: gcc fails"
	"$meta" sites "$work/program" --json --no-source |
		python3 "$work/print_types.py" > "$work/types"
	diff "$work/types" - > "$work/diff" <<'EOF2' ||
call: struct weasel, compiler
several: struct stoat, size+compiler
jump: struct stoat, compiler
EOF2
		fail "$1: $(cat "$work/diff")"
}
check "DWARF 5" 5
check "DWARF 5, jumps by their own address" 5 own
check "DWARF 4" 4
finish
