#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A redis-server with 100,000 keys, looked into from outside and by gdb, alive
# and as a core file.
. "$(dirname "$0")/lib.sh"
corpus redis
cli="$(dirname "$binary")/redis-cli -p $((20000 + $$ % 10000))"

"$allotype" run -- "$binary" --port "${cli##* }" --save '' --dir "$work" \
	--daemonize yes --pidfile "$work/pid" > run.log 2>&1
for _ in $(seq 100); do
	$cli ping > ping.log 2>&1 && grep -q PONG ping.log && break
	sleep 0.1
done
server=$(cat pid 2> /dev/null)
pids=$server
[ -n "$server" ] && grep -q liballotype "/proc/$server/maps"
verdict $? "allotype run starts the server" "$(head -n 2 run.log | tr '\n' '|')"
[ -n "$server" ] || exit 0
awk 'BEGIN { for (i = 0; i < 100000; i++)
	printf "SET key:%d value-%d\r\n", i, i * 7 }' | $cli --pipe > load.log
grep -q 'replies: 100000' load.log
verdict $? "100,000 keys" "$(tail -n 1 load.log)"

# ---- the heap, by type and by site ----
"$allotype" heap "$server" --by type --json > types.json
"$allotype" heap "$server" --by site --json > sites.json
"$allotype" meta sites "$binary" --json > static.json
"$allotype" heap "$server" --top 5 > table.log
cat > judge.py <<'PY'
import json, os, re, sys
# What redis 7.0's source says its sites allocate.
EXPECTED = """
dict.c dictAddRaw: dictEntry
dict.c _dictExpand: dictEntry *
dict.c dictCreate: dict
sds.c _sdsnewlen: bytes
sds.c _sdsMakeRoomFor: bytes
object.c createEmbeddedStringObject: robj
object.c createObject: robj
config.c registerConfigValue: standardConfig
rax.c raxGenericInsert: raxNode
rax.c raxCompressNode: raxNode
rax.c raxAddChild: raxNode
rax.c raxNew: rax
adlist.c listCreate: list
adlist.c listAddNodeHead: listNode
adlist.c listAddNodeTail: listNode
lstring.c newlstr: TString
lfunc.c luaF_newCclosure: CClosure|Closure
lfunc.c luaF_newproto: Proto
ltable.c luaH_new: Table
ltable.c setnodevector: Node
setproctitle.c spt_copyargs: bytes
config.c stringConfigInit: bytes
server.c main: bytes
slowlog.c slowlogCreateEntry: slowlogEntry|robj *
"""
BYTES = {None, "void", "char", "unsigned char", "uint8_t"}
expected = {}
for line in EXPECTED.strip().splitlines():
    where, types = line.split(": ")
    expected[tuple(where.split())] = set(types.split("|"))

def verdict(good, name, reason=""):
    print(("PASS live: %s" % name) if good else "FAIL live: %s: %s" % (name, reason))

def plain(name):
    return name and re.sub(r"^(struct|union|enum) ", "", name).replace("redisObject", "robj")

types = json.load(open("types.json"))
count = {plain(g["key"]): g["objects"] for g in types["groups"]}
for name in ("dictEntry", "robj"):
    verdict(count.get(name, 0) >= 100000, "heap names %s" % name,
            "%s objects" % count.get(name))
total = types["total"]
verdict(total["objects"] >= 300000 and total["typed_bytes"] <= total["bytes"] and
        sum(g["objects"] for g in types["groups"]) == total["objects"],
        "the groups are the total", total)

static = {}
for line in open("static.json"):
    site = json.loads(line)
    if site["file"]:
        static.setdefault((os.path.basename(site["file"]), site["line"]), set()).add(site["type"])
own = []
for group in json.load(open("sites.json"))["groups"]:
    m = re.match(r"(\S+) \((.*):(\d+)\)$", group["key"])
    if m and "redis" in m[2]:
        own.append((group["objects"], os.path.basename(m[2]), m[1], int(m[3])))
