#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Functions that gcc makes of equal ones, which debug information has no code
# for: calls of an allocator among them are found.
. "$(dirname "$0")/lib.sh"
command -v gcc > /dev/null || skip "no gcc"
cat > "$work/take.h" <<'C'
#include <stddef.h>
void *first_take(size_t size);
void *second_take(size_t size);
C
cat > "$work/take.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include "take.h"
static inline void *take(size_t size, int flags)
{
	void *p = malloc(size ? size : 1);

	if (!p && !(flags & 2)) {
		puts("no memory");
		exit(1);
	}
	return p;
}
void *first_take(size_t size) { return take(size, 0); }
void *second_take(size_t size) { return take(size, 0); }
C
cat > "$work/main.c" <<'C'
#include "take.h"
struct node {
	struct node *next;
	long key[4];
} *nodes;
int main(int argc, char **argv)
{
	struct node *node = second_take(sizeof *node);

	node->key[0] = argc;
	node->next = nodes;
	nodes = node;
	return first_take((size_t)argc) != (void *)argv;
}
C
gcc -g -O2 -o "$work/folded" "$work/take.c" "$work/main.c" ||
	fail "the subject does not compile"
"$meta" sites --no-source "$work/folded" > "$work/out" ||
	fail "no sites"
grep -q 'main.c:8) second_take: struct node' "$work/out" ||
	fail "no node in: $(cat "$work/out")"
finish
