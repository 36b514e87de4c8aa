#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The judges of inferred types: what truth.py reads of a source whose comments
# say what is right, and what score.py makes of right and wrong answers.
. "$(dirname "$0")/lib.sh"
corpus=$(realpath "$top_srcdir")/contrib/corpus
python3 "$corpus/truth.py" --help > /dev/null 2>&1 && command -v clang-14 > /dev/null ||
	skip "clang or its Python bindings are not installed"

cp "$top_srcdir/tests/meta/truth/subject.c" "$work"
cat > "$work/compile_commands.json" <<EOF
[{"directory": "$work", "file": "subject.c",
  "arguments": ["cc", "-D_GNU_SOURCE", "-O2", "-c", "subject.c"]}]
EOF
python3 "$corpus/truth.py" "$work/compile_commands.json" \
	> "$work/truth" 2> "$work/errors" ||
	fail "truth.py: $(cat "$work/errors")"
grep -q '^1 units (0 with errors)' "$work/errors" || fail "$(cat "$work/errors")"

# Directories for quoted headers, the option and its argument in one word.
mkdir "$work/quoted" "$work/own"
echo 'struct quoted { int a; };' > "$work/own/quoted.h"
cat > "$work/quoted/unit.c" <<'EOF'
#include "quoted.h"
void *malloc(unsigned long);
struct quoted *make(void) { return malloc(sizeof(struct quoted)); }
EOF
cat > "$work/quoted/compile_commands.json" <<EOF
[{"directory": "$work/quoted", "file": "unit.c",
  "arguments": ["cc", "-iquote$work/own", "-c", "unit.c"]}]
EOF
python3 "$corpus/truth.py" "$work/quoted/compile_commands.json" 2>&1 |
	grep -q '"struct quoted"' || fail "truth.py finds no quoted header"

# A file that is compiled for two types has sites of both; what libtool compiles
# once more for shared libraries is the same.
cat > "$work/quoted/twice.c" <<'EOF'
void *malloc(unsigned long);
NUMBER *MAKE(unsigned long n) { return malloc(n * sizeof(NUMBER)); }
EOF
cat > "$work/quoted/compile_commands.json" <<EOF
[{"directory": "$work/quoted", "file": "twice.c",
  "arguments": ["cc", "-DNUMBER=int", "-DMAKE=ints", "-c", "twice.c"]},
 {"directory": "$work/quoted", "file": "twice.c",
  "arguments": ["cc", "-D", "NUMBER=long", "-DMAKE=longs", "-c", "twice.c"]},
 {"directory": "$work/quoted", "file": "twice.c",
  "arguments": ["cc", "-DNUMBER=int", "-DMAKE=ints", "-DPIC", "-c", "twice.c"]}]
EOF
python3 "$corpus/truth.py" "$work/quoted/compile_commands.json" \
	> "$work/twice" 2> "$work/errors" || fail "truth.py: $(cat "$work/errors")"
grep -q '^2 units (0 with errors)' "$work/errors" || fail "$(cat "$work/errors")"
for type in int long; do
	grep -q "\"function\": \"${type}s\".*\"types\": \[\"$type\"" "$work/twice" ||
		fail "truth.py does not read a file for each type: $(cat "$work/twice")"
done

# LINE:WHAT for each comment that ends a line; #line applied.
awk '/^#line/ { line = $2 - 1; next }
{ line++ }
match($0, /; \/\* .* \*\/$|\) \/\* .* \*\/$/) {
	text = substr($0, RSTART + 5, RLENGTH - 8)
	for (n = split(text, part, ", "); n; n--)
		print line ":" part[n]
}' "$work/subject.c" | sort > "$work/wanted"
python3 - "$work/truth" > "$work/found" <<'EOF'
import json, sys
for row in open(sys.argv[1]):
    site = json.loads(row)
    types = [t for t in site["types"] if t.startswith("struct ")] or site["types"]
    name = (types or [site["kind"]])[0]
    print(f"{site['line']}:{name}" + " as bytes" * (site["kind"] == "bytes" and name != "bytes"))
EOF
sort "$work/found" | sed 's/struct (anon/(anon/' |
	diff "$work/wanted" - > "$work/diff" ||
	fail "truth.py differs from the comments: $(cat "$work/diff")"
line=$(sed -n '/^typedef struct {/=' "$work/subject.c" | head -n 1)
grep -q "\"unnamed\", \"(anonymous at subject.c:$line)\"" "$work/truth" ||
	fail "an unnamed record has no name by its place"

grep -q '"types": \["struct node", "node_array", "node_pair", "node_type"\]' \
	"$work/truth" ||
	fail "truth.py does not take the name of an array for that of elements"
grep -q '"types": \["int (\*)(struct node \*)", "visitor \*"\]' "$work/truth" ||
	fail "truth.py does not know a function by its name"

