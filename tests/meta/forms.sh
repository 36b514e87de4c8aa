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

# package NAME TOOL: NAME's split units in one file, which TOOL makes, instead
# of in theirs; then in one that is cut short.
package() {
	[ -f "$work/$1" ] && command -v "$2" >/dev/null || return 0
	(cd "$work" && rm -f "$1.dwp" && timeout 3 "$2" -e "$1" -o "$1.dwp" &&
		mkdir -p "$1.units" && mv "$1"*.dwo "$1.units") >"$work/log" 2>&1 ||
		{ echo "not tested: $2 of $1"; return 0; }
	same "$1-$2" "$work/$1"
	cp "$work/$1.dwp" "$work/whole.dwp"
	for bytes in 0 100 1000 3000; do
		head -c $bytes "$work/whole.dwp" >"$work/$1.dwp"
		"$meta" show "$work/$1" >"$work/show" ||
			fail "$1: refused with $bytes bytes of its package"
	done
	rm "$work/$1.dwp"
	mv "$work/$1.units"/* "$work"
}

package split5 llvm-dwp-14
package split4 dwp
package split4 llvm-dwp-14
form compressed -gz
# As distributions build: zstd, in the file and beside it.
if (cd "$work" && cp plain zstd &&
	objcopy --compress-debug-sections=zstd zstd 2>/dev/null) &&
	ldconfig -p 2>/dev/null | grep -q libzstd.so.1; then
	same zstd "$work/zstd"
	(cd "$work" && cp plain beside &&
		objcopy --only-keep-debug zstd beside.debug && strip -g beside &&
		objcopy --add-gnu-debuglink=beside.debug beside) &&
		same beside "$work/beside"
else
	echo "not tested: zstd"
fi

# So much that it is inflated once, to be read on several threads: the same as
# when nothing is compressed; and what cannot be inflated is an end.
{
	many_structs
	echo 'int main(void) { return 0; }'
} >"$work/large.c"
if (cd "$work" && $CC -g -O0 -o large \
	large.c && cp large deflated && cp large aside &&
	objcopy --compress-debug-sections=zlib deflated &&
	objcopy --only-keep-debug deflated aside.debug && strip aside &&
	objcopy --add-gnu-debuglink=aside.debug aside) 2>"$work/log"; then
	"$meta" show "$work/large" >"$work/large.show" ||
		fail "large cannot be shown"
	for name in deflated aside; do
		"$meta" show --threads=2 "$work/$name" >"$work/show" &&
			grep '^struct s2499, struct, 320' "$work/show" \
				>"$work/log" || fail "$name cannot be shown"
		for part in types functions; do
			sed -n "/^$part:/,/^\$/p" "$work/large.show" \
				>"$work/large.part"
			sed -n "/^$part:/,/^\$/p" "$work/show" |
				diff - "$work/large.part" >"$work/diff" ||
				fail "$name: $(head -5 "$work/diff")"
		done
	done
	at=$(readelf -SW "$work/deflated" | sed -n \
		's/.* .debug_info *PROGBITS *[0-9a-f]* *\([0-9a-f]*\) .*/\1/p')
	cp "$work/deflated" "$work/broken"
	printf '%0400d' 0 | dd of="$work/broken" bs=1 conv=notrunc \
		seek=$((0x$at + 2000)) 2>"$work/log"
	timeout 60 "$meta" show --threads=2 "$work/broken" >"$work/show" 2>&1
	[ $? -le 1 ] || fail "broken zlib: $(tail -3 "$work/show")"
else
	fail "large cannot be made: $(tail -3 "$work/log")"
fi
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

# No abbreviations, or a number without an end: an error or not, but an end.
: >"$work/nothing"
printf '%0100d' 0 | tr 0 '\377' >"$work/endless"
for bytes in nothing endless; do
	objcopy --update-section .debug_abbrev="$work/$bytes" "$work/plain" \
		"$work/bald" 2>/dev/null || continue
	timeout 60 "$meta" show "$work/bald" >"$work/show" 2>&1
	[ $? -le 1 ] || fail "$bytes for abbreviations: $(tail -3 "$work/show")"
done

# Nothing but a function: no members at all (a sanitizer looks on).
echo 'int main(void) { return 0; }' >"$work/bare.c"
$CC -g -O0 -nostartfiles -Wl,-e,main -o "$work/bare" "$work/bare.c" &&
	{ "$meta" show "$work/bare" >"$work/show" ||
		fail "a file without members cannot be shown"; }

# Lines only: no types, but functions.
(cd "$work" && $CC -g1 -O0 -o lines_only "$source") && {
	"$meta" show "$work/lines_only" >"$work/show" ||
		fail "-g1 cannot be shown"
	sed -n '/^functions:/,$p' "$work/show" | grep -q '^main: ' ||
		fail "-g1 has no functions"
}

# A debug file of a package, by build ID, where the machine has one.
libc=$(ldd "$meta" | awk '$1 ~ /^libc\.so/ { print $3 }')
id=$(readelf -n "$libc" 2>/dev/null | awk '/Build ID/ { print $3 }')
rest=${id#??}
if [ -n "$id" ] && [ -f "/usr/lib/debug/.build-id/${id%"$rest"}/$rest.debug" ]
then
	"$meta" build --no-sites -o "$work/libc" "$libc" &&
		"$meta" show "$work/libc" | grep -q '^struct _IO_FILE, struct, 216'
	[ $? = 0 ] || fail "libc's debug file is not found by build ID"
else
	echo "not tested: a debug file by build ID"
fi

# Another machine's file has the types of its source.
if command -v aarch64-linux-gnu-gcc >/dev/null; then
	aarch64-linux-gnu-gcc -g -O2 -o "$work/aarch64" "$source" ||
		fail "the cross compiler fails"
	"$meta" show "$work/aarch64" >"$work/show" ||
		fail "an AArch64 file cannot be shown"
	grep '^struct weasel, struct, 152 bytes' "$work/show" >"$work/aarch64.type"
	grep -qxFf "$work/plain.essence" "$work/aarch64.type" ||
		fail "AArch64's struct weasel is another: $(cat "$work/aarch64.type")"
else
	echo "not tested: AArch64"
fi
finish
