#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# allocscc compiles as the compiler does, and prepares metadata after linking.
. "$(dirname "$0")/lib.sh"
allocscc=$top_builddir/tools/allocscc

cat > ask.c <<'C'
#include <allotype.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
	short *p = malloc(21 * sizeof *p);

	if (alloc_runtime_status() != ALLOC_OK) {
		puts("no runtime");
		return 3;
	}
	printf("%s, %zu bytes, %s\n", alloc_get_allocator(p)->name,
	       alloc_get_size(p), alloc_type_name(alloc_get_type(p)));
	return 0;
}
C
expect 0 '' "$allocscc" -o ask ask.c
[ -n "$(find meta -name '*.meta')" ] || fail 'no metadata after linking'
expect 3 '^no runtime$' ./ask
expect 0 '^heap, 42 bytes, short\( int\)\?\[21\]$' \
	env LD_PRELOAD="$top_builddir/.libs/liballotype.so" ./ask

rm -rf meta
expect 0 '' "$allocscc" -c ask.c
[ -s ask.o ] || fail '-c makes no object'
[ ! -d meta ] || fail '-c builds metadata'
expect 0 '' "$allocscc" ask.o -oother
[ -x other ] || fail '-oNAME is not understood'
[ -n "$(find meta -name '*.meta')" ] || fail 'no metadata after linking only'
rm -rf meta
expect 0 '' "$allocscc" ask.c
[ -n "$(find meta -name '*.meta')" ] || fail 'no metadata of a.out'

echo 'int main(void) { return undeclared; }' > wrong.c
expect 1 "undeclared" "$allocscc" wrong.c -o wrong
expect 0 '^#define ALLOTYPE_H' "$allocscc" -E -dM ask.c
expect 0 '' env CC='sh -c :' "$allocscc" -c none.c
finish
