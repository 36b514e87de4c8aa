#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Lua 5.4 runs scripts of ours over the whole language.
. "$(dirname "$0")/lib.sh"
corpus lua5.4
for script in "$top_srcdir"/tests/real/lua/*.lua; do
	same "$(basename "$script" .lua)" "$binary" "$script"
done
