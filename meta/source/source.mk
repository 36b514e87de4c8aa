# SPDX-License-Identifier: Apache-2.0
# The reader of source lines; part of libmeta.la, which has the model.
noinst_LTLIBRARIES += meta/libsource.la
meta_libsource_la_SOURCES = \
	meta/model.h \
	meta/source/allocation.c meta/source/allocation.h \
	meta/source/assignment.c meta/source/assignment.h \
	meta/source/condition.c meta/source/condition.h \
	meta/source/ctype.c meta/source/ctype.h \
	meta/source/declaration.c meta/source/declaration.h \
	meta/source/expression.c meta/source/expression.h \
	meta/source/generated.c meta/source/generated.h \
	meta/source/macro.c meta/source/macro.h \
	meta/source/macrotable.c meta/source/macrotable.h \
	meta/source/debuginfod.c meta/source/debuginfod.h \
	meta/source/md5.c meta/source/md5.h \
	meta/source/names.c meta/source/names.h \
	meta/source/parser.h \
	meta/source/recordtext.c meta/source/recordtext.h \
	meta/source/resolve.c meta/source/resolve.h \
	meta/source/scope.c meta/source/scope.h \
	meta/source/source.c meta/source/source.h \
	meta/source/sourcefile.c meta/source/sourcefile.h \
	meta/source/statement.c meta/source/statement.h \
	meta/source/terms.c meta/source/terms.h \
	meta/source/token.c meta/source/token.h \
	meta/source/typename.c \
	meta/source/verify.c meta/source/verify.h
meta_libsource_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
meta_libmeta_la_LIBADD += meta/libsource.la
