# SPDX-License-Identifier: Apache-2.0
# Death tests: what a misuse of the heap says.
if !SANITIZED
TESTS += tests/preload/misuse/death.sh
endif
EXTRA_DIST += tests/preload/misuse/death.c tests/preload/misuse/death.sh
