#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# allotype what: the levels of addresses in every kind of memory, down to the
# field, with the evidence and the code that allocated them.
. "$(dirname "$0")/lib.sh"
start_subject "$allotype" run "$subject"

# Numbers that change from run to run, and folders, are left out.
plain() {
	sed -e 's/0x[0-9a-f]*/ADDRESS/g' -e "s,$work/,,g" \
		-e "s,$top_srcdir/tests/tools/,,g" -e 's/ \+/ /g'
}

# answer NAME: what the lines are to be, from the level of the heap object,
# symbol or frame down; standard input has them.
answer() {
	"$allotype" what "$pid" "$(at "$1")" > got 2> err ||
		fail "$1: exit status $?: $(cat err)"
	plain < got | sed -n '/^\(heap\|static-symbol\|stackframe\|auxv\)/,$p' \
		> leaf
	diff - leaf > difference || fail "$1: $(cat difference)"
	head -n 1 got | grep -Eq '^(mmap|stack) ' ||
		fail "$1 is in no mapping: $(cat got)"
}

answer weasel-point << 'END'
heap ((struct weasel *)ADDRESS)->at[3].y (int), struct weasel, 56 bytes at ADDRESS +52, evidence sizeof+variable+member+size (99%), allocated in make_weasel (subject.c:34)
field ((struct weasel *)ADDRESS)->at (struct point[4]), 32 bytes at ADDRESS +28
field ((struct weasel *)ADDRESS)->at[3] (struct point), 8 bytes at ADDRESS +4
field ((struct weasel *)ADDRESS)->at[3].y (int), 4 bytes at ADDRESS +0
END
answer table << 'END'
heap element 7 of double[300], 2400 bytes at ADDRESS +56, evidence sizeof+variable (99%), allocated in main (subject.c:65)
field element 7 of double[300], 8 bytes at ADDRESS +0
END
answer untyped << 'END'
heap element 0 of int[42], 168 bytes at ADDRESS +0, evidence sizeof (99%), allocated in main (subject.c:67)
field element 0 of int[42], 4 bytes at ADDRESS +0
END
answer string << 'END'
heap element 0 of char[24], 24 bytes at ADDRESS +0, evidence callee (98%), allocated in main (subject.c:68)
field element 0 of char[24], 1 bytes at ADDRESS +0
END
answer static << 'END'
static-symbol static_home.at[3].y (int), struct weasel, 56 bytes at ADDRESS +52, evidence debuginfo (100%), defined at subject.c:24, in subject
field static_home.at (struct point[4]), 32 bytes at ADDRESS +28
field static_home.at[3] (struct point), 8 bytes at ADDRESS +4
field static_home.at[3].y (int), 4 bytes at ADDRESS +0
END
END
