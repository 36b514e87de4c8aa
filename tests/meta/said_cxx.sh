#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `new' names is what is made: no class of the same size that is derived
# from it, which a program hands out instead; by a name that a using directive
# brings in, too.  A typedef's class has the name that it has itself.
. "$(dirname "$0")/lib.sh"

cat > "$work/said.cc" <<'EOF'
#include <cstdlib>
namespace inner {
struct face {
	long first, second;
	face() : first(1), second(2) {}
	face(const face &other) : first(other.second), second(other.first) {}
};
typedef face features;
__attribute__((noinline)) long sum(const features *f)
{
	return f->first + f->second;
}
struct segment {
	long at[25];
	explicit segment(long n) { at[0] = n; }
	__attribute__((noinline)) bool read(long n) { return at[0] += n; }
	void *operator new(size_t size) { return malloc(size); }
	void operator delete(void *p) { free(p); }
};
}
struct outer_face : public inner::face {};
struct outer_segment : public inner::segment {};
using namespace inner;
__attribute__((noinline)) outer_segment *make_segment(long n)
{
	segment *made = new segment(n); /* variable */

	if (!made->read(n)) {
		delete made;
		return nullptr;
	}
	return static_cast<outer_segment *>(made);
}
__attribute__((noinline)) outer_face *copy(const outer_face *old)
{
	return static_cast<outer_face *>(old ? new features(*old) : new features); /* cast */
}
int main(int count, char **)
{
	return make_segment(count)->at[0] + sum(copy(copy(nullptr))) == 0;
}
EOF
# made MARK: the types of what the line with that comment allocates.
made() {
	line=$(grep -n "/\* $1 \*/" "$work/said.cc" | cut -d : -f 1)
	"$meta" sites --json "$work/said" | grep "\"line\":$line," |
		sed 's/.*"type":"\([^"]*\)".*/\1/' | sort -u
}

for level in -O0 -O2; do
	${CXX:-c++} -g "$level" -o "$work/said" "$work/said.cc" ||
		fail "$level: does not compile"
	[ "$(made variable)" = inner::segment ] ||
		fail "$level: variable: $(made variable)"
	[ "$(made cast)" = inner::face ] ||
		fail "$level: cast: $(made cast)"
done
finish