own = sorted(own, reverse=True)[:20]
strings = [o for o in own if o[1:3] == ("sds.c", "_sdsnewlen")]
verdict(strings and strings[0][0] >= 100000, "heap names the site of the strings", own[:4])
wrong, unknown = [], []
for objects, file, function, line in own:
    want = expected.get((file, function))
    have = {plain(t) for t in static.get((file, line), {None})}
    if want is None:
        unknown.append("%s:%d %s" % (file, line, function))
    elif want == {"bytes"}:
        if not have <= BYTES:
            wrong.append("%s:%d %s" % (file, line, have))
    elif not have <= want:
        wrong.append("%s:%d is %s, not %s" % (file, line, have, want))
verdict(len(own) == 20 and not wrong and not unknown,
        "the 20 sites with most live objects", "%s; not foreseen: %s" % (wrong, unknown))
PY
/usr/bin/python3 judge.py 2> judge.err || fail "judge: $(tail -n 1 judge.err)"
[ "$(wc -l < table.log)" -eq 7 ]
verdict $? "heap's table" "$(head -n 2 table.log | tr '\n' '|')"

# ---- what: the command, gdb and a core file agree ----
debug() {
	gdb -nx -q -batch -iex "add-auto-load-safe-path $top_builddir/.libs" \
		-iex "add-auto-load-safe-path $top_srcdir/tools" \
		-iex "set debuginfod enabled off" "$@" 2> gdb.err
}
debug -p "$server" -ex 'printf "ADDRESS heap %p\n", server.db[0].dict' \
	-ex 'printf "ADDRESS heap-interior %p\n", ((char *)server.el) + 20' \
	-ex 'printf "ADDRESS table %p\n", &server.db[0].dict->ht_table[0][7]' \
	-ex 'printf "ADDRESS static %p\n", &server.hz' \
	-ex 'printf "ADDRESS function %p\n", dictCreate' \
	-ex 'printf "ADDRESS stack %p\n", $sp + 16' \
	-ex 'frame function main' -ex 'printf "ADDRESS caller %p\n", $sp + 24' \
	-ex 'printf "ADDRESS environment %p\n", environ[0]' > where.log
awk '/^ADDRESS/ { print $2, $3 }' where.log > addresses
[ "$(grep -c ' 0x' addresses)" -ge 7 ]
verdict $? "gdb finds the addresses" "$(head -n 2 gdb.err | tr '\n' '|')"
while read -r name address; do
	"$allotype" what "$server" "$address" > "$name.command" 2>&1 ||
		fail "what $name: $(tail -n 1 "$name.command")"
done < addresses
debug -p "$server" -ex "generate-core-file $work/core" > gcore.log
[ -s core ] && [ "$(du -k core | cut -f1)" -lt 200000 ]
verdict $? "a small core file" "$(du -k core | cut -f1) KB"
while read -r name address; do
	debug -p "$server" -ex 'printf "ANSWER\n"' -ex "alloc what $address" |
		sed '1,/^ANSWER$/d; /^\[Inferior/d' > "$name.gdb"
	"$allotype" what core "$address" > "$name.core" 2>&1
	debug "$binary" core -ex 'printf "ANSWER\n"' \
		-ex "alloc what $address" | sed '1,/^ANSWER$/d' \
		> "$name.core-gdb"
	for other in gdb core core-gdb; do
		[ -s "$name.$other" ] && cmp -s "$name.command" "$name.$other"
		verdict $? "$other says the same of $name" "$(diff \
			"$name.command" "$name.$other" | head -n 4 | tr '\n' '|')"
	done
done < addresses
for expectation in 'heap:dict' 'table:dictEntry \*' 'static:server.hz' \
	'function:dictCreate' 'stack:stack' 'environment:auxv\|environ'; do
	grep -q "${expectation#*:}" "${expectation%%:*}.command"
	verdict $? "what ${expectation%%:*} names ${expectation#*:}" \
		"$(tail -n 1 "${expectation%%:*}.command")"
done
heap=$(awk '$1 == "heap" { print $2 }' addresses)
debug -p "$server" -ex 'printf "ANSWER\n"' -ex "print \$alloc_size($heap + 3)" \
	-ex "print/x \$alloc_base($heap + 3)" -ex "print \$alloc_type($heap + 3)" |
	sed '1,/^ANSWER$/d; /^\[Inferior/d' > functions.log
grep -q "0x0*${heap#0x}" functions.log && grep -q 'dict' functions.log
verdict $? "gdb's functions" "$(tr '\n' '|' < functions.log)"
