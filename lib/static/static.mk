# SPDX-License-Identifier: Apache-2.0
#
# liballotype-heap.a: the heap alone, under names of its own, as one object
# whose other symbols are local: nothing of it meets a program's names.  The
# doors of allotype/heap.h are the runtime's, alloc_try being allotype_try here.
noinst_LIBRARIES += lib/static/libparts.a
lib_static_libparts_a_SOURCES = $(base_sources) $(heap_sources) \
	lib/preload/class_api.c \
	lib/preload/fork.c \
	lib/preload/heap_api.c \
	lib/static/doors.c
lib_static_libparts_a_CFLAGS = -std=gnu11 $(WARNINGS) $(WARNINGS_C) -O2 -g \
	-fPIC -fvisibility=hidden -ftls-model=initial-exec $(runtime_cflags)

# What a layer above may define: nobody does here.
static_hooks = \
	--redefine-sym heap_foreign_free=allotype_hook_foreign_free \
	--redefine-sym misuse_tell=allotype_hook_misuse_tell

lib/static/heap.o: lib/static/libparts.a lib/static/names Makefile
	$(AM_V_GEN)$(LD) -r -o $@.all --whole-archive lib/static/libparts.a && \
		sed 's/^allotype\(_.*\)/alloc\1 &/' \
			$(srcdir)/lib/static/names > $@.renamed && \
		$(OBJCOPY) --keep-global-symbols=$(srcdir)/lib/static/names \
			--redefine-syms=$@.renamed $(static_hooks) $@.all $@ && \
		rm -f $@.all $@.renamed

lib_LIBRARIES += liballotype-heap.a
liballotype_heap_a_SOURCES =
liballotype_heap_a_LIBADD = lib/static/heap.o
CLEANFILES += lib/static/heap.o lib/static/heap.o.all lib/static/heap.o.renamed
EXTRA_DIST += lib/static/names
pkgconfig_DATA += allotype-heap.pc
