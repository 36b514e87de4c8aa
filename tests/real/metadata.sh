#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Damaged metadata never harms the program, and tools refuse it with a reason
# and rebuild it.  Without metadata answers say so, and `what` still types.
. "$(dirname "$0")/lib.sh"

cat > host.c <<'C'
#include <stdio.h>
#include <stdlib.h>
struct weasel { int weight; struct weasel *next; };
struct weasel *first;
int main(void)
{
	first = malloc(sizeof *first);
	first->weight = 3;
	first->next = NULL;
	printf("%p\n", (void *)first);
	fflush(stdout);
	getchar();
	printf("weight %d\n", first->weight);
	free(first);
	return 7;
}
C
gcc -g -O1 -o host host.c || fail "host.c does not compile"
gcc -g -O1 -DOTHER -Dweasel=stoat -o other host.c

# start: the host in the background, waiting; sets $pid and $address.
start() {
	rm -f in out
	mkfifo in
	LD_PRELOAD=$runtime ./host < in > out 2> err &
	pid=$!
	pids=$pid
	exec 8> in
	for _ in $(seq 100); do
		address=$(head -n 1 out)
		[ -n "$address" ] && return
		sleep 0.05
	done
	address=0x0
}
# finish NAME: the host goes on and ends as it would alone.
finish() {
	exec 8>&-
	wait "$pid"
	local status=$?
	pids=
	[ $status -eq 7 ] && [ ! -s err ] &&
		[ "$(tail -n 1 out)" = "weight 3" ]
	verdict $? "$1: the program never notices" \
		"status $status, $(head -n 2 err | tr '\n' '|')"
}

# ---- cold cache ----
start
"$allotype" what "$pid" "$address" > warm.log 2>&1
grep -q 'struct weasel' warm.log
verdict $? "cold cache: what types afterwards" "$(tail -n 1 warm.log)"
grep -q 'host.c:7' warm.log
verdict $? "cold cache: what names the site" "$(tail -n 1 warm.log)"
finish "cold cache"

cat > self.c <<'C'
#include <allotype.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
	struct alloc_info info;
	char line[500];
	int *p = malloc(10 * sizeof *p);
	alloc_get_info(p, &info);
	alloc_describe(p, line, sizeof line);
	printf("%d %d %zu %d %s\n", info.status, info.type == NULL, info.size,
	       info.type_status == ALLOC_NO_METADATA, line);
	return 0;
}
C
gcc -g -I"$top_srcdir/include" -o self self.c -L"$top_builddir" \
	-lallotype_stub > build.log 2>&1 || fail "self.c: $(tail -n 1 build.log)"
ALLOTYPE_META_DIR=$work/none bash -c 'LD_PRELOAD=$0 exec ./self' "$runtime" \
	> self.log 2>&1
grep -q '^0 1 40 1 .*metadata' self.log
verdict $? "cold cache: answers say that metadata is missing" \
	"$(head -n 1 self.log)"
LD_PRELOAD= ./self > stub.log 2>&1
grep -q '^1 ' stub.log
verdict $? "a client without the runtime is told so" "$(head -n 1 stub.log)"

# ---- damage ----
"$allotype" meta build ./host > /dev/null 2>&1
"$allotype" meta build ./other > /dev/null 2>&1
id() {
	readelf -n "$1" | sed -n 's/.*Build ID: //p'
}
cached=$(find meta -name "$(id host | cut -c3-)*")
foreign=$(find meta -name "$(id other | cut -c3-)*")
[ -f "$cached" ] && [ -f "$foreign" ]
verdict $? "the cache has a file a build ID" "$(find meta -type f | tr '\n' ' ')"
cp "$cached" good
cp "$foreign" foreign
damage() {
	case $1 in
	empty) : > "$2" ;;
	truncated) head -c $(($(stat -c %s good) / 2)) good > "$2" ;;
	"a header alone") head -c 16 good > "$2" ;;
	foreign) cat foreign > "$2" ;;
	text) echo "not metadata at all" > "$2" ;;
	*)
		perl -e 'local $/; my $d = <STDIN>; srand $ARGV[0];
			substr $d, int rand length $d, 1, chr int rand 256
				for 1 .. 200; print $d' "${1#noise }" < good > "$2"
		;;
	esac
}
for kind in empty truncated "a header alone" foreign text \
	"noise 1" "noise 2" "noise 3"; do
	damage "$kind" "$cached"
	start
	finish "$kind"
	damage "$kind" "$cached"
	start
	"$allotype" what "$pid" "$address" > what.log 2> what.err
	grep -q 'struct weasel' what.log && [ -s what.err ]
	verdict $? "$kind: refused with a reason, and rebuilt" \
		"$(tail -n 1 what.log), $(head -n 1 what.err)"
	cmp -s good "$cached"
	verdict $? "$kind: the same file again" "$(find meta -type f | wc -l) files"
	finish "$kind, looked into"
done
