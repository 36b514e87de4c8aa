# SPDX-License-Identifier: Apache-2.0
if !SANITIZED
TESTS += tests/preload/profile/profile.sh
endif
EXTRA_DIST += tests/preload/profile/profile.py \
	tests/preload/profile/profile.sh tests/preload/profile/sampled.c \
	tests/preload/profile/sampled.py tests/preload/profile/subject.c
