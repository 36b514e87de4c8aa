# SPDX-License-Identifier: Apache-2.0
# Real programs under the runtime.  Longer than `make check` may be, and in
# need of programs that are fetched and built: contrib/check.sh runs them.
real_tests = \
	tests/real/demo.sh \
	tests/real/live.sh \
	tests/real/lua.sh \
	tests/real/lua_suite.sh \
	tests/real/memory.sh \
	tests/real/metadata.sh \
	tests/real/ninja.sh \
	tests/real/python.sh \
	tests/real/python_suite.sh \
	tests/real/redis.sh \
	tests/real/sqlite3.sh \
	tests/real/sqlite3_suite.sh \
	tests/real/tools.sh
dist_noinst_SCRIPTS += tests/run-real.sh $(real_tests)
EXTRA_DIST += tests/real/lib.sh tests/real/demo.c tests/README.md \
	tests/real/lua/control.lua tests/real/lua/io.lua \
	tests/real/lua/strings.lua tests/real/lua/tables.lua

.PHONY: check-real check-unit
check-real: all
	top_builddir='$(abs_top_builddir)' $(top_srcdir)/tests/run-real.sh

# The unit tests alone: all that a sanitized build is for.
check-unit:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(filter tests/unit/% tests/fuzz/%,$(TESTS))'
