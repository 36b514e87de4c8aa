#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No call of the heap takes long, whatever there is: the bounds of
# contrib/bench/latency.sh with small numbers, which are exact.
: "${top_srcdir:?}"
# Debug builds yield where others may run.
! grep -q '^#define ALLOTYPE_DEBUG' config.h || exit 77
exec "$top_srcdir/contrib/bench/latency.sh" -s -n 100 -k 40
