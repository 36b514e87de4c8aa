# SPDX-License-Identifier: Apache-2.0
dist_noinst_SCRIPTS += \
	contrib/install-deps.sh \
	contrib/quickstart.sh \
	contrib/check.sh \
	contrib/corpus/fetch.sh \
	contrib/corpus/build.sh \
	contrib/bench/bench.sh
EXTRA_DIST += .ci/run contrib/bench/malloc_loop.c contrib/bench/throw.cc

include contrib/bench/latency.mk

.PHONY: bench
bench: all
	top_builddir='$(abs_top_builddir)' $(SHELL) $(top_srcdir)/contrib/bench/bench.sh
