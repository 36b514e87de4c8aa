# SPDX-License-Identifier: Apache-2.0
query_reader_sources = \
	lib/query/candidates.c lib/query/candidates.h \
	lib/query/class.c lib/query/class.h \
	lib/query/collect.c lib/query/collect.h \
	lib/query/collected.c lib/query/collected.h \
	lib/query/content.c lib/query/content.h \
	lib/query/describe.c lib/query/describe.h \
	lib/query/fields.c lib/query/fields.h \
	lib/query/find.c lib/query/find.h \
	lib/query/floating.c lib/query/floating.h \
	lib/query/frames.c lib/query/frames.h \
	lib/query/heap.c \
	lib/query/mapping.c \
	lib/query/path.c lib/query/path.h \
	lib/query/profile.c lib/query/profile.h \
	lib/query/protobuf.h \
	lib/query/site.c lib/query/site.h \
	lib/query/start.c \
	lib/query/statics.c lib/query/statics.h \
	lib/query/status_text.c \
	lib/query/view.h \
	lib/query/vtable.c lib/query/vtable.h \
	lib/query/weigh.c lib/query/weigh.h \
	lib/query/window.c lib/query/window.h
query_sources = $(query_reader_sources) \
	lib/query/story.c \
	lib/query/view_local.c lib/query/view_local.h
