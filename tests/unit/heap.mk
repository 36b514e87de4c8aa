# SPDX-License-Identifier: Apache-2.0
heap_unit_tests = \
	tests/unit/test_heap \
	tests/unit/test_heap_checked \
	tests/unit/test_heap_class \
	tests/unit/test_heap_decay \
	tests/unit/test_heap_kinds \
	tests/unit/test_heap_mapper \
	tests/unit/test_heap_failure \
	tests/unit/test_heap_placement \
	tests/unit/test_heap_populate \
	tests/unit/test_heap_populate \
	tests/unit/test_lock \
	tests/unit/test_heap_remote \
	tests/unit/test_heap_reserve \
	tests/unit/test_heap_sample \
	tests/unit/test_heap_security \
	tests/unit/test_heap_sites \
	tests/unit/test_heap_slots \
	tests/unit/test_heap_split \
	tests/unit/test_heap_stats \
	tests/unit/test_heap_threads
check_PROGRAMS += $(heap_unit_tests)
TESTS += $(heap_unit_tests)

tests_unit_test_heap_SOURCES = tests/unit/test_heap.c \
	tests/unit/death.h
tests_unit_test_heap_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_LDADD = $(unit_ldadd)
tests_unit_test_heap_checked_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_checked_LDADD = $(unit_ldadd)
tests_unit_test_heap_class_SOURCES = tests/unit/test_heap_class.c \
	tests/unit/class_user.h tests/unit/death.h
tests_unit_test_heap_class_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_class_LDADD = $(unit_ldadd) -lpthread
tests_unit_test_heap_decay_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_decay_LDADD = $(unit_ldadd)
tests_unit_test_heap_kinds_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_kinds_LDADD = $(unit_ldadd)
tests_unit_test_lock_SOURCES = tests/unit/test_lock.c
tests_unit_test_lock_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lock_LDADD = $(unit_ldadd)

tests_unit_test_heap_mapper_SOURCES = tests/unit/test_heap_mapper.c \
	tests/unit/class_user.h
tests_unit_test_heap_mapper_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_mapper_LDADD = $(unit_ldadd)
tests_unit_test_heap_failure_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_failure_LDADD = $(unit_ldadd)
tests_unit_test_heap_stats_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_stats_LDADD = $(unit_ldadd)
tests_unit_test_heap_split_SOURCES = tests/unit/test_heap_split.c \
	tests/unit/death.h
tests_unit_test_heap_split_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_split_LDADD = $(unit_ldadd)
tests_unit_test_heap_placement_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_placement_LDADD = $(unit_ldadd) -lpthread
tests_unit_test_heap_populate_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_populate_LDADD = $(unit_ldadd) -lpthread
tests_unit_test_heap_remote_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) \
	-DALLOTYPE_REMOTE
tests_unit_test_heap_remote_LDADD = lib/libremote.la $(CMOCKA_LIBS)
tests_unit_test_heap_reserve_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_reserve_LDADD = $(unit_ldadd)
tests_unit_test_heap_sample_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_sample_LDADD = $(unit_ldadd) -lm -lpthread
tests_unit_test_heap_sites_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_sites_LDADD = $(unit_ldadd) -lpthread
tests_unit_test_heap_slots_SOURCES = tests/unit/test_heap_slots.c \
	tests/unit/class_user.h tests/unit/death.h
tests_unit_test_heap_slots_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_slots_LDADD = $(unit_ldadd) -lpthread
tests_unit_test_heap_threads_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_threads_LDADD = $(unit_ldadd)
tests_unit_test_heap_security_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heap_security_LDADD = $(unit_ldadd)
