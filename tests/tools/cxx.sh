#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# allotype what on C++: arrays with a cookie, empty base classes, exceptions,
# and the variables of lambdas.
. "$(dirname "$0")/lib.sh"
${CXX:-c++} -g -O0 -Wl,--build-id -o "$subject" \
	"$top_srcdir/tests/tools/cxx.cc" || exit 1
start_subject "$allotype" run "$subject"

what() { expect 0 "$2" "$allotype" what "$pid" "$(at "$1")"; }
what array-with-cookie \
	'^heap  *weasel\[4\], 104 bytes at .* +72, .* main (.*cxx.cc:54)$'
what array-with-cookie '^field .*)\[2\].weight (double), 8 bytes at .* +0$'
# Two calls in a line are not mixed up.
what raw '^heap  *no type '
what one '^heap  *float, 4 bytes'
what declared '^heap  *weasel\[2\], 48 bytes .* evidence declared (100%).* declare ('
# The library's functions are stepped out of, the node's type is theirs; of the
# two objects that the call makes each has its own.
what node '^heap  *std::__detail::_Hash_node<std::pair<.* main (.*cxx.cc:71)$'
# So is a program's own allocator, which only the library calls.
line_of() { grep -n "// $1\$" "$top_srcdir/tests/tools/cxx.cc" | cut -d : -f 1; }
what own-list "^heap  *escape \*\[3\], 24 bytes at .* \
fill_own (.*cxx.cc:$(line_of 'own list'))\$"
what own-node "^heap  *std::__detail::_Hash_node<std::pair<const int, weasel>.* \
fill_own (.*cxx.cc:$(line_of 'own map'))\$"
what empty-base '^field .*)\[1\]._M_impl._M_start ('
what exception '^heap  *escape, .* evidence [a-z+]*constructor.* main (.*cxx.cc:75)$'
what exception '^field .*->code (int), 4 bytes at .* +0$'
what lambda-argument '^stackframe  *argument (int), 4 bytes'
what lambda-variable '^stackframe  *twice (int), 4 bytes'
"$allotype" heap "$pid" >"$work/out" 2>&1
grep -q ' 2 .* std::__detail::_Hash_node_base \*$' "$work/out" ||
	fail "no buckets: $(cat "$work/out")"
finish
