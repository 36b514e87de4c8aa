#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make install` puts everything where it belongs, and it works from there.
. "$(dirname "$0")/lib.sh"
make -C "$top_builddir" install DESTDIR="$work/root" > install.log 2>&1
verdict $? "make install" "$(tail -n 2 install.log | tr '\n' '|')"
prefix=$(sed -n 's/^prefix = //p' "$top_builddir/Makefile")
root=$work/root$prefix
missing=
for file in bin/allotype bin/allotype-meta bin/allocscc \
	lib/liballotype.so lib/liballotype.so.1 lib/liballotype_stub.a \
	lib/pkgconfig/allotype.pc include/allotype.h include/allocs.h \
	include/allotype/index.h share/man/man1/allotype.1 \
	share/man/man1/allotype-meta.1 share/man/man1/allocscc.1; do
	[ -e "$root/$file" ] || missing="$missing $file"
done
[ -e "$(readlink -f "$root/lib/liballotype.so")-gdb.py" ] ||
	missing="$missing liballotype.so.X.Y.Z-gdb.py"
[ -z "$missing" ]
verdict $? "all that belongs there" "$missing"

cat > client.c <<'C'
#include <allotype.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
	char *p = malloc(123);
	printf("%d %zu\n", alloc_runtime_status(), alloc_get_size(p + 5));
}
C
export PKG_CONFIG_PATH=$root/lib/pkgconfig
flags=$(pkg-config --define-variable=prefix="$root" --cflags --libs allotype)
# shellcheck disable=SC2086 # a list of words
gcc -g -o client client.c $flags > build.log 2>&1
[ "$(LD_LIBRARY_PATH=$root/lib ./client)" = "0 123" ]
verdict $? "a client linked through pkg-config" "$(tail -n 1 build.log)"
# shellcheck disable=SC2086
gcc -g -o client ${flags%-lallotype*} client.c -L"$root/lib" \
	-lallotype_stub > build.log 2>&1
[ "$(./client)" = "1 0" ]
verdict $? "a client linked with the stub alone" "$(tail -n 1 build.log)"
[ "$(LD_PRELOAD=$root/lib/liballotype.so ./client)" = "0 123" ]
verdict $? "the same with the runtime" "$(./client)"
[ "$("$root/bin/allotype" --version | wc -l)" -ge 1 ]
verdict $? "the installed command" "$("$root/bin/allotype" --version 2>&1)"
