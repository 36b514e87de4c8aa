# SPDX-License-Identifier: Apache-2.0
index_reader_sources = \
	lib/index/cfi.c lib/index/cfi.h \
	lib/index/cfi_program.c lib/index/cfi_program.h \
	lib/index/expression.c lib/index/expression.h \
	lib/index/files.c lib/index/files.h \
	lib/index/mapped.h \
	lib/index/mappings.c lib/index/mappings.h \
	lib/index/stack.h \
	lib/index/threads.c lib/index/threads.h \
	lib/index/unwind.c lib/index/unwind.h

index_sources = $(index_reader_sources) \
	lib/index/callers.c lib/index/callers.h \
	lib/index/fork.c lib/index/fork.h \
	lib/index/kernel_maps.c \
	lib/index/loaded.c lib/index/loaded.h \
	lib/index/mapped.c \
	lib/index/root.c lib/index/root.h \
	lib/index/running.c lib/index/running.h
