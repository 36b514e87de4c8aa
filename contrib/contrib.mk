# SPDX-License-Identifier: Apache-2.0
dist_noinst_SCRIPTS += \
	contrib/install-deps.sh \
	contrib/quickstart.sh \
	contrib/check.sh \
	contrib/corpus/fetch.sh \
	contrib/corpus/build.sh \
	contrib/corpus/recipes.sh contrib/corpus/recipes_libraries.sh \
	contrib/corpus/recipes_services.sh contrib/corpus/recipes_tools.sh \
	contrib/corpus/recipes_daemons.sh \
	contrib/corpus/record.py \
	contrib/corpus/truth.py \
	contrib/corpus/compare.py contrib/corpus/machines.sh \
	contrib/corpus/score.py \
	contrib/corpus/truth_commands.py contrib/corpus/truth_cxx.py \
	contrib/corpus/truth_sites.py \
	contrib/corpus/score_cxx.py \
	contrib/corpus/first_seen.md \
	contrib/corpus/heap_load.sh \
	contrib/corpus/heap_score.py \
	contrib/corpus/heap.awk \
	contrib/corpus/heap.jq \
	contrib/corpus/heap.lua \
	contrib/corpus/heap.py \
	contrib/corpus/heap.redis \
	contrib/corpus/heap.sql \
	contrib/corpus/heap.tcl \
	contrib/corpus/types_report.sh \
	contrib/corpus/types_table_cxx.py \
	contrib/corpus/types_table.py \
	contrib/bench/bench.sh
EXTRA_DIST += .ci/run docs/types-report.md \
	contrib/bench/README.md \
	contrib/bench/workloads.sh \
	contrib/bench/report.awk \
	contrib/bench/measure.c \
	contrib/bench/workload.h \
	contrib/bench/workload.c \
	contrib/bench/workload_small.c \
	contrib/bench/workload_threads.c \
	contrib/bench/workload_large.c \
	contrib/bench/resident.h \
	contrib/bench/alloc_all.c \
	contrib/bench/random_report.c \
	contrib/bench/bookkeeping.c \
	contrib/bench/throw.cc \
	contrib/bench/real/tables.lua \
	contrib/bench/real/strings.lua \
	contrib/bench/real/load.sql \
	contrib/bench/real/encode.py \
	contrib/bench/real/dict.py \
	contrib/bench/real/objects.py \
	contrib/bench/real/containers.cc \
	contrib/bench/real/generate_c.awk

include contrib/bench/latency.mk
include contrib/bench/meta.mk

.PHONY: bench
bench: all
	top_builddir='$(abs_top_builddir)' $(SHELL) $(top_srcdir)/contrib/bench/bench.sh

.PHONY: types-report
types-report: all
	top_builddir='$(abs_top_builddir)' $(top_srcdir)/contrib/corpus/types_report.sh
