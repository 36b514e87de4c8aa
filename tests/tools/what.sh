#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# allotype what: the levels of addresses in every kind of memory, down to the
# field, with the evidence and the code that allocated them.
. "$(dirname "$0")/lib.sh"
ulimit -c unlimited
start_subject "$allotype" run "$subject"

# Numbers that change from run to run, folders, and all evidence but the
# strongest are left out.
plain() {
	sed -e 's/0x[0-9a-f]*/ADDRESS/g' -e "s,$work/,,g" \
		-e "s,$top_srcdir/tests/tools/,,g" -e 's/ \+/ /g' \
		-e 's/\(evidence [a-z]*\)[a-z+]* ([0-9]*%)/\1/'
}

# answer NAME: what the lines are to be, from the level of the heap object,
# symbol or frame down; standard input has them.
answer() {
	"$allotype" what "$pid" "$(at "$1")" > got 2> err ||
		fail "$1: exit status $?: $(cat err)"
	plain < got | sed -e '/^\(static-symbol main\|stackframe frame of\)/{
		s/[0-9]* bytes/BYTES/' -e '/^stackframe/s/+[0-9]*/OFFSET/' -e '}' |
		sed -n '/^\(heap\|static-symbol\|stackframe\|auxv\)/,$p' \
		> leaf
	diff - leaf > difference || fail "$1: $(cat difference)"
	head -n 1 got | grep -Eq '^(mmap|stack) ' ||
		fail "$1 is in no mapping: $(cat got)"
}

answer weasel-point << END
heap struct weasel, 56 bytes at ADDRESS +52, evidence sizeof, \
allocated in make_weasel (subject.c:36)
field ((struct weasel *)ADDRESS)->at (struct point[4]), 32 bytes at ADDRESS +28
field ((struct weasel *)ADDRESS)->at[3] (struct point), 8 bytes at ADDRESS +4
field ((struct weasel *)ADDRESS)->at[3].y (int), 4 bytes at ADDRESS +0
END
answer table << 'END'
heap double[300], 2400 bytes at ADDRESS +56, evidence sizeof, allocated in main (subject.c:80)
field element 7 of double[300], 8 bytes at ADDRESS +0
END
answer untyped << 'END'
heap int[42], 168 bytes at ADDRESS +0, evidence sizeof, allocated in main (subject.c:82)
field element 0 of int[42], 4 bytes at ADDRESS +0
END
answer string << 'END'
heap char[24], 24 bytes at ADDRESS +0, evidence callee, allocated in main (subject.c:83)
field element 0 of char[24], 1 bytes at ADDRESS +0
END
answer led-to << 'END'
heap no type (the metadata knows none), 56 bytes at ADDRESS +0, allocated in make_untyped (subject.c:122)
END
"$allotype" what --collect "$pid" "$(at led-to)" "$(at table)" > collected
grep -q '^heap  *struct weasel, 56 bytes .* evidence size+pointer (85%), ' \
	collected || fail "what --collect: $(cat collected)"
grep -q '^heap  *double\[300\], 2400 bytes' collected ||
	fail "what --collect spoils others: $(cat collected)"
answer static << END
static-symbol static_home (struct weasel), 56 bytes at ADDRESS +52, evidence debuginfo, \
defined at subject.c:26, in subject
field static_home.at (struct point[4]), 32 bytes at ADDRESS +28
field static_home.at[3] (struct point), 8 bytes at ADDRESS +4
field static_home.at[3].y (int), 4 bytes at ADDRESS +0
END
answer function << END
static-symbol main (int (int, char **)), BYTES at ADDRESS +0, evidence debuginfo, \
defined at subject.c:78, in subject
END
answer argv << 'END'
auxv argv (char *[2]), 16 bytes at ADDRESS +0, evidence system
field argv[0] (char *), 8 bytes at ADDRESS +0
END
answer on-stack << END
stackframe frame of wait_for_end, BYTES at ADDRESS OFFSET
stackframe on_stack (struct weasel), 56 bytes at ADDRESS +16, evidence debuginfo, \
in wait_for_end (subject.c:61)
field on_stack.next (struct weasel *), 8 bytes at ADDRESS +0
END
answer thread-local << END
stackframe frame of be_thread, BYTES at ADDRESS OFFSET
stackframe corner (struct point), 8 bytes at ADDRESS +4, evidence debuginfo, \
in be_thread (subject.c:49)
field corner.y (int), 4 bytes at ADDRESS +0
END

# Of freed memory: what it was, and who freed it.
expect 0 '^heap .*freed, .*allocated in main (.*subject.c:84), freed in main (.*subject.c:94)$' \
	"$allotype" what "$pid" "$(at freed)"
# Of a block that the program gives out in parts.
expect 0 '^heap  *char\[4096\], .*evidence [a-z+]*+carved .* in carve_block (' \
	"$allotype" what "$pid" "$(at carved)"
# Mapped by the program, as wide as it was asked for.
expect 0 '^mmap .* 8192 bytes at .* allocated in main (.*subject.c:85)$' \
	"$allotype" what "$pid" "$(at mapped)"

# What libc allocates for its callers is theirs, whatever its symbols are.
expect 0 '^heap .*char\[[0-9]*\], .*evidence callee .* in show_more (' \
	"$allotype" what "$pid" "$(at printed)"
expect 0 '^heap  *\(FILE\|struct _IO_FILE\), .* in show_more (' \
	"$allotype" what "$pid" "$(at opened)"
expect 0 '^static-symbol  *stdout[ ,]' "$allotype" what "$pid" stdout
# Who mapped a file does not know its name; the kernel does.
expect 0 "^mmap  *$subject, 4096 bytes at .* allocated in show_more (" \
	"$allotype" what "$pid" "$(at mapped-file)"

