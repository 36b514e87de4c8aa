#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debug information and source files from a debuginfod server, which is asked
# only where DEBUGINFOD_URLS says so.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "no python3"
ldconfig -p 2>/dev/null | grep -q libdebuginfod.so.1 || skip "no libdebuginfod"

# serve: answers requests for what is in served/; port and requests are files.
serve() {
	python3 -u -c '
import http.server, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *a):
        super().__init__(*a, directory=sys.argv[1])
with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_port)
    server.serve_forever()
' "$work/served" >"$work/port" 2>"$work/requests" &
	server=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -s "$work/port" ] && return
		sleep 0.3
	done
	return 1
}

mkdir "$work/gone"
echo '#define MAKE(type, n) malloc((n) * sizeof(type))' >"$work/gone/make.h"
cat >"$work/gone/program.c" <<'EOF'
#include <stdlib.h>
#include "make.h"
struct weasel { long age, weight; } weasel;
struct stoat { long age[2]; } stoat;
void *volatile sink;
int main(int argc, char **argv)
{
	(void)argv;
	sink = malloc(sizeof(struct weasel));
	sink = MAKE(struct stoat, argc);
	return 0;
}
EOF
(cd "$work" && $CC -g -O0 -o program "$work/gone/program.c") ||
	skip "no compiler"
"$meta" show "$work/program" | sed -n '/^types:/,/^statics:/p' >"$work/types"
id=$(readelf -n "$work/program" | awk '/Build ID/ { print $3 }')
[ -n "$id" ] || skip "no build ID"

# The server has the debug information and the sources; we have nothing.
mkdir -p "$work/served/buildid/$id/source/$work"
mv "$work/gone" "$work/served/buildid/$id/source/$work/"
objcopy --only-keep-debug "$work/program" \
	"$work/served/buildid/$id/debuginfo"
cp "$work/program" "$work/stripped"
strip -g "$work/stripped"
DEBUGINFOD_CACHE_PATH=$work/cache
export DEBUGINFOD_CACHE_PATH
unset DEBUGINFOD_URLS
serve || { echo "no server to test with"; exit 99; }
url=http://127.0.0.1:$(cat "$work/port")

"$meta" show "$work/stripped" | grep -q 'without DWARF' ||
	fail "debug information came from nowhere"
"$meta" sites "$work/program" >"$work/alone"
! grep sizeof "$work/alone" || fail "source came from nowhere"
! grep GET "$work/requests" || fail "asked without being told to"

DEBUGINFOD_URLS=$url
export DEBUGINFOD_URLS
"$meta" show "$work/stripped" | sed -n '/^types:/,/^statics:/p' |
	diff - "$work/types" >"$work/diff" ||
	fail "debug information is another: $(head -5 "$work/diff")"
for file in program stripped; do
	"$meta" sites "$work/$file" >"$work/sites"
	grep -q 'program.c:9).*: struct weasel, sizeof+size' "$work/sites" ||
		fail "$file: no sizeof: $(cat "$work/sites")"
	grep -q 'program.c:10).*: struct stoat, sizeof' "$work/sites" ||
		fail "$file: no sizeof in a macro: $(cat "$work/sites")"
done
"$meta" sites --no-source "$work/program" | grep sizeof &&
	fail "source in spite of --no-source"

# A server that is gone is asked once.
kill "$server"
wait "$server" 2>/dev/null
rm -rf "$work/cache"
timeout 60 "$meta" sites "$work/program" >"$work/sites" 2>&1 ||
	fail "no sites without the server: $(cat "$work/sites")"
diff "$work/alone" "$work/sites" >"$work/diff" ||
	fail "another answer without the server: $(cat "$work/diff")"
finish
