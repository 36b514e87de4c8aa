#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A library that a dlopened library opens by name is found through the
# RUNPATH of that one, and $ORIGIN in a path is its folder.
: "${top_builddir:=.}" "${CC:=cc}"
library=$(cd "$top_builddir" && pwd)/.libs/liballotype.so
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/inner"

echo 'int inner(void) { return 7; }' > "$folder/inner.c"
cat > "$folder/outer.c" <<'END'
#include <dlfcn.h>
#include <stddef.h>
static int call(const char *name)
{
	void *inner = dlopen(name, RTLD_NOW | RTLD_DEEPBIND);
	int (*function)(void) = NULL;
	int result = 100;
	if (inner)
		*(void **)&function = dlsym(inner, "inner");
	if (function)
		result = function();
	if (inner)
		dlclose(inner);
	return result;
}
int outer(void)
{
	return call("libinner.so") + call("$ORIGIN/inner/libinner.so");
}
END
cat > "$folder/main.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	void *outer = dlopen(argv[argc - 1], RTLD_NOW);
	int (*function)(void);
	if (!outer)
		return 100;
	*(void **)&function = dlsym(outer, "outer");
	return function();
}
END
set -e
$CC -shared -fPIC -o "$folder/inner/libinner.so" "$folder/inner.c"
# shellcheck disable=SC2016 # the loader expands it
$CC -shared -fPIC -Wl,--enable-new-dtags '-Wl,-rpath,$ORIGIN/inner' \
	-o "$folder/libouter.so" "$folder/outer.c"
$CC -o "$folder/main" "$folder/main.c"
set +e
"$folder/main" "$folder/libouter.so"
plain=$?
LD_PRELOAD=$library "$folder/main" "$folder/libouter.so"
preloaded=$?
echo "plain $plain, preloaded $preloaded"
[ $plain -eq 14 ] && [ $preloaded -eq 14 ]
