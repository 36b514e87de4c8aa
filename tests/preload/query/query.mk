# SPDX-License-Identifier: Apache-2.0
# The query API in programs under the runtime; the scripts compile them.
if !SANITIZED
TESTS += tests/preload/query/answers.sh tests/preload/query/demo.sh \
	tests/preload/query/collected.sh tests/preload/query/vtables.sh \
	tests/preload/query/libc.sh
endif
EXTRA_DIST += tests/preload/query/collected.c \
	tests/preload/query/collected.sh \
	tests/preload/query/vtables.cc tests/preload/query/vtables.sh \
	tests/preload/query/answers.c tests/preload/query/libc.c \
	tests/preload/query/answers.sh tests/preload/query/demo.sh \
	tests/preload/query/libc.sh
