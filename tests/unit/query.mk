# SPDX-License-Identifier: Apache-2.0
# Tests of lib/type and lib/query.
meta_writer = tests/unit/meta_writer.c tests/unit/meta_writer.h

check_PROGRAMS += \
	tests/unit/test_type_metafile \
	tests/unit/test_type_types

tests_unit_test_type_metafile_SOURCES = tests/unit/test_type_metafile.c \
	$(meta_writer)
tests_unit_test_type_metafile_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_type_metafile_LDADD = $(unit_ldadd)

tests_unit_test_type_types_SOURCES = tests/unit/test_type_types.c \
	$(meta_writer)
tests_unit_test_type_types_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_type_types_LDADD = $(unit_ldadd) -lpthread

TESTS += \
	tests/unit/test_type_metafile \
	tests/unit/test_type_types

check_PROGRAMS += tests/unit/test_query
tests_unit_test_query_SOURCES = tests/unit/test_query.c $(meta_writer) \
	tests/unit/query_world.c tests/unit/query_world.h
tests_unit_test_query_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_query_LDADD = $(unit_ldadd) -lpthread
TESTS += tests/unit/test_query

check_PROGRAMS += tests/unit/test_query_collect
tests_unit_test_query_collect_SOURCES = tests/unit/test_query_collect.c \
	$(meta_writer) tests/unit/query_world.c tests/unit/query_world.h
tests_unit_test_query_collect_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_query_collect_LDADD = $(unit_ldadd) -lpthread
TESTS += tests/unit/test_query_collect

check_PROGRAMS += tests/unit/test_type_subobject tests/unit/test_type_metadata
tests_unit_test_type_subobject_SOURCES = tests/unit/test_type_subobject.c \
	$(meta_writer)
tests_unit_test_type_subobject_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_type_subobject_LDADD = $(unit_ldadd)
tests_unit_test_type_metadata_SOURCES = tests/unit/test_type_metadata.c \
	$(meta_writer)
tests_unit_test_type_metadata_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_type_metadata_LDADD = $(unit_ldadd)
TESTS += tests/unit/test_type_subobject tests/unit/test_type_metadata
