# SPDX-License-Identifier: Apache-2.0
# The doors of mappings, threads and the loader, on small programs.
check_PROGRAMS += tests/preload/index/doors
tests_preload_index_doors_SOURCES = tests/preload/index/doors.c
tests_preload_index_doors_LDADD = lib/libcore.la

EXTRA_DIST += tests/preload/index/doors.sh tests/preload/index/runpath.sh
if !SANITIZED
TESTS += tests/preload/index/doors.sh tests/preload/index/runpath.sh
endif
