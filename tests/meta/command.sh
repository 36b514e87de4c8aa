#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The program allotype-meta: exit statuses, the cache, output.
. "$(dirname "$0")/lib.sh"
ALLOTYPE_META_DIR=$work/cache
export ALLOTYPE_META_DIR

# expect STATUS ARGUMENT...: runs it, with output in $work/out and $work/err.
expect() {
	wanted=$1
	shift
	"$meta" "$@" >"$work/out" 2>"$work/err"
	status=$?
	[ $status = "$wanted" ] ||
		fail "allotype-meta $*: status $status, not $wanted"
	if [ "$wanted" = 0 ] && [ -s "$work/err" ]; then
		fail "allotype-meta $*: $(cat "$work/err")"
	elif [ "$wanted" != 0 ] && ! [ -s "$work/err" ]; then
		fail "allotype-meta $*: fails without a word"
	fi
}

expect 2
expect 2 compile x
expect 2 build
expect 2 build --nonsense x
expect 2 build a b -o "$work/c"
expect 0 --help
grep -q sites "$work/out" || fail "--help does not name the commands"
expect 1 build "$work/missing"
expect 1 show "$top_srcdir/README.md"
expect 1 build /dev/null

# The number of threads changes nothing.
expect 2 build --threads=0 -o "$work/c" "$meta"
expect 0 build --threads=1 -o "$work/one" "$meta"
expect 0 build --threads=3 -o "$work/three" "$meta"
cmp "$work/one" "$work/three" || fail "three threads make another file"

expect 0 build tests/meta/subject_o0
found=$(find "$work/cache" -name '*.meta')
[ -f "$found" ] || fail "nothing in the cache: $found"
before=$(stat -c %i "$found")
expect 0 build tests/meta/subject_o0
[ "$(stat -c %i "$found")" = "$before" ] || fail "compiled again for nothing"
expect 0 build --force tests/meta/subject_o0
[ "$(stat -c %i "$found")" != "$before" ] || fail "--force does nothing"
expect 0 build tests/meta/subject_o0 -o "$work/a.meta"
cmp "$found" "$work/a.meta" || fail "the same input gave other bytes"

# What is no regular file is written to, not replaced.
mkfifo "$work/pipe"
timeout 10 cat "$work/pipe" >"$work/through" &
expect 0 build tests/meta/subject_o0 -o "$work/pipe"
wait
[ -p "$work/pipe" ] || fail "-o replaced a pipe by a file"
cmp "$found" "$work/through" || fail "other bytes through a pipe"

# A metadata file and its ELF file show the same.
expect 0 show "$work/a.meta"
cp "$work/out" "$work/from_meta"
expect 0 show tests/meta/subject_o0
cmp -s "$work/out" "$work/from_meta" || fail "show differs by kind of file"
grep -q '^struct weasel, struct, 152 bytes' "$work/out" ||
	fail "show does not know struct weasel"

# Damage is refused with a reason.
head -c 2000 "$work/a.meta" >"$work/short.meta"
expect 1 show "$work/short.meta"
cp "$work/a.meta" "$work/flipped.meta"
printf '\377' | dd of="$work/flipped.meta" bs=1 seek=3000 conv=notrunc 2>/dev/null
expect 1 show "$work/flipped.meta"

# Stripped files have symbols; those without a build ID need -o.
strip -o "$work/stripped" tests/meta/subject_o0 2>/dev/null &&
	expect 0 show "$work/stripped"
"$CC" -g -Wl,--build-id=none -o "$work/anonymous" "$subject" &&
	expect 1 build "$work/anonymous"
"$CC" -g -c -o "$work/object.o" "$subject" && expect 1 build "$work/object.o"

# JSON lines have their keys, in order.
cat >"$work/site.c" <<'END'
#include <stdlib.h>
struct weasel { int weight; char name[20]; } *weasel;
int main(void) { weasel = malloc(sizeof(struct weasel)); return !weasel; }
END
"$CC" -g -o "$work/site" "$work/site.c" || fail "cannot compile"
expect 0 sites --json "$work/site"
keys='^\{"address":"0x[0-9a-f]+","function":"main","file":"[^"]*/site.c",'
keys=$keys'"line":3,"callee":"malloc","type":"struct weasel",'
keys=$keys'"evidence":"[a-z+]+","confidence":[1-9][0-9]?,"offset":0,'
keys=$keys'"size":24,"alternatives":\[.*\],"floating":false,"carved":false,"wrapper":false\}$'
grep -Eq "$keys" "$work/out" || fail "JSON is not as promised: $(cat "$work/out")"

# A file that another one includes is called as it lies there.
mkdir "$work/part" && mv "$work/site.c" "$work/part/site.c"
echo '#include "site.c"' > "$work/part/whole.c"
for compiler in "$CC" clang-14; do
	(cd "$work/part" && "$compiler" -g -o "$work/site" ./whole.c) ||
		fail "cannot compile"
	expect 0 sites --json "$work/site"
	grep -Fq "\"file\":\"$(realpath "$work")/part/site.c\"" "$work/out" ||
		fail "$compiler: another path: $(cat "$work/out")"
done

# A file of types comes before what the code says.
cat >"$work/types" <<'END'
# declared
site.c:3 = int
main = struct weasel   # calls in main: the later line
END
expect 0 sites --types="$work/types" "$work/site"
grep -q 'malloc: struct weasel, declared, 24 bytes' "$work/out" ||
	fail "--types, by function: $(cat "$work/out")"
printf 'malloc = struct weasel\nite.c:3 = char\nsite.c:3 = int\n' >"$work/types"
expect 0 sites --types="$work/types" "$work/site"
grep -q 'malloc: int, declared, 24 bytes' "$work/out" ||
	fail "--types, by line: $(cat "$work/out")"
printf 'malloc = struct nobody\n' >"$work/types"
expect 0 sites --types="$work/types" "$work/site"
grep -q 'malloc: struct weasel, [a-z+]*sizeof' "$work/out" ||
	fail "--types, no such type: $(cat "$work/out")"
echo 'malloc: int' >"$work/types"
expect 1 sites --types="$work/types" "$work/site"
expect 1 sites --types="$work/missing" "$work/site"

# Without sites there is all else, and never in the cache.
expect 0 build --no-sites -o "$work/bare.meta" "$work/site"
expect 0 show "$work/bare.meta"
grep -q '^struct weasel, struct, 24 bytes' "$work/out" ||
	fail "no types with --no-sites"
expect 0 sites "$work/bare.meta"
[ -s "$work/out" ] && fail "sites with --no-sites: $(cat "$work/out")"
expect 2 build --no-sites "$work/site"
finish
