#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The heap alone, linked into a dynamic and into a static program, and beside
# the preloaded runtime, which answers for its own objects only.
build=${top_builddir:-.}
programs=$build/tests/static
failed=0

try()
{
	name=$1
	shift
	if timeout 100 "$@"; then
		echo "PASS: $name"
	else
		echo "FAIL: $name (status $?)"
		failed=1
	fi
}

try "beside libc's malloc" "$programs/program"
try "in a static program" "$programs/program_static"
try "beside the runtime" env LD_PRELOAD="$runtime" "$programs/program"
try "with every operation checked" env ALLOTYPE_OPTIONS=metrics=on \
	"$programs/program"
try "all features beside libc's malloc" "$programs/features"
try "all features in a static program" "$programs/features_static"
try "all features beside the runtime" env LD_PRELOAD="$runtime" \
	"$programs/features"
try "all features with security=on" env ALLOTYPE_OPTIONS=security=on \
	"$programs/features"
(ulimit -v 262144 && "$programs/features_static") ||
	{ echo "FAIL: features under a limit"; failed=1; }
# libc's own malloc reserves 64 MB for each thread: more than one of these
# leaves nothing for anybody's.
(ulimit -v 262144 && MALLOC_ARENA_MAX=2 "$programs/program_static") ||
	{ echo "FAIL: under a limit"; failed=1; }
exit $failed
