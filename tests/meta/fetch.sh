#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A source package that came in parts is fetched again, one that is whole is not.
. "$(dirname "$0")/lib.sh"
command -v dpkg-source > /dev/null || skip "no dpkg-source"
top_srcdir=$(cd "$top_srcdir" && pwd)
mirror=$work/mirror stub=$work/stub
cache=$work/cache/sources/tool
mkdir -p "$mirror" "$stub" "$cache" "$work/tool-1.0"
echo text > "$work/tool-1.0/read.me"
tar -C "$work" -czf "$mirror/tool_1.0.tar.gz" tool-1.0
size=$(stat -c %s "$mirror/tool_1.0.tar.gz")
sum=$(md5sum < "$mirror/tool_1.0.tar.gz" | cut -d ' ' -f 1)
cat > "$mirror/tool_1.0.dsc" <<EOF
Format: 1.0
Source: tool
Binary: tool
Architecture: any
Version: 1.0
Maintainer: nobody <nobody@localhost>
Checksums-Sha256:
 $(sha256sum < "$mirror/tool_1.0.tar.gz" | cut -d ' ' -f 1) $size tool_1.0.tar.gz
Files:
 $sum $size tool_1.0.tar.gz
EOF
cat > "$stub/apt-get" <<EOF
#!/bin/sh
echo "\$*" >> "$work/asked"
case \$* in
*--download-only*) cp "$mirror"/* . ;;
esac
EOF
chmod +x "$stub/apt-get"
PATH=$stub:$PATH ALLOTYPE_CORPUS_DIR=$work/cache
export PATH ALLOTYPE_CORPUS_DIR

# fetched DIR: unpacks the package as that.
fetched() {
	: > "$work/asked"
	"$top_srcdir/contrib/corpus/fetch.sh" tool "$1" 2> "$work/err" &&
		[ "$(cat "$1/read.me")" = text ] || fail "$1: $(cat "$work/err")"
}

cp "$mirror/tool_1.0.dsc" "$cache"
fetched "$work/first"
grep -q -- --download-only "$work/asked" || fail "a lone .dsc is taken for all"
fetched "$work/second"
[ ! -s "$work/asked" ] || fail "what is whole is fetched again"
head -c 10 "$mirror/tool_1.0.tar.gz" > "$cache/tool_1.0.tar.gz"
fetched "$work/third"
grep -q -- --download-only "$work/asked" || fail "a part is taken for all"
finish
