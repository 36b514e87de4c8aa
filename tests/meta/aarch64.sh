#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same sources, compiled for AArch64 and for x86-64: the code alone must
# give the same answers, and wrappers a rule to step out.
. "$(dirname "$0")/lib.sh"
command -v aarch64-linux-gnu-gcc > /dev/null && command -v gcc > /dev/null &&
	command -v python3 > /dev/null ||
	skip "python3, gcc or the cross compiler is not installed"
flow=$(realpath "$top_srcdir")/tests/meta/flow
compare=$top_srcdir/contrib/corpus/compare.py

# answers COMPILER NAME FLAG...: into $work/NAME.
answers() {
	compiler=$1
	name=$2
	shift 2
	# shellcheck disable=SC2086 # a command and its options
	$compiler -D_GNU_SOURCE -I"$top_srcdir/include" -g -w "$@" \
		-o "$work/$name.bin" || fail "$compiler $*"
	"$meta" sites --no-source --json "$work/$name.bin" > "$work/$name" ||
		fail "no sites of $compiler $*"
}

# same COMPILER CROSS-COMPILER FLAG...
same() {
	compiler=$1
	cross_compiler=$2
	shift 2
	answers "$compiler" x86 "$@"
	answers "$cross_compiler" arm "$@"
	"$compare" --list --least 100 "$work/x86" "$work/arm" > "$work/compared" ||
		fail "$cross_compiler $*: $(cat "$work/compared")"
}

# both SUFFIX FLAG...
both() {
	suffix=$1
	shift
	same "$suffix" "aarch64-linux-gnu-$suffix" "$@"
	"$meta" show "$work/arm.bin" > "$work/show"
	wrappers=$(grep -c ', wrapper' "$work/show")
	rules=$(grep -c ', wrapper, CFA sp+' "$work/show")
	[ "$wrappers" = "$rules" ] ||
		fail "$suffix $*: $rules of $wrappers wrappers have a rule"
}

for source in chains parts paths; do
	both gcc -O2 "$flow/$source.c"
done
both gcc -O0 "$flow/chains.c"
command -v aarch64-linux-gnu-g++ > /dev/null &&
	both g++ -O2 "$flow/objects.cc"

# Another compiler's frames: variables are known from x29 and from sp.
cross='clang-14 --target=aarch64-linux-gnu'
if echo 'int main(void) { return 0; }' |
	$cross -x c -o "$work/cross" - 2> /dev/null; then
	for source in parts paths; do
		same clang-14 "$cross" -O0 "$flow/$source.c"
	done
fi

# Without relocations that name what data points to.
both gcc -O2 -no-pie "$flow/sizes.c"

# Thread-local variables that descriptors tell of.
answers aarch64-linux-gnu-gcc shared -O2 -shared -fPIC "$flow/paths.c"
"$meta" sites --no-source "$work/shared.bin" > "$work/sites"
[ "$(grep 'thread_make.*global' "$work/sites" | grep -o 'malloc: .*' |
	sort | tr '\n' ' ')" = \
	'malloc: long, global malloc: struct link, global ' ] ||
	fail "thread-local variables: $(grep thread_make "$work/sites")"

# An element behind a header, of which the whole is no multiple.
cat > "$work/shelf.c" <<'C'
struct owl;
struct shelf {
	long count, room, owner;
	struct { struct owl *owl; long number; } places[1];
};
void *malloc(unsigned long);
void fill(struct shelf *shelf, unsigned long size)
{
	shelf->places[shelf->count].owl = malloc(size);
}
C
answers aarch64-linux-gnu-gcc shelf -O2 -shared -fPIC "$work/shelf.c"
grep -q 'struct owl' "$work/shelf" || fail "an element: $(cat "$work/shelf")"

# No frame record, no rule.
answers aarch64-linux-gnu-gcc bare -O2 -fomit-frame-pointer "$flow/chains.c"
"$meta" show "$work/bare.bin" > "$work/show"
grep -q ', wrapper$' "$work/show" || fail "no wrapper without a frame record"

# Big-endian data is not understood: types, and no more.
printf 'struct owl { int eyes; } *owl;\nvoid *malloc(unsigned long);\n%s\n' \
	'void make(void) { owl = malloc(sizeof *owl); }' > "$work/owl.c"
if aarch64-linux-gnu-gcc -mbig-endian -g -shared -fPIC -nostdlib \
	-o "$work/big.so" "$work/owl.c" 2> "$work/log"; then
	"$meta" show "$work/big.so" > "$work/show" || fail "big-endian: refused"
	grep -q '^struct owl, struct, 4 bytes' "$work/show" ||
		fail "big-endian: no types"
	"$meta" sites "$work/big.so" > "$work/sites" || fail "big-endian: refused"
	[ ! -s "$work/sites" ] || fail "big-endian: $(cat "$work/sites")"
fi
finish