# site FILE LINE CALLEE KIND [TYPES]
site() {
	printf '{"file": "%s", "line": %s, "function": "f", "callee": "%s", ' "$1" "$2" "$3"
	printf '"kind": "%s", "types": [%s], "evidence": "sizeof"}\n' "$4" "${5-}"
}
# answer FILE LINE TYPE
answer() {
	printf '{"file": "/x/%s", "line": %s, "type": "%s"}\n' "$@"
}
{
	site src/a.c 10 malloc type '"struct s", "s_t"'
	site src/a.c 20 malloc type '"unsigned long", "size_t"'
	site src/a.c 30 malloc type '"struct s"'
	site src/a.c 40 malloc type '"struct s"'
	site src/a.c 50 malloc type '"struct s"'
	site src/a.c 60 malloc type '"struct s"'
	site src/a.c 60 malloc type '"struct t"'
	site src/a.c 70 strdup bytes
	site src/a.c 80 strdup bytes
	site lib/a.c 10 malloc type '"struct t"'
	site src/a.c 90 malloc unknown
	site src/a.c 95 strdup bytes
	site src/a.c 97 malloc bytes '"struct s"'
	site src/a.c 98 malloc type '"struct s"'
	site src/a.c 99 new type '"struct s"'
	site src/b.c 5 malloc type '"_Bool"'
	site src/b.c 15 malloc type '"long double _Complex"'
	site src/b.c 10 realloc type '"char *"' | sed 's/"f"/"resize"/'
} > "$work/truth"
{
	answer src/a.c 10 s_t
	answer src/a.c 21 "long unsigned int"
	answer src/a.c 30 "struct t"
	answer src/a.c 40 char
	answer src/a.c 60 "struct s"
	answer src/a.c 70 char
	answer src/a.c 80 "struct s"
	answer lib/a.c 10 "struct t"
	answer src/a.c 95 char
	answer src/a.c 95 "char *" | sed 's/}/, "callee": "resize"}/'
	answer src/a.c 97 "struct s"
	answer src/a.c 98 "struct s" | sed 's/}/, "callee": "malloc"}/'
	answer src/a.c 98 "struct t" | sed 's/}/, "callee": "pool_take"}/'
	answer src/a.c 99 "struct s" | sed 's/}/, "callee": "operator new"}/'
	answer src/a.c 99 "struct s *" |
		sed 's/}/, "callee": "__cxa_allocate_exception"}/'
	answer src/b.c 5 bool
	answer src/b.c 15 "complex long double"
	answer src/b.c 10 "char *"
} > "$work/answers"
python3 "$corpus/score.py" "$work/truth" "$work/answers" --list > "$work/score"
cat > "$work/wanted" <<'EOF'
13 sites with a type: answered 76.9%, right 90.0%, recall 69.2%
4 of bytes: answered 100.0%, right 75.0%; 1 of which the source says nothing
wrong src/a.c:30 f: malloc gives struct s (sizeof); answers: struct t ()
vague src/a.c:40 f: malloc gives struct s (sizeof); answers: char ()
missing src/a.c:50 f: malloc gives struct s (sizeof); answers: none
missing src/a.c:60 f: malloc gives struct t (sizeof); answers: struct s ()
wrong src/a.c:80 f: strdup gives bytes (sizeof); answers: struct s ()
EOF
diff "$work/wanted" "$work/score" > "$work/diff" ||
	fail "score.py judges otherwise: $(cat "$work/diff")"

# Sites without an answer count where their lines have such calls: here, one
# that was inlined, in two ranges, but not one of something else, nor of a
# function that is another unit's name for what the line has.
cp "$top_srcdir/tests/meta/truth/inlined.c" "$work"
clang-14 -g -O2 -o "$work/inlined" "$work/inlined.c"
called=$(sed -n '/= take(/=' "$work/inlined.c")
other=$(sed -n '/abort()/=' "$work/inlined.c")
{
	site inlined.c "$other" malloc type '"struct s"'
	site inlined.c "$called" take type '"struct s"'
	site inlined.c 1 malloc type '"struct s"'
} | sed 's/"f"/"main"/' > "$work/truth"
site inlined.c "$called" take type '"struct t"' >> "$work/truth"
: > "$work/answers"
python3 "$corpus/score.py" "$work/truth" "$work/answers" \
	--binary "$work/inlined" | grep -q '^1 sites with a type:' ||
	fail "score.py misses the line of an inlined call"
# Of three in the line, for which the code has two calls, one without an answer
# is folded.
for type in s t u; do
	site inlined.c "$called" take type "\"struct $type\""
done | sed 's/"f"/"main"/' > "$work/truth"
answer inlined.c "$called" "struct s" > "$work/answers"
python3 "$corpus/score.py" "$work/truth" "$work/answers" \
	--binary "$work/inlined" | grep -q '^2 sites with a type:.*recall 50' ||
	fail "score.py counts calls that were folded"
finish
