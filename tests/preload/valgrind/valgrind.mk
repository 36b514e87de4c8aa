# SPDX-License-Identifier: Apache-2.0
if VALGRIND
if !SANITIZED
check_PROGRAMS += tests/preload/valgrind/subject
tests_preload_valgrind_subject_CFLAGS = $(AM_CFLAGS) -g -O0 -fno-builtin \
	-Wno-maybe-uninitialized -Wno-uninitialized -Wno-use-after-free
tests_preload_valgrind_subject_LDADD = liballotype_stub.a
TESTS += tests/preload/valgrind/memcheck.sh
endif
endif
EXTRA_DIST += tests/preload/valgrind/memcheck.sh
