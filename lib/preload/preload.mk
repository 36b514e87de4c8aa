# SPDX-License-Identifier: Apache-2.0
preload_sources =
preload_sources += \
	lib/preload/api.c \
	lib/preload/break.c \
	lib/preload/class_api.c \
	lib/preload/doors.h \
	lib/preload/faults.c lib/preload/faults.h \
	lib/preload/foreign.c \
	lib/preload/fork.c lib/preload/fork.h \
	lib/preload/heap_api.c \
	lib/preload/init.c lib/preload/init.h \
	lib/preload/limits.c \
	lib/preload/loader.c \
	lib/preload/malloc.c \
	lib/preload/mappings.c \
	lib/preload/operator_new.c \
	lib/preload/profile.c \
	lib/preload/real.c lib/preload/real.h \
	lib/preload/slitter.c \
	lib/preload/threads.c
