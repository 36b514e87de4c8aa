#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every header compiles alone; the published ones also as strict C11, and as
# C++ where they speak of it.
. "$(dirname "$0")/lib.sh"

flags="-I$top_builddir -I$top_srcdir/include -I$top_srcdir/lib -I$top_srcdir"
warnings="-Wall -Wextra -Werror"
unit=$(mktemp -d)
trap 'rm -rf "$unit"' EXIT

for header in $(sources lib meta tools tests); do
	case $header in
	*.h) ;;
	*) continue ;;
	esac
	# shellcheck disable=SC2086 # lists of words
	$CC -std=gnu11 -include "$top_builddir/config.h" $flags $warnings \
		-I"$top_srcdir/meta" -I"$top_srcdir/tools" \
		-I"$top_srcdir/tests" \
		-x c -fsyntax-only "$header" > "$unit/log" 2>&1 ||
		grep -q '#pragma once in main file' "$unit/log" ||
		violation "$header: $(grep -m 1 -E 'error' "$unit/log")"
done
for header in $(sources include); do
	printf '#include "%s"\nint unit_is_not_empty;\n' "$(realpath "$header")" \
		> "$unit/unit.c"
	for language in "$CC -std=c11 -x c" "$CXX -std=c++11 -x c++"; do
		case $language in
		*c++) grep -q __cplusplus "$header" || continue ;;
		esac
		# shellcheck disable=SC2086
		$language -I"$top_srcdir/include" -I"$top_builddir/include" \
			$warnings -pedantic -fsyntax-only "$unit/unit.c" \
			> "$unit/log" 2>&1 ||
			violation "$header ($language): $(
				grep -m 1 -E 'error' "$unit/log")"
	done
done
finish
