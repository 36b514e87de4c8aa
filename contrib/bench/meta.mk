# SPDX-License-Identifier: Apache-2.0
# Measures the metadata compiler.
dist_noinst_SCRIPTS += contrib/bench/meta.sh
EXTRA_DIST += contrib/bench/meta.awk
check_PROGRAMS += contrib/bench/meta_load
contrib_bench_meta_load_SOURCES = contrib/bench/meta_load.c
contrib_bench_meta_load_LDADD = lib/libremote.la

.PHONY: bench-meta
bench-meta: all contrib/bench/meta_load
	top_builddir='$(abs_top_builddir)' $(top_srcdir)/contrib/bench/meta.sh $(FILES)
