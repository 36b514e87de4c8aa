#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the programs of preload/stress under the runtime: threads, processes,
# signals and plugins, all while memory is allocated.  Which hangs fails.
build=${top_builddir:-.}
library=$(cd "$build/.libs" && pwd)/liballotype.so
programs=$build/tests/preload/stress
failed=0

[ -e "$library" ] || { echo "no $library"; exit 1; }

# try PROGRAM ARGUMENT...
try()
{
	name=$1
	shift
	LD_PRELOAD=$library timeout 100 "$programs/$name" "$@"
	status=$?
	if [ $status = 0 ]; then
		echo "PASS: $name"
	else
		echo "FAIL: $name (status $status)"
		failed=$((failed + 1))
	fi
}

try churn
try signals
try dlopen "$programs/.libs/visitor.so"
try early_late
try exit_race
try spawn
[ "$failed" = 0 ]
