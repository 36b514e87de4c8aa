#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Lua 5.4 runs the tests of LPeg (Debian's source; Debian has no source package
# with Lua's own), and, where ALLOTYPE_LUA_TESTS is a folder with them, the
# official tests of Lua, file by file.
. "$(dirname "$0")/lib.sh"
corpus lua-lpeg
library=$(dirname "$binary")
corpus lua5.4
mkdir in
cp "$library"/lpeg.so "$library"/{re,test}.lua in
same "LPeg's tests" env LUA_CPATH="./?.so" LUA_PATH="./?.lua" "$binary" test.lua
same "LPeg's tests, generational collector" env LUA_CPATH="./?.so" \
	LUA_PATH="./?.lua" "$binary" -e "collectgarbage('generational')" test.lua

[ -n "${ALLOTYPE_LUA_TESTS-}" ] || exit 0
rm -rf in
cp -r "$ALLOTYPE_LUA_TESTS" in
# official FILE WAY: its exit status, in a copy of the folder.  What it prints
# holds times, addresses and amounts of memory.
official() {
	rm -rf same
	cp -r in same
	(
		cd same || exit 99
		[ "$2" = plain ] || export LD_PRELOAD=$runtime
		exec "$binary" -e "_U = true; _soft = true; _port = true" "$1"
	) > "$2.log" 2>&1 < /dev/null
	echo "exit status $?"
}
for file in in/*.lua; do
	name=$(basename "$file")
	# The driver of all, and one that wants all memory there is.
	case $name in all.lua | heavy.lua) continue ;; esac
	plain=$(official "$name" plain)
	[ "$plain" = "$(official "$name" preloaded)" ]
	verdict $? "official $name: $plain" "$(tail -n 2 preloaded.log)"
done
