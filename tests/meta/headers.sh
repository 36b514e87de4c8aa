#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Headers that have macros only, which debug information does not mention, are
# found where the directories of those that it does mention part.
. "$(dirname "$0")/lib.sh"

mkdir -p "$work/tree/app" "$work/tree/kit"
echo '#include "kit/memory.h"' > "$work/tree/all.h"
cat > "$work/tree/kit/memory.h" <<'EOF'
void *take(size_t size);
#define NEW(type) take(sizeof(type))
EOF
cat > "$work/tree/kit/memory.c" <<'EOF'
#include <stdlib.h>
#include "all.h"
void *take(size_t size)
{
	void *p = malloc(size);

	if (!p)
		abort();
	return p;
}
EOF
cat > "$work/tree/app/main.c" <<'EOF'
#include <stddef.h>
#include "all.h"
struct near { long a, b; } near;
struct far { long a, b; } far;
void *kept[2];
int main(void)
{
	kept[0] = NEW(struct near);
	kept[1] = NEW(struct far);
	return kept[0] == kept[1];
}
EOF
"$CC" -g -I "$work/tree" -o "$work/program" "$work/tree/app/main.c" \
	"$work/tree/kit/memory.c" || fail "cannot compile"
"$meta" sites --json "$work/program" > "$work/sites" || fail "no sites"
for line in 8:near 9:far; do
	grep "\"line\":${line%:*}," "$work/sites" |
		grep -q "\"type\":\"struct ${line#*:}\",\"evidence\":\"sizeof" ||
		fail "line $line: $(cat "$work/sites")"
done
finish
