#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The profile of a program under the runtime, with and without metadata, by
# samples, and the same from outside the runtime: nothing.
set -u
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "$(dirname "$0")" && pwd)
command -v python3 > /dev/null || { echo "no python3"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export ALLOTYPE_META_DIR="$work/meta" DEBUGINFOD_URLS=
failed=0

check() {
	name=$1
	shift
	if "$@"; then
		echo "PASS: $name"
	else
		echo "FAIL: $name (status $?)"
		failed=1
	fi
}

$CC -g -O1 -Wall -Werror -Wl,--build-id -I"$top_srcdir/include" \
	-o subject "$source/subject.c" "$build/liballotype_stub.a" || exit 1
check "runs" env LD_PRELOAD="$runtime" ./subject plain.pb
check "without metadata" python3 "$source/profile.py" plain.pb subject plain
"$build/tools/allotype" meta build subject > /dev/null 2>&1
check "runs again" env LD_PRELOAD="$runtime" ./subject typed.pb
check "with metadata" python3 "$source/profile.py" typed.pb subject typed

# The same allocations by samples: all of them, some, few.
$CC -g -O1 -Wall -Werror -Wl,--build-id -I"$top_srcdir/include" -pthread \
	-o sampled "$source/sampled.c" "$build/liballotype_stub.a" || exit 1
"$build/tools/allotype" meta build sampled > /dev/null 2>&1
for period in 1 1000 20000; do
	check "samples every $period bytes" env LD_PRELOAD="$runtime" \
		ALLOTYPE_OPTIONS=profile_sample=$period,profile_seed=1 \
		./sampled parent.pb child.pb
	check "are right on average" \
		python3 "$source/sampled.py" $period parent.pb child.pb
done
check "in a secured heap" env LD_PRELOAD="$runtime" \
	ALLOTYPE_OPTIONS=profile_sample=1,security=on \
	./sampled parent.pb child.pb
check "just as well" python3 "$source/sampled.py" 1 parent.pb child.pb

./subject none.pb
[ $? = 3 ] || { echo "FAIL: without the runtime"; failed=1; }
exit $failed
