#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fetch.sh PACKAGE DIR: unpacks the Debian source package PACKAGE as DIR.
#
# The machine's apt may know binary packages only.  Its configured entries are
# copied as source entries into a private apt state under the cache, so that
# nothing of the system's own lists changes and root is not needed.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 PACKAGE DIR" >&2; exit 2; }
package=$1
dir=$(realpath -m "$2")
[ ! -d "$dir" ] || exit 0
cache=${ALLOTYPE_CORPUS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/allotype-corpus}
apt=$cache/apt
mkdir -p "$apt/entries" "$apt/lists/partial" "$apt/archives/partial" \
	"$cache/sources/$package" "$(dirname "$dir")"

with_private_state() {
	command=$1
	shift
	"$command" -qq -o Dir::Etc::SourceList=/dev/null \
		-o Dir::Etc::SourceParts="$apt/entries" \
		-o Dir::State::Lists="$apt/lists" \
		-o Dir::Cache::Archives="$apt/archives" \
		-o APT::Sandbox::User=root "$@"
}

write_source_entries() {
	rm -f "$apt"/entries/*
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$file" ] || continue
		sed -n 's/^deb[[:space:]]/deb-src /p' "$file" \
			> "$apt/entries/$(basename "$file" .list).list"
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -f "$file" ] || continue
		sed 's/^Types:.*/Types: deb-src/' "$file" \
			> "$apt/entries/$(basename "$file")"
	done
}

# The newest version first; an older one where the mirror lacks that file.
download() {
	with_private_state apt-get source --download-only "$package" && return
	for version in $(with_private_state apt-cache showsrc "$package" |
			 sed -n 's/^Version: //p' | sort -Vru); do
		echo "$package: trying version $version" >&2
		with_private_state apt-get source --download-only \
			"$package=$version" && return
	done
	echo "$package: no source package can be fetched with this" \
		"machine's apt sources" >&2
	return 1
}

# whole DSC: are the files there that it names, in their sizes?
whole() {
	awk '/^[^ ]/ { files = /^Files:/ } files && NF == 3 { print $2, $3 }' \
		"$1" > "$apt/files"
	while read -r size name; do
		[ "$(stat -c %s "$name" 2> /dev/null)" = "$size" ] || return 1
	done < "$apt/files"
}

# Debian's own order of versions: the newest that came whole, if any did.
newest() {
	for dsc in $(ls ./*.dsc 2> /dev/null | sort -Vr); do
		! whole "$dsc" || { echo "$dsc"; return; }
	done
}

exec 9> "$cache/lock"
flock 9
cd "$cache/sources/$package"
dsc=$(newest)
if [ -z "$dsc" ]; then
	write_source_entries
	with_private_state apt-get update
	download
	dsc=$(newest)
fi
dpkg-source --no-check -x "$dsc" "$dir.new" > /dev/null
mv "$dir.new" "$dir"
