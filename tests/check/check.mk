# SPDX-License-Identifier: Apache-2.0
# Checks of the tree and of the built library.  They say nothing about a
# sanitized build, whose library is the same.
structural_checks = \
	tests/check/layers.sh \
	tests/check/headers.sh \
	tests/check/exports.sh \
	tests/check/calls.sh \
	tests/check/style.sh
dist_check_SCRIPTS = $(structural_checks)
EXTRA_DIST += tests/check/lib.sh
if !SANITIZED
TESTS += $(structural_checks)
endif
