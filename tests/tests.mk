# SPDX-License-Identifier: Apache-2.0
# Unit tests: cmocka, on the un-interposed core.
unit_ldadd = lib/libcore.la $(CMOCKA_LIBS)

include tests/unit/flow.mk
include tests/unit/index.mk
include tests/preload/index/index.mk

check_PROGRAMS += tests/unit/test_options tests/unit/test_text
include tests/unit/heap.mk
include tests/preload/heap.mk
include tests/preload/fault/fault.mk
include tests/preload/stress/stress.mk
tests_unit_test_text_SOURCES = tests/unit/test_text.c
tests_unit_test_text_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_text_LDADD = $(unit_ldadd)
tests_unit_test_options_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_options_LDADD = $(unit_ldadd)

TESTS += tests/unit/test_options tests/unit/test_text

include tests/unit/query.mk
include tests/tools/tools.mk
include tests/unit/source.mk
include tests/fuzz/fuzz.mk
include tests/meta/meta.mk
include tests/preload/query/query.mk
include tests/static/static.mk
include tests/preload/profile/profile.mk
include tests/preload/valgrind/valgrind.mk
include tests/preload/misuse/misuse.mk
include tests/preload/classes/classes.mk
