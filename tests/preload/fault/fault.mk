# SPDX-License-Identifier: Apache-2.0
# What happens where there is no memory.
if !SANITIZED
fault_programs = \
	tests/preload/fault/families \
	tests/preload/fault/inject \
	tests/preload/fault/victim
check_PROGRAMS += $(fault_programs)
TESTS += tests/preload/fault/faults.sh tests/preload/latency.sh
tests_preload_fault_families_SOURCES = tests/preload/fault/families.cc
tests_preload_fault_families_CXXFLAGS = $(AM_CXXFLAGS) -fno-builtin \
	-faligned-new
tests_preload_fault_victim_SOURCES = tests/preload/fault/victim.c \
	tests/preload/fault/trap.c tests/preload/fault/trap.h
tests_preload_fault_victim_CFLAGS = $(AM_CFLAGS) -fno-builtin -pthread
endif
EXTRA_DIST += tests/preload/fault/faults.sh tests/preload/latency.sh
