# SPDX-License-Identifier: Apache-2.0
include_HEADERS += include/allotype.h include/allocs.h \
	include/slitter.h
allotypeincludedir = $(includedir)/allotype
allotypeinclude_HEADERS = \
	include/allotype/api.h \
	include/allotype/heap.h \
	include/allotype/heap_layout.h \
	include/allotype/heap_static.h \
	include/allotype/index.h \
	include/allotype/metafile.h
