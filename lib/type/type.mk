# SPDX-License-Identifier: Apache-2.0
type_reader_sources = \
	lib/type/cache.c lib/type/cache.h \
	lib/type/metafile.c lib/type/metafile.h \
	lib/type/metafile_packed.c lib/type/packed.h \
	lib/type/coded.c lib/type/coded.h \
	lib/type/declarator.c lib/type/declarator.h \
	lib/type/metafile_spelling.c lib/type/metafile_spelling.h \
	lib/type/metafile_types.c \
	lib/type/spelling.c lib/type/spelling.h \
	lib/type/strings.c lib/type/strings.h \
	lib/type/subobject.c lib/type/subobject.h \
	lib/type/table.c lib/type/table.h lib/type/table_pack.h \
	lib/type/type_api.c lib/type/type_entry.h \
	lib/type/types.c lib/type/types.h
type_sources = $(type_reader_sources) \
	lib/type/metadata.c lib/type/metadata.h \
	lib/type/site_rules.c lib/type/site_rules.h
