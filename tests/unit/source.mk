# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/test_source_text
tests_unit_test_source_text_SOURCES = tests/unit/test_source_text.c
tests_unit_test_source_text_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
tests_unit_test_source_text_LDADD = meta/libmeta.la $(unit_ldadd)
TESTS += tests/unit/test_source_text

check_PROGRAMS += tests/unit/test_source
tests_unit_test_source_SOURCES = tests/unit/test_source.c
tests_unit_test_source_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
tests_unit_test_source_LDADD = meta/libmeta.la $(unit_ldadd)
TESTS += tests/unit/test_source
