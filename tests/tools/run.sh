#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# allotype run: becomes the command, with the runtime in it and its metadata
# prepared.
. "$(dirname "$0")/lib.sh"

expect 0 'liballotype\.so' "$allotype" run -- grep liballotype /proc/self/maps
expect 0 'liballotype\.so' "$allotype" run grep liballotype /proc/self/maps
expect 5 '' "$allotype" run sh -c 'exit 5'
expect 127 'No such file' "$allotype" run no-such-command
one_line
expect 127 'No such file' "$allotype" run ./no-such-command
touch not-executable
expect 126 'Permission denied' "$allotype" run ./not-executable
one_line

# A preload that was there stays, behind ours.
expect 0 'liballotype\.so[^ :]*:/no/such\.so$' env LD_PRELOAD=/no/such.so \
	"$allotype" run sh -c 'echo "$LD_PRELOAD"'
expect 126 'ALLOTYPE_LIBRARY is /no/such' env ALLOTYPE_LIBRARY=/no/such \
	"$allotype" run true
one_line

# Options of the runtime reach the command.
expect 0 '^  heap_limit=SIZE  \[0\]$' "$allotype" run --help-options
expect 0 '^decay=10,log=warn$' env ALLOTYPE_OPTIONS=decay=10 \
	"$allotype" run --option log=warn sh -c 'echo "$ALLOTYPE_OPTIONS"'
expect 0 '^log=warn,security=off$' env -u ALLOTYPE_OPTIONS "$allotype" run \
	--option log=warn --option security=off -- sh -c 'echo "$ALLOTYPE_OPTIONS"'
expect 2 "option .no=1. names no option" "$allotype" run --option no=1 true
expect 2 'needs NAME=VALUE' "$allotype" run --option
expect 2 'the command to run is missing' "$allotype" run --option log=warn
expect 2 'there is no option --help-option' "$allotype" run --help-option

# Arguments, and signals as the shell sees them, are the command's.
[ "$("$allotype" run printf '%s|' a 'b c' '')" = 'a|b c||' ] ||
	fail 'arguments changed'
"$allotype" run sh -c 'kill -TERM $$' 2> /dev/null
[ $? -eq 143 ] || fail 'killed by SIGTERM, but the shell does not see it'

# Metadata of the program and its libraries, of a script's interpreter.
metadata_of() {
	local id
	id=$(readelf -n "$1" | sed -n 's/.*Build ID: //p')
	echo "meta/${id%"${id#??}"}/${id#??}.meta"
}
rm -rf meta
expect 0 '' "$allotype" run true
[ -s "$(metadata_of "$(type -P true)")" ] || fail 'no metadata of true'
libc=$(ldd "$(type -P true)" | sed -n 's/.*=> \(.*libc\.so.6\).*/\1/p')
[ -s "$(metadata_of "$libc")" ] || fail 'no metadata of libc'
rm -rf meta
printf '#!/usr/bin/env sh\nexit 3\n' > script
chmod +x script
expect 3 '' "$allotype" run ./script
[ -s "$(metadata_of "$(type -P sh)")" ] || fail 'no metadata of sh'

# A corrupt one is replaced, and the program runs all the same.
file=$(metadata_of "$(type -P true)")
for damage in 'echo garbage' 'head -c 100 whole' 'cat whole whole' 'true' \
	'tr "\000" "\001" < whole'; do
	expect 0 '' "$allotype" run true
	cp "$file" whole
	eval "$damage" > damaged
	cp damaged "$file"
	expect 0 "$(basename "$file"): .*building it again" \
		"$allotype" run true
	cmp -s "$file" whole || fail "not repaired after: $damage"
done

# Without a place to write it runs as well, and says so once.
expect 0 'metadata cannot be kept: ' \
	env ALLOTYPE_META_DIR=/dev/null/no "$allotype" run true
one_line

# What has no "#!" is a shell's script.
printf 'exit 4\n' > shell-script
chmod +x shell-script
expect 4 '' "$allotype" run ./shell-script
finish