# Names, and numbers of either kind, mean the same.
"$allotype" what "$pid" "$(at function)" > hexadecimal
"$allotype" what "$pid" $(($(at function))) > decimal
"$allotype" what "$pid" main > name
cmp hexadecimal decimal || fail 'a decimal address'
cmp hexadecimal name || fail "the name of a function"
expect 0 ' static_home.weight (int)' "$allotype" what "$pid" static_home
expect 1 "no symbol .nothing_of_this_name'" \
	"$allotype" what "$pid" nothing_of_this_name

# One address without an answer is enough for status 1; the rest is answered.
expect 1 '^none .*nothing is mapped' "$allotype" what "$pid" 0x10
expect 1 'element 7 of double' \
	"$allotype" what "$pid" 0x10 "$(at table)" 0xffffffffffffffff

# As JSON, one object a line.
# shellcheck disable=SC2046 # a list of addresses
"$allotype" what --json "$pid" $(sed -n 's/.* 0x/0x/p' addresses) 0x10 > json
python3 - <<'PY' || fail 'JSON'
import json
answers = [json.loads(line) for line in open("json")]
asked = [line.split() for line in open("addresses") if " 0x" in line]
assert [a["address"] for a in answers] == [at for _, at in asked] + ["0x10"]
named = {name: answer for (name, _), answer in zip(asked, answers)}
assert "base" not in answers[-1] and answers[-1]["status"] != "known"
table = named["table"]
assert table["allocator"] == "heap" and table["type"] == "double[300]"
assert table["size"] == 2400 and table["site"]["function"] == "main"
assert int(table["limit"], 16) - int(table["base"], 16) == 2400
assert table["offset"] == 0 and table["alternatives"] == []
assert table["levels"][-1]["index"] == 7
assert table["levels"][-1]["type"] == "double"
freed = named["freed"]
assert freed["free_site"]["function"] == "main"
static = [a for a in answers if a.get("name") == "static_home"][0]
assert static["site"]["file"].endswith("subject.c") and static["site"]["line"]
PY

# With a cold cache metadata is built for the asking; a corrupt file is
# replaced.
"$allotype" what "$pid" "$(at static)" > warm
rm -rf meta
"$allotype" what "$pid" "$(at static)" > cold
cmp warm cold || fail 'other answers with a cold cache'
find meta -name '*.meta' -exec sh -c 'echo x > "$1"' - {} \;
expect 0 'building it again' "$allotype" what "$pid" "$(at static)"
"$allotype" what "$pid" "$(at static)" > repaired
cmp warm repaired || fail 'other answers after a corrupt cache'

# The kernel's core file leaves the code of programs and libraries out; the
# answers are the same.
if grep -q '^core$' /proc/sys/kernel/core_pattern; then
	names='weasel-point untyped freed static function argv on-stack
		thread-local mapped'
	for name in $names; do
		"$allotype" what "$pid" "$(at "$name")" > "live.$name"
	done
	kill -ABRT "$pid"
	wait "$pid" 2> /dev/null
	core=$(find . -name "core*")
	for name in $names; do
		"$allotype" what "$core" "$(at "$name")" > "core.$name"
		cmp "live.$name" "core.$name" ||
			fail "core, $name: $(diff "live.$name" "core.$name")"
	done
	expect 0 ' 560 .* struct weasel$' "$allotype" heap "$core"
	"$allotype" heap --pprof core.pb "$core" || fail '--pprof of a core file'
	python3 "$top_srcdir/tests/pprof.py" core.pb | cut -f 1,3 |
		grep -q '^10 560	struct weasel$' ||
		fail "the profile of a core file"
	truncate -s 100K "$core"
	"$allotype" heap "$core" > out 2> err
	[ $? -eq 1 ] || fail "a core file cut short: $(cat out err)"
	expect 1 . "$allotype" heap --pprof cut.pb "$core"
	[ ! -e cut.pb ] || fail 'a profile of a core file cut short'
	head -c 64 /dev/zero >> "$core"
	"$allotype" what "$core" "$(at static)" > out 2> err
	[ $? -eq 1 ] || fail "a corrupt core file: $(cat out err)"

	# The runtime has been upgraded since.
	rm "$core"
	cp -L "$top_builddir/.libs/liballotype.so" liballotype-old.so
	start_subject env "ALLOTYPE_LIBRARY=$work/liballotype-old.so" \
		"$allotype" run "$subject"
	kill -ABRT "$pid"
	wait "$pid" 2> /dev/null
	rm liballotype-old.so
	expect 0 ' 560 .* struct weasel$' "$allotype" heap "$core"
	"$allotype" heap --pprof core.pb "$core" || fail '--pprof of a core file'
	python3 "$top_srcdir/tests/pprof.py" core.pb | cut -f 1,3 |
		grep -q '^10 560	struct weasel$' ||
		fail "the profile of a core file"
	start_subject "$allotype" run "$subject"
fi

# The program is gone from its place, but runs on: whoever may open what it
# has mapped still gets types.
rm "$subject"
expect 0 "^mmap .*$subject (deleted), " "$allotype" what "$pid" "$(at static)"
if [ "$(id -u)" -eq 0 ]; then
	rm -rf meta
	expect 0 'static_home.at\[3\].y (int)' \
		"$allotype" what "$pid" "$(at static)"
fi

# It goes on as if nobody had looked.
exec 9>&-
wait "$pid" || fail "the subject ends with status $?"

# Records of a run without metadata name the direct caller; answers say what
# is missing, and types come all the same.
rm -rf meta
start_subject env "LD_PRELOAD=$top_builddir/.libs/liballotype.so" "$subject"
expect 0 'double\[300\]' "$allotype" what "$pid" "$(at table)"
finish
