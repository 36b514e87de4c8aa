# SPDX-License-Identifier: Apache-2.0
# The heap alone.  Built as any program is: it is no part of a sanitized build.
if !SANITIZED
static_programs = tests/static/program tests/static/program_static \
	tests/static/features tests/static/features_static
check_PROGRAMS += $(static_programs) tests/static/fast
static-programs: $(static_programs)
tests_static_program_SOURCES = tests/static/program.c
tests_static_program_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_static_program_LDADD = liballotype-heap.a
tests_static_program_static_SOURCES = tests/static/program.c
tests_static_program_static_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_static_program_static_LDADD = liballotype-heap.a
tests_static_program_static_LDFLAGS = -all-static
tests_static_fast_SOURCES = tests/static/fast.c
tests_static_fast_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_static_fast_LDADD = lib/static/libparts.a
tests_static_features_SOURCES = tests/static/features.c
tests_static_features_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_static_features_LDADD = liballotype-heap.a
tests_static_features_static_SOURCES = tests/static/features.c
tests_static_features_static_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_static_features_static_LDADD = liballotype-heap.a
tests_static_features_static_LDFLAGS = -all-static
TESTS += tests/static/fast tests/static/run.sh tests/static/symbols.sh
endif
EXTRA_DIST += tests/static/run.sh tests/static/symbols.sh
