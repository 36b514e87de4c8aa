# SPDX-License-Identifier: Apache-2.0
#
# The products of one source:
#   liballotype.la      the runtime: everything, interposing
#   lib/libcore.la      un-interposed, for the unit tests and sanitizers
#   lib/libremote.la    the readers alone, looking into another process
#   liballotype-heap.a  the heap alone, to link (lib/static/static.mk)
#
# Each folder's fragment fills <layer>_sources (all of it) and
# <layer>_reader_sources (its part that is also compiled into libremote).
include lib/base/base.mk
include lib/heap/heap.mk
include lib/index/index.mk
include lib/type/type.mk
include lib/query/query.mk
include lib/preload/preload.mk

core_sources = $(base_sources) $(heap_sources) $(index_sources) \
	$(type_sources) $(query_sources)

# The heap implements malloc: the compiler must not turn its code into calls
# of malloc.  Unwind tables let queries step out of the runtime.  HEAP_JUMPED_TO
# asks for jumps that -O1 alone does not make.
runtime_cflags = -fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc \
	-fno-builtin-free -fno-strict-aliasing -fasynchronous-unwind-tables \
	-fexceptions -foptimize-sibling-calls

lib_LTLIBRARIES += liballotype.la
liballotype_la_SOURCES = $(core_sources) $(preload_sources)
# Small variables lie together, away from tables: a program that allocates
# little touches few pages of them.
liballotype_la_CFLAGS = -std=gnu11 $(WARNINGS) $(WARNINGS_C) -O2 -g \
	-fvisibility=hidden -ftls-model=initial-exec -fdata-sections \
	$(runtime_cflags)
liballotype_la_LDFLAGS = -version-info $(LT_VERSION_INFO) -Wl,-z,now \
	-Wl,--sort-section=alignment \
	-Wl,--version-script=$(top_srcdir)/lib/liballotype.map -no-undefined
liballotype_la_DEPENDENCIES = lib/liballotype.map
EXTRA_DIST += lib/liballotype.map

noinst_LTLIBRARIES += lib/libcore.la lib/libremote.la
lib_libcore_la_SOURCES = $(core_sources)
lib_libcore_la_CPPFLAGS = $(AM_CPPFLAGS) -DALLOTYPE_UNINTERPOSED
lib_libcore_la_CFLAGS = $(AM_CFLAGS) $(runtime_cflags)
lib_libremote_la_SOURCES = $(base_sources) $(heap_reader_sources) \
	$(index_reader_sources) $(type_reader_sources) \
	$(query_reader_sources)
lib_libremote_la_CPPFLAGS = $(AM_CPPFLAGS) -DALLOTYPE_REMOTE
lib_libremote_la_CFLAGS = $(AM_CFLAGS) -fno-strict-aliasing

# For programs that may run without the runtime.
lib_LIBRARIES += liballotype_stub.a
liballotype_stub_a_SOURCES = lib/stub/stub.c lib/stub/stub.h \
	lib/stub/heap_stub.c lib/stub/class_stub.c
liballotype_stub_a_CFLAGS = -std=gnu11 $(WARNINGS) $(WARNINGS_C) -O2 -g -fPIC

include lib/static/static.mk
