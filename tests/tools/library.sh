#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Objects that a program has made by a wrapper in a library of its own: by the
# name of the wrapper and its declaration, as its code is not in the program.
. "$(dirname "$0")/lib.sh"

cat > wrapper.c <<'EOF'
#include <stdlib.h>
void *kit_xmalloc(size_t size)
{
	void *p = malloc(size);

	if (!p)
		abort();
	return p;
}
EOF
cat > program.c <<'EOF'
#include <allotype.h>
#include <stdio.h>
#pragma weak alloc_get_type
#pragma weak alloc_type_name
void *kit_xmalloc(size_t size);
struct badger { long age; struct badger *next; } *badger;
int main(void)
{
	badger = kit_xmalloc(sizeof *badger);
	badger->next = NULL;
	puts(alloc_get_type ? alloc_type_name(alloc_get_type(badger)) : "-");
	return 0;
}
EOF
for level in -O0 -O2; do
	${CC:-cc} -g $level -shared -fPIC -Wl,--build-id -o libkit.so \
		wrapper.c || exit 1
	${CC:-cc} -g $level -Wl,--build-id -I"$top_srcdir/include" \
		-o program program.c -L. -lkit -Wl,-rpath,"$work" || exit 1
	expect 0 '^struct badger$' "$allotype" run ./program
	expect 0 'kit_xmalloc: struct badger, ' "$allotype" meta sites program
done
finish
