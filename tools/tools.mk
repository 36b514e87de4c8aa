# SPDX-License-Identifier: Apache-2.0
#
# tools/libtools.la is the command without its main, for the tests as well.
tools_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir) -I$(top_srcdir)/tools \
	-DALLOTYPE_REMOTE -DALLOTYPE_LIBDIR='"$(libdir)"' $(LIBELF_CFLAGS)

noinst_LTLIBRARIES += tools/libtools.la
tools_libtools_la_SOURCES = \
	tools/command.h \
	tools/complain.c tools/complain.h \
	tools/groups.c tools/groups.h \
	tools/heap.c \
	tools/loader.c tools/loader.h \
	tools/meta.c \
	tools/metadata.c tools/metadata.h \
	tools/pprof.c tools/pprof.h \
	tools/run.c \
	tools/symbol.c tools/symbol.h \
	tools/target/cache.c tools/target/cache.h \
	tools/target/core.c \
	tools/target/debugger.c tools/target/debugger.h \
	tools/target/image.c tools/target/image.h \
	tools/target/maps.c \
	tools/target/process.c \
	tools/target/registers.c tools/target/registers.h \
	tools/target/runtime.c \
	tools/target/target.c tools/target/target.h \
	tools/view_remote.c tools/view_remote.h \
	tools/what.c
tools_libtools_la_CPPFLAGS = $(tools_cppflags)
tools_libtools_la_LIBADD = meta/libmeta.la lib/libremote.la $(LIBELF_LIBS)

bin_PROGRAMS += tools/allotype
tools_allotype_SOURCES = tools/main.c
tools_allotype_CPPFLAGS = $(tools_cppflags)
tools_allotype_LDADD = tools/libtools.la

dist_man_MANS += tools/allotype.1 tools/allocscc.1 tools/allotype-gdb.7 \
	tools/allotype-heap.3

# allocscc knows where it is installed; in the build tree it looks around.
bin_SCRIPTS += tools/allocscc
EXTRA_DIST += tools/allocscc.in
CLEANFILES += tools/allocscc
tools/allocscc: tools/allocscc.in Makefile
	$(AM_V_GEN)$(MKDIR_P) tools && sed -e 's,@includedir[@],$(includedir),' \
		-e 's,@libdir[@],$(libdir),' \
		$(top_srcdir)/tools/allocscc.in > $@.new && \
		chmod +x $@.new && mv $@.new $@

# gdb loads a script that is called after a library's real name, from the
# library's folder.
gdbscriptdir = $(pkgdatadir)
dist_gdbscript_DATA = tools/allotype-gdb.py
noinst_DATA = tools/gdb-autoload
CLEANFILES += tools/gdb-autoload
tools/gdb-autoload: liballotype.la
	$(AM_V_GEN)name=`readlink .libs/liballotype.so` && \
		$(LN_S) -f $(abs_top_srcdir)/tools/allotype-gdb.py \
			".libs/$$name-gdb.py" && : > $@

install-exec-hook:
	name=`readlink $(DESTDIR)$(libdir)/liballotype.so` && \
		$(INSTALL_DATA) $(srcdir)/tools/allotype-gdb.py \
			"$(DESTDIR)$(libdir)/$$name-gdb.py"
uninstall-hook:
	rm -f $(DESTDIR)$(libdir)/liballotype.so.*-gdb.py

bashcompletiondir = $(datadir)/bash-completion/completions
EXTRA_DIST += contrib/completions/allotype.bash
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(bashcompletiondir)"
	$(INSTALL_DATA) $(srcdir)/contrib/completions/allotype.bash \
		"$(DESTDIR)$(bashcompletiondir)/allotype"
uninstall-local:
	rm -f "$(DESTDIR)$(bashcompletiondir)/allotype"
