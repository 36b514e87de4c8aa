# SPDX-License-Identifier: Apache-2.0
# Programs that run on the runtime's heap; they are built as any program is.
if !SANITIZED
heap_programs = \
	tests/preload/heap/align \
	tests/preload/heap/alloc_tokens \
	tests/preload/heap/close_all \
	tests/preload/heap/deepbind \
	tests/preload/heap/exceptions \
	tests/preload/heap/fork \
	tests/preload/heap/limit \
	tests/preload/heap/lock_all \
	tests/preload/heap/many_threads \
	tests/preload/heap/oom \
	tests/preload/heap/realloc \
	tests/preload/heap/replaced_new \
	tests/preload/heap/seccomp \
	tests/preload/heap/shapes \
	tests/preload/heap/small_core \
	tests/preload/heap/thread_exit \
	tests/preload/heap/threads
check_PROGRAMS += $(heap_programs)
TESTS += tests/preload/run-heap.sh tests/preload/heap/log.sh
check_LTLIBRARIES += tests/preload/heap/plugin.la
heap-programs: $(heap_programs) tests/preload/heap/plugin.la
tests_preload_heap_plugin_la_SOURCES = tests/preload/heap/plugin.c
tests_preload_heap_plugin_la_LDFLAGS = -module -avoid-version -shared \
	-rpath /nowhere

tests_preload_heap_oom_SOURCES = tests/preload/heap/oom.cc
tests_preload_heap_oom_CXXFLAGS = $(AM_CXXFLAGS) -fno-builtin \
	-Wno-unknown-warning-option -Wno-alloc-size-larger-than
tests_preload_heap_oom_LDADD = liballotype_stub.a
tests_preload_heap_shapes_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_preload_heap_shapes_LDADD = liballotype_stub.a
tests_preload_heap_align_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_preload_heap_limit_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_preload_heap_realloc_CFLAGS = $(AM_CFLAGS) -fno-builtin
tests_preload_heap_exceptions_SOURCES = tests/preload/heap/exceptions.cc
tests_preload_heap_replaced_new_SOURCES = tests/preload/heap/replaced_new.cc
tests_preload_heap_replaced_new_CXXFLAGS = $(AM_CXXFLAGS) \
	-fsized-deallocation -Wno-unknown-warning-option \
	-Wno-sized-deallocation
tests_preload_heap_exceptions_CXXFLAGS = $(AM_CXXFLAGS) -fsized-deallocation
endif
EXTRA_DIST += tests/preload/run-heap.sh tests/preload/heap/log.sh
