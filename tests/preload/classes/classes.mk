# SPDX-License-Identifier: Apache-2.0
# Classes of objects in programs as users build them.
if !SANITIZED
TESTS += tests/preload/classes/classes.sh
endif
EXTRA_DIST += tests/preload/classes/classes.sh tests/preload/classes/answers.c \
	tests/preload/classes/maps.c tests/preload/classes/zoo.c
