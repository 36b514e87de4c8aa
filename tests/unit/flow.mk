# SPDX-License-Identifier: Apache-2.0
flow_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS) $(CAPSTONE_CFLAGS)
flow_ldadd = meta/libmeta.la lib/libremote.la $(CMOCKA_LIBS)
flow_tests = tests/unit/test_flow_values tests/unit/test_flow_aarch64 \
	tests/unit/test_flow_decode \
	tests/unit/test_flow_sites

check_PROGRAMS += $(flow_tests)
tests_unit_test_flow_values_SOURCES = tests/unit/test_flow_values.c
tests_unit_test_flow_values_CPPFLAGS = $(flow_cppflags)
tests_unit_test_flow_values_LDADD = $(flow_ldadd)
tests_unit_test_flow_aarch64_SOURCES = tests/unit/test_flow_aarch64.c \
	tests/unit/mentions.h
tests_unit_test_flow_aarch64_CPPFLAGS = $(flow_cppflags)
tests_unit_test_flow_aarch64_LDADD = $(flow_ldadd)
tests_unit_test_flow_decode_SOURCES = tests/unit/test_flow_decode.c \
	tests/unit/mentions.h
tests_unit_test_flow_decode_CPPFLAGS = $(flow_cppflags)
tests_unit_test_flow_decode_LDADD = $(flow_ldadd)
tests_unit_test_flow_sites_SOURCES = tests/unit/test_flow_sites.c
tests_unit_test_flow_sites_CPPFLAGS = $(flow_cppflags)
tests_unit_test_flow_sites_LDADD = $(flow_ldadd)

TESTS += $(flow_tests)
EXTRA_DIST += tests/meta/flow
