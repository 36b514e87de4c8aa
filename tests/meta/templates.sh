#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gcc and clang spell the arguments of templates in different ways: types of
# one source have the same names and hashes all the same.
. "$(dirname "$0")/lib.sh"
command -v clang++-14 > /dev/null || skip "no clang++"
source=$top_srcdir/tests/meta/templates.cc

# records BINARY: name and hash of every template's records.
records() {
	"$meta" show "$1" > "$work/show" || fail "$1 cannot be shown"
	sed -n 's/^\([^	].*<.*\), struct, [0-9]* bytes, \(.*\)$/\1 = \2/p' \
		"$work/show" | LC_ALL=C sort
}

for version in 4 5; do
	${CXX:-c++} -std=c++17 -gdwarf-$version -o "$work/gcc" "$source" &&
		clang++-14 -std=c++17 -gdwarf-$version -fstandalone-debug \
			-o "$work/clang" "$source" || fail "does not compile"
	records "$work/gcc" > "$work/gcc.records"
	records "$work/clang" > "$work/clang.records"
	# What clang leaves out is no difference.
	LC_ALL=C comm -13 "$work/gcc.records" "$work/clang.records" \
		> "$work/others"
	# clang 14 forgets the class of this typedef.
	grep -v '^std::initializer_list<' "$work/others" > "$work/unexplained" &&
		fail "DWARF $version: $(head -n 5 "$work/unexplained")"
	same=$(LC_ALL=C comm -12 "$work/gcc.records" "$work/clang.records" |
		wc -l)
	[ "$same" -ge 100 ] || fail "DWARF $version: $same types are the same"
done
for name in 'fixed<2>' 'colored<ns::green>' 'shaded<ns::shade::light>' \
	"nums<-5, 200, 3, 'x'>" 'at<&global>' \
	'pack<int, const char \*, void (\*)(int), int (&)\[3\], const int \*const, bool>' \
	'pack<colored<ns::red>, pack<pack<fixed<1> > > >' \
	'std::__shared_count<__gnu_cxx::_S_atomic>'; do
	grep -q "^$name = " "$work/gcc.records" || fail "there is no $name"
done
finish
