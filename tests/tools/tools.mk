# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/tools/test_target
tests_tools_test_target_SOURCES = tests/tools/test_target.c
tests_tools_test_target_CPPFLAGS = $(tools_cppflags) $(CMOCKA_CFLAGS)
tests_tools_test_target_LDADD = tools/libtools.la $(CMOCKA_LIBS)
TESTS += tests/tools/test_target

tools_tests = \
	tests/tools/usage.sh \
	tests/tools/run.sh \
	tests/tools/what.sh \
	tests/tools/cxx.sh \
	tests/tools/floating.sh \
	tests/tools/library.sh \
	tests/tools/heap.sh \
	tests/tools/allocscc.sh \
	tests/gdb/gdb.sh
EXTRA_DIST += $(tools_tests)
EXTRA_DIST += tests/pprof.py
EXTRA_DIST += tests/tools/lib.sh tests/tools/subject.c \
	tests/tools/cxx.cc tests/tools/floating.c
if !SANITIZED
TESTS += $(tools_tests)
endif
