# SPDX-License-Identifier: Apache-2.0
heap_unit_tests = tests/unit/test_heap
check_PROGRAMS += $(heap_unit_tests)
TESTS += $(heap_unit_tests)

tests_unit_test_heap_SOURCES = tests/unit/test_heap.c
tests_unit_test_heap_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_LDADD = $(unit_ldadd)
