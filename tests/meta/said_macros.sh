#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Allocators that many definitions of a macro configure, of which more than one
# call what is called; one that only another machine would define otherwise, and
# one that cannot be read where it is defined for this one; sizes
# that are multiplied by what they are divided by; and the byte that is asked for
# where an array is empty.
. "$(dirname "$0")/lib.sh"

{
	for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
		printf '#%s PORT == %s\n#define GRAB(s, h) port%s((s), (h))\n' \
			"$([ $n = 1 ] && echo if || echo elif)" $n $n
	done
	cat << 'EOF'
#elif defined CHECKED
#define GRAB(s, h) grab((s), (h), __FILE__, __LINE__)
#elif defined TRACED
#define GRAB(s, h) (trace(h), grab((s)))
#else
#define GRAB(s, h) ((void)(h), grab((s)))
#endif
typedef unsigned long word;
#define WORD_BITS (8 * (int)sizeof(word))
#if PORT_ALONE
#define LOCK void *
#else
#define LOCK NAMED(lock)
#endif
EOF
} > "$work/port.h"
cat > "$work/macros.c" << 'EOF'
#include <stdio.h>
#include <stdlib.h>
#include "port.h"
typedef unsigned char byte;
typedef unsigned int unit;
struct key { long id, owner; byte secret[24]; } key;
struct opaque;
struct ring { struct opaque *first; byte *packed; } ring;
struct lock { long owner; };
void *lock;
void *words;
__attribute__((noinline)) void *grab(size_t size)
{
	void *made = malloc(size);

	if (!made)
		abort();
	return made;
}
__attribute__((noinline)) void key_make(void)
{
	ring.first = (struct opaque *)GRAB(sizeof(struct key), &ring); /* key */
}
__attribute__((noinline)) void packed_make(size_t size)
{
	byte *packed = (byte *)GRAB(size, &ring); /* packed */

	ring.packed = packed;
}
__attribute__((noinline)) void lock_make(void)
{
	lock = malloc(sizeof(LOCK)); /* lock */
	((struct lock *)lock)->owner = 1;
}
#if PORT_WITHOUT_WORDS
#undef WORD_BITS
#define WORD_BITS 0
#endif
#define WORD_BYTES (WORD_BITS / 8)
struct flag { const char *name; int number; } flags[] = { { "a", 1 }, { "b", 2 } };
__attribute__((noinline)) char *letters_make(void)
{
	return (char *)malloc(1 + sizeof flags / sizeof(struct flag)); /* letters */
}
__attribute__((noinline)) void words_make(int count)
{
	words = grab((size_t)count * WORD_BYTES); /* words */
}
__attribute__((noinline)) void words_set(int at)
{
	word *word_at = words;

	word_at[at / WORD_BITS] |= (word)1 << at % WORD_BITS;
}
__attribute__((noinline)) unit *units_make(const char *name)
{
	unit *units = (unit *)malloc(1); /* empty */

	if (!units)
		perror(name);
	return units;
}
int main(int count, char **arguments)
{
	key_make();
	packed_make((size_t)count);
	words_make(count);
	words_set(count);
	lock_make();
	puts(letters_make());
	return units_make(arguments[0]) == words;
}
EOF
# made MARK: what the line with that comment allocates.
made() {
	line=$(grep -n "/\* $1 \*/" "$work/macros.c" | cut -d : -f 1)
	"$meta" sites --json "$work/macros" | grep "\"line\":$line," |
		sed 's/.*"type":"\{0,1\}\([^",]*\).*/\1/'
}
expect() {
	[ "$(made "$1")" = "$2" ] || fail "$level: $1: $(made "$1")"
}
for level in -O0 -O2; do
	"$CC" -g $level "-DNAMED(name)=struct name" -o "$work/macros" \
		"$work/macros.c" ||
		fail "cannot compile"
	expect key 'struct key'
	expect packed 'unsigned char'
	expect words word
	expect empty unit
	expect lock null
	expect letters char
done
finish
