#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Memcheck looks at a program that runs on the runtime's heap, and finds what
# is wrong in it and nothing else.
build=${top_builddir:-.}
command -v valgrind > /dev/null || { echo "no valgrind"; exit 77; }
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
failed=0
export ALLOTYPE_OPTIONS=on_error=log

# finds STATUS PATTERN ARGUMENT...: 9 is the exit status of an error found.
finds() {
	expected=$1 pattern=$2
	shift 2
	LD_PRELOAD=$runtime timeout 100 valgrind \
		--soname-synonyms=somalloc=nouserintercepts \
		--leak-check=full --error-exitcode=9 --num-callers=8 \
		"$build/tests/preload/valgrind/subject" "$@" > "$log" 2>&1
	status=$?
	if [ $status = "$expected" ] && grep -qE -e "$pattern" "$log"; then
		echo "PASS: $*"
	else
		echo "FAIL: $* (status $status)"
		cat "$log"
		failed=1
	fi
}

finds 0 'ERROR SUMMARY: 0 errors' clean
for size in 40 112 32760 32768 100000; do
	text=$(echo $size | sed 's/\([0-9]\)\([0-9]\{3\}\)$/\1,\2/')
	finds 9 "$text bytes in 1 blocks are definitely lost" leak $size
	finds 9 'jump or move depends on uninitialised value' \
		uninitialised $size
	finds 9 'jump or move depends on uninitialised value' grown $size
	finds 9 "inside a block of size $text free'd" freed $size
	finds 9 "0 bytes after a block of size $text alloc'd" beyond $size
	finds 9 'Invalid free' twice $size
done
# Who allocated is told by memcheck as by the runtime.
grep -q 'allotype: double free: free(' "$log" ||
	{ echo "FAIL: the runtime tells nothing"; failed=1; }
finds 9 'by 0x.*: leak_one' leak 1000
exit $failed
