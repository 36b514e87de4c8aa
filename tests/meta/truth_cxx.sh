#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The judges of C++ types: what truth_cxx.py reads of a source whose comments
# say what is right, and what score_cxx.py makes of right and wrong answers.
. "$(dirname "$0")/lib.sh"
corpus=$(realpath "$top_srcdir")/contrib/corpus
python3 "$corpus/truth_cxx.py" --help > /dev/null 2>&1 &&
	command -v clang-14 > /dev/null ||
	skip "clang or its Python bindings are not installed"

cp "$top_srcdir/tests/meta/truth/subject.cc" "$work"
cat > "$work/compile_commands.json" <<EOF
[{"directory": "$work", "file": "subject.cc",
  "arguments": ["c++", "-O2", "-c", "subject.cc"]}]
EOF
python3 "$corpus/truth_cxx.py" "$work/compile_commands.json" \
	> "$work/truth" 2> "$work/errors" ||
	fail "truth_cxx.py: $(cat "$work/errors")"
grep -q '^1 units (0 with errors)' "$work/errors" || fail "$(cat "$work/errors")"

awk 'match($0, /\/\/ (new|container|string): /) {
	text = substr($0, RSTART + 3)
	for (n = split(text, part, "; "); n; n--)
		print NR ": " part[n]
}' "$work/subject.cc" | sort > "$work/wanted"
python3 - "$work/truth" > "$work/found" <<'EOF'
import json, sys
for row in open(sys.argv[1]):
    site = json.loads(row)
    if site["kind"] != "other":
        print(f"{site['lines'][0]}: {site['kind']}: {site['types'][0]}")
EOF
sort "$work/found" | diff "$work/wanted" - > "$work/diff" ||
	fail "truth_cxx.py differs from the comments: $(cat "$work/diff")"

# site LINE KIND TYPE
site() {
	printf '{"file": "src/a.cc", "lines": [%s], "function": "f", ' "$1"
	printf '"callee": "c", "kind": "%s", "types": ["%s"]}\n' "$2" "$3"
}
# answer LINE TYPE
answer() {
	printf '{"file": "/x/src/a.cc", "line": %s, "type": "%s"}\n' "$@"
}
string='std::__cxx11::basic_string<char, std::char_traits<char> >'
{
	site 10 new part::thing
	site 20 new thing
	site 30 container 'std::_Rb_tree_node<std::pair<const std::basic_string<char>, int>>'
	site 40 container 'unsigned long'
	site 40 other char
	site 50 container other::thing
	site 60 container thing
	site 60 other char
	site 70 container thing
	site 80 string char
	site 90 other '*'
	site 90 container thing
	site 100 new 'box<int>'
} > "$work/truth"
{
	answer 10 thing
	answer 22 'struct thing[4]'
	answer 30 "std::_Rb_tree_node<std::pair<$string const, int> >"
	answer 40 'long unsigned int'
	answer 40 char
	answer 50 part::thing
	answer 60 char
	answer 80 char
	answer 90 whatever
	answer 90 thing
	answer 100 'box<char>'
} > "$work/answers"
python3 "$corpus/score_cxx.py" "$work/truth" "$work/answers" --list \
	> "$work/score"
cat > "$work/wanted" <<'EOF'
3 of kind new: answered 100.0%, right 66.7%, recall 66.7%
6 of kind container: answered 66.7%, right 75.0%, recall 50.0%
1 of kind string: answered 100.0%, right 100.0%, recall 100.0%
wrong src/a.cc:50 f: c (container) gives other::thing; answers: part::thing ()
missing src/a.cc:60 f: c (container) gives thing; answers: char ()
missing src/a.cc:70 f: c (container) gives thing; answers: none
wrong src/a.cc:100 f: c (new) gives box<int>; answers: box<char> ()
EOF
diff "$work/wanted" "$work/score" > "$work/diff" ||
	fail "score_cxx.py judges otherwise: $(cat "$work/diff")"

# A line counts when the binary has a call there that may allocate.
cat > "$work/calls.cc" <<'EOF'
#include <vector>
std::vector<int> *made(int n)
{
	auto v = new std::vector<int>;
	v->push_back(n);
	v->clear();
	return v;
}
int main(int n, char **) { return (int)made(n)->size(); }
EOF
${CXX:-c++} -g -O0 -o "$work/calls" "$work/calls.cc" || fail "does not compile"
for line in 4 5 6; do
	site $line container int | sed s/a.cc/calls.cc/
done > "$work/truth"
python3 "$corpus/score_cxx.py" "$work/truth" /dev/null \
	--binary "$work/calls" --list > "$work/score"
[ "$(grep -o 'calls.cc:[0-9]*' "$work/score" | tr '\n' ' ')" = \
	"calls.cc:4 calls.cc:5 " ] || fail "other calls: $(cat "$work/score")"
finish
