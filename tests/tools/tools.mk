# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/tools/test_target tests/tools/subject
tests_tools_test_target_SOURCES = tests/tools/test_target.c
tests_tools_test_target_CPPFLAGS = $(tools_cppflags) $(CMOCKA_CFLAGS)
tests_tools_test_target_LDADD = tools/libtools.la $(CMOCKA_LIBS)
TESTS += tests/tools/test_target

# What the scripts look into: built as a user would, whatever our flags are.
tests_tools_subject_SOURCES = tests/tools/subject.c
tests_tools_subject_CPPFLAGS =
tests_tools_subject_CFLAGS = -g -O0 -pthread
tests_tools_subject_LDFLAGS = -Wl,--build-id

tools_tests = \
	tests/tools/usage.sh \
	tests/tools/run.sh
EXTRA_DIST += $(tools_tests)
EXTRA_DIST += tests/tools/lib.sh
if !SANITIZED
TESTS += $(tools_tests)
endif
