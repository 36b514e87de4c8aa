# SPDX-License-Identifier: Apache-2.0
# Counts the instructions of single calls of the allocator.
dist_noinst_SCRIPTS += contrib/bench/latency.sh
if !SANITIZED
check_PROGRAMS += contrib/bench/latency/latency
endif
contrib_bench_latency_latency_SOURCES = \
	contrib/bench/latency/latency.c \
	contrib/bench/latency/scenarios.h \
	contrib/bench/latency/scenarios_big.c \
	contrib/bench/latency/scenarios_objects.c \
	contrib/bench/latency/scenarios_threads.c \
	contrib/bench/latency/step.c contrib/bench/latency/step.h
contrib_bench_latency_latency_CFLAGS = $(AM_CFLAGS) -O2 -fno-builtin -pthread
# What the loader does for the first call of each function is not counted.
contrib_bench_latency_latency_LDFLAGS = $(AM_LDFLAGS) -Wl,-z,now

.PHONY: bench-latency
bench-latency: all contrib/bench/latency/latency
	top_builddir='$(abs_top_builddir)' $(top_srcdir)/contrib/bench/latency.sh $(LATENCY)
