#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install-deps.sh [--tests|--types|--bench]: installs what is missing on Debian 12
# with apt, through sudo when not root.  Says nothing when nothing is missing.
# --tests adds what contrib/check.sh needs: other compilers, the debugger, the
# real programs that run under the runtime and what builds them.
# --types asks for what `make types-report` needs: what its programs are built
# from, and clang's syntax tree.
# --bench asks for the allocators that contrib/bench compares with, and for
# what builds and runs its programs; nothing else.
set -eu
packages="autoconf automake libtool make pkg-config gcc g++ libc6-dev
	libelf-dev libdw-dev libunwind-dev libcapstone-dev libiberty-dev
	libcmocka-dev"
case ${1-} in
'') ;;
--tests)
	packages="$packages clang-14 llvm-14 python3-clang-14 rustc gdb binutils elfutils python3 tcl
		procps psmisc util-linux git perl bash xz-utils
		ca-certificates dpkg-dev patch cmake libreadline-dev
		dwarves dwz groff-base libdebuginfod1 libzstd1
		gcc-aarch64-linux-gnu g++-aarch64-linux-gnu
		libc6-dev-arm64-cross valgrind afl++ tcl-dev
		libpython3.11-testsuite"
	;;
--bench)
	packages="libmimalloc2.0 libjemalloc2 libtcmalloc-minimal4 gcc g++
		valgrind python3 util-linux make ca-certificates dpkg-dev
		patch libreadline-dev tcl dwarves gdb binutils"
	;;
--types)
	packages="$packages clang-14 llvm-14 python3 python3-clang-14 binutils
		ca-certificates dpkg-dev patch cmake tcl libreadline-dev
		libevent-dev libncurses-dev libonig-dev libcrypt-dev bison flex
		gettext groff-base libutfcpp-dev unicode-data perl zlib1g-dev
		libogg-dev libhttp-parser-dev libtool libglib2.0-dev
		libdbus-1-dev libssl-dev libexpat1-dev libxml2-dev
		libfreetype-dev uuid-dev xtrans-dev x11proto-dev libxcb1-dev
		libdb-dev libpcre2-dev libudev-dev libical-dev libpcap-dev
		libgcrypt20-dev libassuan-dev libksba-dev libnpth0-dev
		libcap-ng-dev liblzo2-dev libnl-genl-3-dev gperf meson
		libpng-dev libjpeg-dev libfontconfig-dev libapr1-dev
		libaprutil1-dev libcurl4-gnutls-dev libgnutls28-dev
		libpixman-1-dev libsqlite3-dev libzstd-dev
		liburcu-dev libinih-dev libblkid-dev libmnl-dev libffi-dev
		libpopt-dev libmagic-dev liblua5.4-dev libarchive-dev
		libbz2-dev liblzma-dev libestr-dev libfastjson-dev
		libsystemd-dev libltdl-dev libdaemon-dev libcap-dev libyang2-dev
		libjson-c-dev python3-dev libgmp-dev libpcsclite-dev
		libgumbo-dev libjbig2dec0-dev libmujs-dev libopenjp2-7-dev
		libharfbuzz-dev liblcms2-dev libxaw7-dev libxt-dev
		libnet1-dev liblmdb-dev libedit-dev libtalloc-dev
		libxtables-dev libpam0g-dev libxfixes-dev libxrandr-dev
		libxext-dev libxcursor-dev libxi-dev libasound2-dev libhts-dev
		libavcodec-dev libavdevice-dev libavfilter-dev libavformat-dev
		libavutil-dev libswresample-dev libswscale-dev libass-dev
		libatomic-ops-dev libtommath-dev libuv1-dev libxslt1-dev
		libaio-dev libdevmapper-dev libmount-dev libnsl-dev
		libwayland-dev wayland-protocols libdrm-dev libxkbcommon-dev
		libinput-dev libseat-dev libgbm-dev libegl-dev libgles-dev
		libsndfile1-dev hwdata python3-jinja2 libicu-dev
		libtirpc-dev libbsd-dev libevdev-dev libcairo2-dev
		libgif-dev libtiff-dev libudfread-dev libusb-1.0-0-dev
		libpq-dev libmilter-dev libldap-dev liblua5.3-dev
		libyajl-dev libseccomp-dev libsdl2-dev libsdl2-mixer-dev
		libsdl2-net-dev nettle-dev libp11-kit-dev libidn2-dev
		libqb-dev libcpg-dev libcfg-dev libcmap-dev libquorum-dev
		libcorosync-common-dev
		libgdal-dev libproj-dev libplfit-dev libarpack2-dev
		liblapack-dev libblas-dev libglpk-dev
		libraptor2-dev
		libbctoolbox-dev librasqal3-dev
		golang-github-opencontainers-specs-dev
		golang-github-opencontainers-image-spec-dev
		libid3tag0-dev libexif-dev libflac-dev libvorbis-dev
		libtheora-dev libspeex-dev libwebp-dev libpulse-dev libgl-dev
		gfortran autoconf-archive ruby libyaml-dev
		libibverbs-dev librdmacm-dev protobuf-compiler libprotobuf-dev
		libivykis-dev libpcre3-dev libzmq3-dev libsasl2-dev
		libdvdread-dev libfribidi-dev"
	;;
*)
	echo "usage: $0 [--tests|--types|--bench]" >&2
	exit 2
	;;
esac

missing=
for package in $packages; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null) ||
		state=
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
echo "installing:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends $missing > /dev/null
