# SPDX-License-Identifier: Apache-2.0
heap_sources = \
	lib/heap/big.c lib/heap/big.h \
	lib/heap/bins.c lib/heap/bins.h \
	lib/heap/check.c \
	lib/heap/class.c lib/heap/class.h \
	lib/heap/classes.c lib/heap/classes.h \
	lib/heap/declare.c lib/heap/declare.h \
	lib/heap/failure.c lib/heap/failure.h \
	lib/heap/decay.c lib/heap/decay.h \
	lib/heap/heap.c lib/heap/heap.h \
	lib/heap/intern.c lib/heap/intern.h \
	lib/heap/kinds.c lib/heap/kinds.h \
	lib/heap/lookup.h \
	lib/heap/mapper.c lib/heap/mapper.h \
	lib/heap/memcheck.c lib/heap/memcheck.h \
	lib/heap/free_bits.h \
	lib/heap/minipage.c lib/heap/minipage.h lib/heap/minipage_list.h \
	lib/heap/minipage_load.h \
	lib/heap/misuse.c lib/heap/misuse.h \
	lib/heap/object.c lib/heap/object.h \
	lib/heap/quarantine.c lib/heap/quarantine.h \
	lib/heap/purge.c \
	lib/heap/reallocate.c \
	lib/heap/reader.h \
	lib/heap/region.c lib/heap/region.h \
	lib/heap/placement.c lib/heap/placement.h \
	lib/heap/reserve.c lib/heap/reserve.h \
	lib/heap/runs.c lib/heap/runs.h \
	lib/heap/site_cache.c lib/heap/site_cache.h \
	lib/heap/sample.c lib/heap/sample.h \
	lib/heap/sample_table.c lib/heap/sample_table.h \
	lib/heap/security.c lib/heap/security.h \
	lib/heap/shape.c \
	lib/heap/sites.c lib/heap/sites.h \
	lib/heap/slots.c lib/heap/slots.h \
	lib/heap/starts.h \
	lib/heap/split.c lib/heap/split.h \
	lib/heap/stats.c lib/heap/stats.h \
	lib/heap/thread.c lib/heap/thread.h \
	lib/heap/unit.c lib/heap/unit.h \
	$(heap_reader_sources)
heap_reader_sources = lib/heap/lookup.c
