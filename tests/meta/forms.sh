#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The forms debug information comes in: whatever the form, the types of one
# source have the same hashes, and statics and functions are found.
. "$(dirname "$0")/lib.sh"

# Types and their hashes, and the names of statics and functions.
essence() {
	"$meta" show "$1" >"$work/show" || return 1
	sed -n '/^types:/,/^statics:/p' "$work/show" | LC_ALL=C sort
	sed -n '/^statics:/,/^functions:/s/^0x[0-9a-f]* //p' "$work/show" |
		LC_ALL=C sort
	sed -n '/^functions:/,/^sites:/s/^\([a-z_]*\): .*/\1/p' "$work/show" |
		LC_ALL=C sort
}

# same NAME FILE: compares with the reference.
same() {
	essence "$2" >"$work/$1.essence" || fail "$1: cannot be shown"
	diff "$work/plain.essence" "$work/$1.essence" >"$work/diff" ||
		fail "$1: $(head -5 "$work/diff")"
}

# form NAME FLAG...: compiles in $work, or says that CC cannot.
form() {
	name=$1
	shift
	(cd "$work" && $CC -g -O0 "$@" -o "$name" "$source") 2>/dev/null ||
		{ echo "not tested: $*"; return 1; }
	same "$name" "$work/$name"
}

source=$(cd "$(dirname "$subject")" && pwd)/subject.c
(cd "$work" && $CC -g -O0 -gdwarf-5 -o plain "$source") || skip "no compiler"
essence "$work/plain" >"$work/plain.essence" || fail "plain cannot be shown"
grep -q '^struct weasel, struct, 152 bytes' "$work/plain.essence" ||
	fail "plain has no types"

form dwarf4 -gdwarf-4
form type_units -gdwarf-4 -fdebug-types-section
form type_units5 -gdwarf-5 -fdebug-types-section
form split5 -gdwarf-5 -gsplit-dwarf
form split4 -gdwarf-4 -gsplit-dwarf
form compressed -gz
form position_dependent -no-pie
form sections -ffunction-sections -fdata-sections
form lto -flto

# Separate files, by debug link and by build ID.
cp "$work/plain" "$work/linked"
if (cd "$work" && objcopy --only-keep-debug linked linked.debug &&
	strip -g linked && objcopy --add-gnu-debuglink=linked.debug linked); then
	same linked "$work/linked"
	rm "$work/linked.debug"
	"$meta" show "$work/linked" >"$work/show" ||
		fail "an ELF file without its debug file cannot be shown"
	grep -q 'without DWARF' "$work/show" ||
		fail "an ELF file without its debug file has DWARF"
fi
if command -v dwz >/dev/null; then
	cp "$work/plain" "$work/dwz" && cp "$work/dwarf4" "$work/dwz4"
	dwz -m "$work/common" "$work/dwz" "$work/dwz4" 2>/dev/null &&
		same dwz "$work/dwz"
fi
finish
