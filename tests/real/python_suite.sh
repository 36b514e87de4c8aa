#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Python's own tests (Debian's libpython3.11-testsuite), test by test the same
# with the runtime as without, every object from malloc.
. "$(dirname "$0")/lib.sh"
python=/usr/bin/python3
modules="test_array test_asyncgen test_atexit test_base64 test_binascii
	test_builtin test_bytes test_codecs test_collections test_configparser
	test_contextlib test_copy test_ctypes test_dataclasses
	test_dict test_fileio test_float test_fork1 test_fstring
	test_functools test_gc test_generators test_gzip test_hashlib
	test_heapq test_inspect test_list test_marshal
	test_mmap test_os
	test_posix test_random test_re test_shutil
	test_struct test_sys test_thread test_threading
	test_traceback test_typing test_unicode"

# suite WAY: their output in WAY.log, of the tests alone in WAY.tests.
suite() {
	local preload=
	[ "$1" = plain ] || preload=LD_PRELOAD=$runtime
	mkdir "$1"
	# shellcheck disable=SC2086 # a list of words
	(cd "$1" && env $preload PYTHONMALLOC=malloc "$python" -m test -v \
		--timeout 100 --tempdir "$work/$1" $modules) \
		> "$1.log" 2>&1 < /dev/null
	echo "exit status $?" > "$1.tests"
	# The name of a test may be some lines before its verdict, which
	# what the test itself prints may precede: verdicts are counted.
	grep -oE '^[A-Za-z_0-9]+ \(test[^)]*\)' "$1.log" | sort >> "$1.tests"
	grep -oE '\b(ok|skipped .*|FAIL|ERROR|expected failure)$' "$1.log" |
		sed 's/[0-9][0-9]*_tmp/PID_tmp/' | sort | uniq -c >> "$1.tests"
	grep -E '^(Tests result|[0-9]+ tests? )' "$1.log" >> "$1.tests"
}

"$python" -c 'import test.test_array' 2> /dev/null || {
	fail "no libpython3.11-testsuite: contrib/install-deps.sh --tests"
	exit 0
}
suite plain &
suite preloaded
wait $!
count=$(grep -c ' (test' plain.tests)
[ "$count" -gt 4000 ] && cmp -s plain.tests preloaded.tests
verdict $? "$count tests of $(echo "$modules" | wc -w) modules" \
	"$(diff plain.tests preloaded.tests | head -n 8 | tr '\n' '|')"
