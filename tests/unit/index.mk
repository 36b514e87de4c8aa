# SPDX-License-Identifier: Apache-2.0
# Unit tests of lib/index.
check_PROGRAMS += tests/unit/test_index_files
tests_unit_test_index_files_SOURCES = tests/unit/test_index_files.c
tests_unit_test_index_files_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_index_files_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/test_unwind
tests_unit_test_unwind_SOURCES = tests/unit/test_unwind.c
tests_unit_test_unwind_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) \
	$(LIBUNWIND_CFLAGS)
tests_unit_test_unwind_LDADD = $(unit_ldadd) $(LIBUNWIND_LIBS)

TESTS += tests/unit/test_index_files tests/unit/test_unwind

check_PROGRAMS += tests/unit/test_index_mappings
tests_unit_test_index_mappings_SOURCES = tests/unit/test_index_mappings.c
tests_unit_test_index_mappings_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_index_mappings_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/test_index_threads
tests_unit_test_index_threads_SOURCES = tests/unit/test_index_threads.c
tests_unit_test_index_threads_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_index_threads_LDADD = $(unit_ldadd)

TESTS += tests/unit/test_index_mappings tests/unit/test_index_threads
