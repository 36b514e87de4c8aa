#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wrong usage ends with status 2 and a hint, help with 0, and a target that
# cannot be looked into with 1 and one line that says why.
. "$(dirname "$0")/lib.sh"

expect 0 'usage: allotype COMMAND' "$allotype" --help
expect 0 'usage: allotype COMMAND' "$allotype" help
expect 0 '^allotype [0-9]' "$allotype" --version
for command in run what heap meta; do
	expect 0 "usage: allotype $command" "$allotype" help $command
	expect 0 "usage: allotype $command" "$allotype" $command --help
	expect 2 'Try `allotype help' "$allotype" $command
	expect 2 'no option' "$allotype" $command --nonsense 1 2
done
expect 2 'command is missing' "$allotype"
expect 2 'no command' "$allotype" nonsense
expect 2 'no command' "$allotype" help nonsense
expect 2 'address is missing' "$allotype" what 1
expect 2 'is no address' "$allotype" what 1 0xzz
expect 2 'is no address' "$allotype" what 1 12x
expect 2 'is no address' "$allotype" what 1 0x10000000000000000
expect 2 'one process' "$allotype" heap 1 2
expect 2 'grouped by' "$allotype" heap 1 --by colour
expect 2 'number of groups' "$allotype" heap 1 --top 0
expect 2 'number of groups' "$allotype" heap 1 --top many
expect 2 'needs a value' "$allotype" heap 1 --top
expect 2 'needs a value' "$allotype" heap 1 --pprof
expect 2 'no other option' "$allotype" heap 1 --pprof file --json
expect 2 'no other option' "$allotype" heap 1 --pprof file --by site
expect 2 'one process' "$allotype" heap --pprof file

sh -c 'exit 0' &
gone=$!
wait $gone
expect 1 "no process $gone" "$allotype" what $gone 0x1000
one_line
expect 1 "no process $gone" "$allotype" heap $gone
one_line
expect 1 'No such file' "$allotype" what ./nothing 0x1000
one_line
echo 'not a core' > text
expect 1 'not a core file' "$allotype" heap text
one_line
expect 1 'not a core file' "$allotype" heap "$allotype"
one_line

# One that is not ours, and one that cannot be.
sleep 100 &
pids="$pids $!"
expect 1 "no Allotype runtime in process $!: start it with" \
	"$allotype" heap $!
one_line
echo 'int main(void) { for (;;) __builtin_ia32_pause(); }' > loop.c
if ${CC:-cc} -static -o loop loop.c 2> /dev/null; then
	./loop &
	pids="$pids $!"
	expect 1 'statically linked' "$allotype" what $! 0x1000
	one_line
	kill $!
	printf 'int main(void) { return 7; }' > seven.c
	${CC:-cc} -static -o seven seven.c
	expect 7 'statically linked' "$allotype" run ./seven
	one_line
fi

# Of another user's process, and of programs that drop the preload.
if [ "$(id -u)" -eq 0 ] && command -v setpriv > /dev/null; then
	as_nobody() {
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	}
	chmod 755 "$work"
	cp "$allotype" mine
	sleep 100 &
	pids="$pids $!"
	expect 1 'belongs to another user' as_nobody ./mine heap $!
	one_line
	cp "$(type -P true)" privileged
	chmod 4755 privileged
	expect 0 'set-user-ID' as_nobody env -u ALLOTYPE_META_DIR HOME=/nonexistent \
		"ALLOTYPE_LIBRARY=$(type -P true)" ./mine run ./privileged
fi
cat > word.s <<'S'
	.globl _start
_start:	mov $1, %eax
	mov $9, %ebx
	int $0x80
S
if ${CC:-cc} -m32 -nostdlib -static -o narrow word.s 2> /dev/null &&
	./narrow || [ $? -eq 9 ]; then
	expect 9 'not an x86-64 program' "$allotype" run ./narrow
	one_line
fi

# A full disk is no success.
if [ -w /dev/full ]; then
	"$allotype" --help > /dev/full 2> err
	[ $? -eq 1 ] || fail 'help on a full disk'
fi
finish
