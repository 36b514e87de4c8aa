#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every part of doors.c passes without the runtime, and with it.
: "${top_builddir:=.}"
program=$top_builddir/tests/preload/index/doors
library=$(cd "$top_builddir" && pwd)/.libs/liballotype.so
failures=0

for part in $("$program"); do
	timeout 60 "$program" "$part" || {
		echo "$part fails without the runtime"
		failures=$((failures + 1))
	}
	LD_PRELOAD=$library timeout 60 "$program" "$part" || {
		echo "$part fails with the runtime"
		failures=$((failures + 1))
	}
done
exit $((failures != 0))
