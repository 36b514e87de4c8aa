#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Includes respect the layers.  In lib/ they point to the same or a lower one
# of preload > query > type > index > heap > base, and to published headers.
# meta/ and tools/ use their own headers, the published ones, and those of
# lib/ that are compiled into libremote (that is what they link).
. "$(dirname "$0")/lib.sh"

rank() {
	case $1 in
	base) echo 0 ;;
	heap) echo 1 ;;
	index) echo 2 ;;
	type) echo 3 ;;
	query) echo 4 ;;
	preload | static) echo 5 ;;
	*) echo unknown ;;
	esac
}

# quoted_includes FILE: what it includes with "".
quoted_includes() {
	sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$1"
}

# check_library FILE: an include names a layer, or a file beside its includer.
check_library() {
	layer=${1#"$top_srcdir/lib/"}
	layer=${layer%%/*}
	own=$(rank "$layer")
	for include in $(quoted_includes "$1"); do
		case $include in
		allotype.h | slitter.h | allotype/*) continue ;;
		*..*)
			violation "$1: include \"$include\" climbs"
			continue
			;;
		esac
		theirs=$(rank "${include%%/*}")
		if [ "$theirs" = unknown ]; then
			[ -f "$(dirname "$1")/$include" ] ||
				violation "$1: include \"$include\" is no layer"
		elif [ "$theirs" -gt "$own" ]; then
			violation "$1: $layer includes \"$include\" above it"
		fi
	done
}

# check_outside FILE FOLDER
check_outside() {
	for include in $(quoted_includes "$1"); do
		case $include in
		allotype.h | allocs.h | allotype/*) continue ;;
		preload/*) violation "$1: $2 includes \"$include\"" ;;
		esac
		[ "$2" != meta ] || case $include in
		tools/*) violation "$1: meta includes \"$include\" above it" ;;
		esac
		[ -f "$top_srcdir/$2/$include" ] ||
			[ -f "$(dirname "$1")/$include" ] ||
			[ -f "$top_srcdir/lib/$include" ] ||
			[ -f "$top_srcdir/$include" ] ||
			violation "$1: include \"$include\" is nowhere"
	done
}

for file in $(sources lib); do
	check_library "$file"
done
for folder in meta tools; do
	for file in $(sources $folder); do
		check_outside "$file" $folder
	done
done
for file in $(sources lib meta tools include tests); do
	for include in $(quoted_includes "$file"); do
		case $include in
		*.c | *.cc) violation "$file: includes the source \"$include\"" ;;
		esac
	done
done
# libdw and the disassembler stay in meta/ (and tools that read DWARF never).
for file in $(sources lib tools); do
	! grep -nE '#[[:space:]]*include[[:space:]]*<(dwarf|elfutils/|capstone)' \
		"$file" /dev/null >&2 ||
		violation "$file: debug information is read in meta/ only"
done
finish
