# SPDX-License-Identifier: Apache-2.0
# What threads, processes, signals and plugins do to the heap, all at once;
# built as any program is, and linked with the stub to ask questions.
if !SANITIZED
stress_programs = \
	tests/preload/stress/churn \
	tests/preload/stress/dlopen \
	tests/preload/stress/early_late \
	tests/preload/stress/exit_race \
	tests/preload/stress/signals \
	tests/preload/stress/spawn
check_PROGRAMS += $(stress_programs)
TESTS += tests/preload/run-stress.sh
check_LTLIBRARIES += tests/preload/stress/visitor.la
stress-programs: $(stress_programs) tests/preload/stress/visitor.la
tests_preload_stress_visitor_la_SOURCES = tests/preload/stress/visitor.c
tests_preload_stress_visitor_la_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_preload_stress_visitor_la_LDFLAGS = -module -avoid-version -shared \
	-rpath /nowhere
tests_preload_stress_churn_LDADD = liballotype_stub.a
tests_preload_stress_dlopen_LDADD = liballotype_stub.a
tests_preload_stress_exit_race_LDADD = liballotype_stub.a
tests_preload_stress_exit_race_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_preload_stress_signals_LDADD = liballotype_stub.a
tests_preload_stress_early_late_SOURCES = \
	tests/preload/stress/early_late.cc
endif
EXTRA_DIST += tests/preload/run-stress.sh
