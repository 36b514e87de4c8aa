#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The library exports nothing outside its version script, needs nothing but
# libc, and takes one pointer of initial-exec TLS.
. "$(dirname "$0")/lib.sh"

library=$top_builddir/.libs/liballotype.so
map=$top_srcdir/lib/liballotype.map
[ -f "$library" ] || { echo "no $library"; exit 77; }
listed=$(mktemp)
trap 'rm -f "$listed"' EXIT

# One name or pattern a line, of the parts before each `local:`.
sed -e 's,/\*.*\*/,,' -e 's,#.*,,' "$map" | tr ';{}' '\n\n\n' | awk '
	/global:/ { sub(/.*global:/, ""); on = 1 }
	/local:/ { on = 0 }
	{ gsub(/[ \t"]/, "") }
	on && length($0) { print }' > "$listed"
[ -s "$listed" ] || violation "$map lists nothing"
grep -q 'local:' "$map" || violation "$map hides nothing"
! grep -qx '\*' "$listed" || violation "$map exports everything"

is_listed() {
	while read -r pattern; do
		# shellcheck disable=SC2254 # a pattern
		case $1 in
		$pattern) return 0 ;;
		esac
	done < "$listed"
	return 1
}

for symbol in $($NM -D --defined-only --format=posix "$library" |
		awk '$2 != "A" { sub(/@.*/, "", $1); print $1 }'); do
	is_listed "$symbol" ||
		violation "$library exports $symbol, which $map does not list"
done
for needed in $(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
	case $needed in
	libc.so.6 | ld-linux-x86-64.so.2) ;;
	*) violation "$library needs $needed" ;;
	esac
done
readelf -d "$library" | grep -q 'BIND_NOW\|NOW' ||
	violation "$library is not linked with -z now"
! readelf -d "$library" | grep -q TEXTREL ||
	violation "$library has text relocations"
tls=$(readelf -lW "$library" | awk '$1 == "TLS" { print $6 }')
[ $((${tls:-0})) -le 16 ] ||
	violation "$library takes $((tls)) bytes of TLS; one pointer is due"
finish
