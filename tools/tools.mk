# SPDX-License-Identifier: Apache-2.0
#
# tools/libtools.la is the command without its main, for the tests as well.
tools_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tools -I$(top_srcdir)/meta \
	-DALLOTYPE_REMOTE -DALLOTYPE_LIBDIR='"$(libdir)"' $(LIBELF_CFLAGS)

noinst_LTLIBRARIES += tools/libtools.la
tools_libtools_la_SOURCES = \
	tools/complain.c tools/complain.h \
	tools/loader.c tools/loader.h \
	tools/target/cache.c tools/target/cache.h \
	tools/target/core.c \
	tools/target/image.c tools/target/image.h \
	tools/target/maps.c \
	tools/target/process.c \
	tools/target/registers.c tools/target/registers.h \
	tools/target/runtime.c \
	tools/target/target.c tools/target/target.h
tools_libtools_la_CPPFLAGS = $(tools_cppflags)
tools_libtools_la_LIBADD = lib/libremote.la $(LIBELF_LIBS)
