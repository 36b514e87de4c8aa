# SPDX-License-Identifier: Apache-2.0
flow_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
flow_ldadd = meta/libmeta.la $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_flow_values tests/unit/test_flow_decode
tests_unit_test_flow_values_SOURCES = tests/unit/test_flow_values.c
tests_unit_test_flow_values_CPPFLAGS = $(flow_cppflags)
tests_unit_test_flow_values_LDADD = $(flow_ldadd)
tests_unit_test_flow_decode_SOURCES = tests/unit/test_flow_decode.c
tests_unit_test_flow_decode_CPPFLAGS = $(flow_cppflags)
tests_unit_test_flow_decode_LDADD = $(flow_ldadd)

TESTS += tests/unit/test_flow_values tests/unit/test_flow_decode
