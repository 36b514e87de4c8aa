#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Typedefs that only sizeof mentions, which debug information leaves out: the
# source says what records they are names of.
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || skip "no python3"

cat > "$work/shapes.h" <<'EOF'
typedef struct _Core {
	int kind;
	void *owner;
} CoreRec, *Core;
typedef struct _Circle { /* begins as a Core */
	CoreRec core;
	struct { double x, y; } center;
	double radius;
} CircleRec, *Circle;
typedef struct {
	int count;
	struct { long low, high; } bounds;
} SpanRec, *Span;
EOF
cat > "$work/shapes.c" <<'EOF'
#include <stdlib.h>
#include "shapes.h"

Span spans;
static double inside(Core core)
{
	return ((Circle)core)->radius;
}
int main(int argc, char **argv)
{
	Core core = calloc(1, sizeof(CircleRec));

	core->kind = argc;
	spans = malloc(argc * sizeof(SpanRec));
	spans->count = argv != NULL;
	return inside(core) > 1;
}
EOF
cat > "$work/wanted" <<'EOF'
11: struct _Circle sizeof
14: struct (anonymous at shapes.h:10) sizeof
EOF

for compiler in gcc clang-14; do
	command -v "$compiler" > /dev/null || continue
	(cd "$work" && "$compiler" -g -O0 -o shapes shapes.c) ||
		fail "$compiler cannot compile"
	"$meta" sites "$work/shapes" --json | python3 -c 'import json, sys
for site in map(json.loads, sys.stdin):
	said = site["evidence"].split("+")[0]
	print("%s: %s %s" % (site["line"], site["type"], said))' > "$work/found"
	diff "$work/wanted" "$work/found" > "$work/diff" ||
		fail "$compiler: $(cat "$work/diff")"
done
finish
