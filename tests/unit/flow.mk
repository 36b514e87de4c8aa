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
EXTRA_DIST += tests/meta/flow/chains.c tests/meta/flow/collections.rs \
	tests/meta/flow/containers.cc tests/meta/flow/counted.c \
	tests/meta/flow/declared.c \
	tests/meta/flow/derived.c tests/meta/flow/makers.c \
	tests/meta/flow/grown.c tests/meta/flow/imported.c \
	tests/meta/flow/locals.c tests/meta/flow/parser.c \
	tests/meta/flow/views.c tests/meta/flow/ways.c \
	tests/meta/flow/elements.c \
	tests/meta/flow/near.c tests/meta/flow/resources.cc \
	tests/meta/flow/tagged.c tests/meta/flow/variants.c \
	tests/meta/flow/floating.c \
	tests/meta/flow/objects.cc tests/meta/flow/parts.c \
	tests/meta/flow/paths.c tests/meta/flow/sizes.c \
	tests/meta/flow/strings.cc \
	tests/meta/flow/aliased.c tests/meta/flow/hooks.c \
	tests/meta/flow/apart.c tests/meta/flow/based.c \
	tests/meta/flow/frames.c tests/meta/flow/kept.c \
	tests/meta/flow/threads.c tests/meta/flow/tokens.c
