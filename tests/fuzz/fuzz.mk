# SPDX-License-Identifier: Apache-2.0
# Sequences of heap calls against a shadow model.  The model is a test like
# any other; `make fuzz` looks for new sequences.
fuzz_sources = \
	tests/fuzz/expect.h \
	tests/fuzz/model.c tests/fuzz/model.h \
	tests/fuzz/operations.c tests/fuzz/operations.h \
	tests/fuzz/operations_class.c \
	tests/fuzz/operations_failure.c \
	tests/fuzz/operations_misuse.c \
	tests/fuzz/operations_numbers.c \
	tests/fuzz/profile.c tests/fuzz/profile.h \
	tests/fuzz/sequence.c tests/fuzz/sequence.h \
	tests/fuzz/workers.c tests/fuzz/workers.h

# The doors that need nothing of a preloaded library.
fuzz_sources += \
	lib/preload/break.c \
	lib/preload/class_api.c \
	lib/preload/doors.h \
	lib/preload/heap_api.c \
	lib/preload/profile.c

check_PROGRAMS += tests/fuzz/replay
TESTS += tests/fuzz/replay
tests_fuzz_replay_SOURCES = tests/fuzz/replay.c $(fuzz_sources)
tests_fuzz_replay_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_LDADD = lib/libcore.la

EXTRA_DIST += tests/fuzz/corpus tests/fuzz/libfuzzer.c
dist_noinst_SCRIPTS += tests/fuzz/fuzz.sh

.PHONY: fuzz
fuzz:
	top_builddir='$(abs_top_builddir)' $(top_srcdir)/tests/fuzz/fuzz.sh
