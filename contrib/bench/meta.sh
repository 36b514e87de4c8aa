#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# meta.sh [FILE...]
#
# allotype-meta beside `pahole -J` and gdb-add-index on the same ELF files,
# interleaved: wall clock, CPU time, peak memory; what the metadata takes of
# the size of the DWARF sections; how long loading it takes.  Without FILE:
# redis-server (contrib/corpus) and Debian's kernel, 200 MB of DWARF, which is
# fetched once (280 MB).  Prints a table, leaves CSV in the build folder's
# bench/.  Run by `make bench-meta [FILES="..."]`.  Environment: ROUNDS (5),
# CC, ALLOTYPE_CORPUS_DIR.
#
# pahole gives up on most C++; it is left out of the table then.
set -eu
here=$(dirname "$(realpath "$0")")
top_builddir=$(realpath "${top_builddir:-.}")
work=$top_builddir/bench
cache=${ALLOTYPE_CORPUS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/allotype-corpus}
rounds=${ROUNDS:-5}
runs=$work/meta.csv
export LC_ALL=C
unset LD_PRELOAD DEBUGINFOD_URLS

# The newest kernel of those that Debian offers with debug information.
kernel() {
	local out=$cache/kernel package
	if [ ! -f "$out/vmlinux" ]; then
		package=$(apt-cache search --names-only \
			'^linux-image-[0-9.-]*-cloud-amd64-dbg$' |
			sort -V | awk '{ print $1; exit }')
		[ -n "$package" ] || return 1
		mkdir -p "$out"
		(cd "$out" && apt-get download -qq "$package" >&2 &&
			dpkg --fsys-tarfile ./*.deb |
			tar -xO --wildcards './usr/lib/debug/boot/vmlinux*' \
				> vmlinux.new && rm ./*.deb &&
			mv vmlinux.new vmlinux) || return 1
	fi
	echo "$out/vmlinux"
}

# sample FILE TOOL COMMAND...: a row of the CSV; nothing when it fails.
sample() {
	local name tool=$2 begin end
	name=$(basename "$1")
	shift 2
	rm -f "$work/figures"
	begin=${EPOCHREALTIME/./}
	"$work/measure" -o "$work/figures" "$@" > "$work/out" \
		2> "$work/err" || return 1
	end=${EPOCHREALTIME/./}
	echo "$round,$name,$tool,$((end - begin)),$(tr ' ' , < "$work/figures")" \
		>> "$runs"
}

# pahole and gdb change the file: they get a copy.  The index is written
# beside it, as gdb-add-index has it written before it adds it.
round_of() {
	local file=$1 copy=$work/copy meta=$top_builddir/allotype-meta
	sample "$file" allotype "$meta" build -o "$work/meta.out" "$file"
	sample "$file" no-source "$meta" build --no-source \
		-o "$work/meta.none" "$file"
	sample "$file" no-sites "$meta" build --no-sites \
		-o "$work/meta.none" "$file"
	cp "$file" "$copy"
	# It ends well when it gives up on a unit: then there is no section.
	if sample "$file" pahole pahole -J "$copy" &&
		! size -A "$copy" | grep -q '^\.BTF '; then
		sed -i '$d' "$runs"
	fi
	if command -v gdb-add-index > /dev/null; then
		cp "$file" "$copy"
		sample "$file" gdb-add-index gdb-add-index "$copy" || :
	fi
	rm -f "$copy"
}

sizes_of() {
	local file=$1 dwarf
	dwarf=$(size -A "$file" | awk '/^\.debug/ { s += $2 } END { print s + 0 }')
	echo "$(basename "$file"),$dwarf,$(stat -c %s "$work/meta.out"),$(
		"$top_builddir/contrib/bench/meta_load" "$work/meta.out" |
			tr ' ' ,)" >> "$work/meta-size.csv"
}

mkdir -p "$work"
exec 9> "$work/lock"
flock -n 9 || { echo "another run uses $work" >&2; exit 1; }
command -v pahole > /dev/null || { echo "pahole is missing" >&2; exit 1; }
if [ $# = 0 ]; then
	set -- "$("$here/../corpus/build.sh" redis)"
	if big=$(kernel); then
		set -- "$@" "$big"
	else
		echo "meta.sh: no kernel with debug information to be had" >&2
	fi
fi
${CC:-cc} -std=gnu11 -O2 -o "$work/measure" "$here/measure.c"
echo 'round,file,tool,wall_us,user_us,system_us,peak_kb,end_kb,minor_faults' \
	> "$runs"
: > "$work/meta-size.csv"
for file; do
	for round in $(seq "$rounds"); do
		round_of "$file"
	done
	sizes_of "$file"
done
rm -f "$work/meta.out" "$work/meta.none"
awk -F , -f "$here/meta.awk" "$runs" "$work/meta-size.csv"
echo
echo "every run: $runs"
