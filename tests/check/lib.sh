# SPDX-License-Identifier: Apache-2.0
# Sourced by the checks of this folder.  They run from the build folder with
# top_srcdir and top_builddir in the environment; each says every violation
# through `violation` and ends with `finish`.
set -u
: "${top_srcdir:=$(dirname "$0")/../..}" "${top_builddir:=.}"
: "${CC:=cc}" "${CXX:=c++}" "${NM:=nm}"
violations=0

violation() {
	echo "$*" >&2
	violations=$((violations + 1))
}

# All C sources and headers of ours below the given folders.
sources() {
	for folder; do
		[ ! -d "$top_srcdir/$folder" ] ||
			find "$top_srcdir/$folder" -name '*.[ch]' -o \
				-name '*.cc' -o -name '*.py' -o -name '*.sh'
	done | LC_ALL=C sort
}

finish() {
	[ "$violations" -eq 0 ] || exit 1
	exit 0
}
