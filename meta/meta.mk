# SPDX-License-Identifier: Apache-2.0
include meta/flow/flow.mk

noinst_LTLIBRARIES += meta/libmeta.la
meta_libmeta_la_SOURCES = \
	meta/abi.c meta/abi.h \
	meta/classes.c meta/classes.h \
	meta/compile.c meta/compile.h \
	meta/cxx_names.c meta/cxx_names.h \
	meta/demangle.c meta/demangle.h \
	meta/derived.c meta/derived.h \
	meta/encode_code.c meta/encode_types.c meta/encoder.h \
	meta/coder.c meta/coder.h \
	meta/image.c meta/image.h \
	meta/json.c meta/json.h \
	meta/model.c meta/model.h \
	meta/parallel.c meta/parallel.h \
	meta/model_code.c \
	meta/model_types.c \
	meta/overrides.c meta/overrides.h \
	meta/pack.c meta/pack.h \
	meta/pool.c meta/pool.h \
	meta/reach.c meta/reach.h \
	meta/show.c meta/show.h \
	meta/siphash.c meta/siphash.h \
	meta/show_sites.c \
	meta/text.c meta/text.h \
	meta/vtables.c meta/vtables.h \
	meta/writer.c meta/writer.h \
	meta/dwarf/attributes.c \
	meta/dwarf/dies.c meta/dwarf/dies.h \
	meta/dwarf/cfi.c meta/dwarf/cfi.h \
	meta/dwarf/declared.c \
	meta/dwarf/debuginfo.c meta/dwarf/debuginfo.h \
	meta/dwarf/elf.c \
	meta/dwarf/forms.c meta/dwarf/forms.h \
	meta/dwarf/allocated.c \
	meta/dwarf/functions.c \
	meta/dwarf/hash.c meta/dwarf/hash.h \
	meta/dwarf/join.c meta/dwarf/join.h \
	meta/dwarf/package.c meta/dwarf/package.h \
	meta/dwarf/package_index.c meta/dwarf/package_index.h \
	meta/dwarf/pieces.c \
	meta/dwarf/parts.c meta/dwarf/parts.h \
	meta/dwarf/units.c \
	meta/dwarf/folded.c meta/dwarf/folded.h \
	meta/dwarf/imports.c meta/dwarf/imports.h \
	meta/dwarf/lines.c \
	meta/dwarf/linetable.c meta/dwarf/linetable.h \
	meta/dwarf/cursor.h \
	meta/dwarf/loclists.c meta/dwarf/loclists.h \
	meta/dwarf/locations.c \
	meta/dwarf/members.c \
	meta/dwarf/merge.c \
	meta/dwarf/names.c meta/dwarf/names.h \
	meta/pointer_map.c meta/pointer_map.h \
	meta/dwarf/reader.h \
	meta/dwarf/runs.c meta/dwarf/runs.h \
	meta/dwarf/scopes.c \
	meta/dwarf/sort.c meta/dwarf/sort.h \
	meta/dwarf/statics.c \
	meta/dwarf/subprograms.c \
	meta/dwarf/threads.c meta/dwarf/threads.h \
	meta/dwarf/types.c \
	meta/dwarf/unify.c meta/dwarf/unit_records.c \
	meta/dwarf/inflate.c meta/dwarf/inflate.h \
	$(flow_sources)
meta_libmeta_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) $(LIBDW_CFLAGS) \
	$(LIBELF_CFLAGS) $(CAPSTONE_CFLAGS)
meta_libmeta_la_LIBADD = $(LIBDW_LIBS) $(LIBELF_LIBS) $(CAPSTONE_LIBS) \
	$(LIBIBERTY_LIBS)
include meta/source/source.mk

bin_PROGRAMS += allotype-meta
allotype_meta_SOURCES = meta/main.c
allotype_meta_CPPFLAGS = $(meta_libmeta_la_CPPFLAGS)
allotype_meta_LDADD = meta/libmeta.la lib/libremote.la
dist_man_MANS += meta/allotype-meta.1
EXTRA_DIST += meta/FORMAT.md
