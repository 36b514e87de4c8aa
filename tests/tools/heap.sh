#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# allotype heap counts every live object once, in groups that add up.
. "$(dirname "$0")/lib.sh"
start_subject "$allotype" run "$subject"

# count KEY OPTION...: "objects bytes" of a group of the JSON output.
count() {
	local key=$1
	shift
	"$allotype" heap "$pid" --json "$@" | python3 -c '
import json, sys
report = json.load(sys.stdin)
for group in report["groups"]:
    if group["key"].startswith(sys.argv[1]):
        print(group["objects"], group["bytes"])
        break
else:
    print("none")' "$key"
}

same() { [ "$2" = "$3" ] || fail "$1: $2, not $3"; }

same 'weasels' "$(count 'struct weasel')" '10 560'
same 'their site' "$(count make_weasel --by site)" '10 560'
same 'their typed site' \
	"$(count make_weasel --by typed-site)" '10 560'
"$allotype" heap "$pid" --by typed-site --json |
	grep -q '"make_weasel ([^"]*): struct weasel"' ||
	fail 'site and type are not told together'
same 'the table' "$(count double)" '1 2400'
same 'the pointers' "$(count 'struct weasel *')" '1 80'

# What only a static points to is one as well, and still counts once.
same 'weasels led to' "$(count 'struct weasel' --collect)" '11 616'
"$allotype" heap "$pid" --json > plain.json
"$allotype" heap "$pid" --json --collect > collected.json
python3 - << 'PY' || fail '--collect does not add up'
import json
plain, collected = (json.load(open(name + ".json"))
                    for name in ("plain", "collected"))
assert sum(g["bytes"] for g in collected["groups"]) == \
    collected["total"]["bytes"] == plain["total"]["bytes"]
assert collected["total"]["typed_objects"] > plain["total"]["typed_objects"]
PY

# Totals are the same however objects are grouped, and groups add up to them.
for by in type site typed-site allocator; do
	"$allotype" heap "$pid" --by $by --json > $by.json ||
		fail "by $by: exit status $?"
	python3 - $by.json <<'PY' || fail "by $by does not add up"
import json, sys
report = json.load(open(sys.argv[1]))
total, groups = report["total"], report["groups"]
assert set(total) == {"objects", "bytes", "typed_objects", "typed_bytes"}
assert all(set(g) == {"key", "objects", "bytes", "share"} for g in groups)
assert sum(g["objects"] for g in groups) == total["objects"]
assert sum(g["bytes"] for g in groups) == total["bytes"]
assert abs(sum(g["share"] for g in groups) - 1) < 0.001
assert 12 <= total["typed_objects"] <= total["objects"]
assert 3040 <= total["typed_bytes"] <= total["bytes"]
order = [(-g["bytes"], g["key"]) for g in groups]
assert order == sorted(order) and len(set(order)) == len(order)
PY
	cut -d '}' -f 1 $by.json >> totals
done
same 'different totals' "$(sort -u totals | wc -l)" 1

"$allotype" heap "$pid" --top 1 --json > top.json
python3 -c 'import json; assert len(json.load(open("top.json"))["groups"]) == 1' ||
	fail '--top 1'
expect 0 ' 560 .* struct weasel$' "$allotype" heap "$pid"
expect 0 'total; .*% of the bytes typed$' "$allotype" heap "$pid" --top 1
expect 0 ' make_weasel (.*subject\.c:[0-9]*)$' "$allotype" heap "$pid" --by site

# The same as a profile, read by another reader; here all the values of KEY.
in_profile() {
	python3 "$top_srcdir/tests/pprof.py" "$1" | grep "$2" | cut -f 1
}
"$allotype" heap --pprof heap.pb "$pid" > out 2> err || fail "--pprof: $(cat err)"
[ ! -s out ] && [ ! -s err ] || fail "--pprof says: $(cat out err)"
same 'weasels of the profile' "$(in_profile heap.pb 'struct weasel$')" '10 560'
same 'its pointers' "$(in_profile heap.pb 'struct weasel \*$')" '1 80'
same 'its site' "$(in_profile heap.pb make_weasel)" '10 560'
"$allotype" heap "$pid" --pprof - > stdout.pb || fail '--pprof -'
cmp heap.pb stdout.pb || fail 'another profile on standard output'
same 'the mode of the file' "$(stat -c %A heap.pb)" "$(stat -c %A stdout.pb)"
"$allotype" heap --pprof /dev/null "$pid" || fail '--pprof /dev/null'
[ -c /dev/null ] || fail '/dev/null is no device any more'

# A profile that cannot be written leaves nothing new and what was there.
expect 1 'nowhere/heap.pb: cannot write: No such file' \
	"$allotype" heap --pprof nowhere/heap.pb "$pid"
one_line
mkdir full
cp heap.pb full
(
	ulimit -f 1
	trap '' XFSZ
	expect 1 'full/heap.pb: cannot write: File too large' \
		"$allotype" heap --pprof full/heap.pb "$pid"
	finish
) || failures=$((failures + 1))
same 'what is left of it' "$(ls full)" heap.pb
cmp heap.pb full/heap.pb || fail 'the profile that was there is gone'
expect 1 '/dev/full: cannot write: No space' \
	"$allotype" heap --pprof /dev/full "$pid"

# It goes on as if nobody had looked.
exec 9>&-
wait "$pid"
same 'exit status of the subject' $? 0

# With samples the profile has chains, from outside as from inside.
start_subject "$allotype" run --option profile_sample=1 "$subject"
"$allotype" heap --pprof sampled.pb "$pid" || fail '--pprof with samples'
python3 "$top_srcdir/tests/pprof.py" sampled.pb > sampled
grep -q '^10 560 10 560	make_weasel main .*	struct weasel$' sampled ||
	fail "samples: $(cat sampled)"
same 'weasels that are samples' "$(count 'struct weasel')" '10 560'
finish
