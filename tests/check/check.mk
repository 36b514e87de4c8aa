# SPDX-License-Identifier: Apache-2.0
# Checks of the tree and of the built library.  They say nothing about a
# sanitized build, whose library is the same.
structural_checks = \
	tests/check/layers.sh \
	tests/check/headers.sh \
	tests/check/exports.sh \
	tests/check/calls.sh \
	tests/check/fast_path.py \
	tests/check/style.sh
dist_check_SCRIPTS = $(structural_checks) tests/check/install.sh
EXTRA_DIST += tests/check/lib.sh
if !SANITIZED
TESTS += $(structural_checks)
endif

# Of what `make install` has put in place, distcheck's too.
installcheck-local:
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	CC='$(CC)' CXX='$(CXX)' bindir='$(bindir)' libdir='$(libdir)' \
	includedir='$(includedir)' mandir='$(mandir)' \
	pkgconfigdir='$(pkgconfigdir)' pkgdatadir='$(pkgdatadir)' \
		$(top_srcdir)/tests/check/install.sh
