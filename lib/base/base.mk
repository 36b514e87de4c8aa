# SPDX-License-Identifier: Apache-2.0
base_sources = \
	lib/base/cursor.h \
	lib/base/exponential.c lib/base/exponential.h \
	lib/base/export.h \
	lib/base/folded.h \
	lib/base/lock.c lib/base/lock.h \
	lib/base/log.c lib/base/log.h \
	lib/base/options.c lib/base/options.h \
	lib/base/private.c lib/base/private.h \
	lib/base/report.c lib/base/report.h \
	lib/base/space.h \
	lib/base/status.h \
	lib/base/sys.c lib/base/sys.h \
	lib/base/text.c lib/base/text.h \
	lib/base/words.h
