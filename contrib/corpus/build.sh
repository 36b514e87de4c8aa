#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh NAME [OUTDIR]: builds a real program from its Debian source package
# with `gcc -g -O2` and nothing else, once, and prints its path.  OUTDIR has its
# source/, and compile_commands.json says how it was compiled.
# build.sh --list [c|cxx]: the names; those of programs of C, or of C++.
#
# Environment: CC, CXX, CFLAGS, CXXFLAGS, JOBS.  The default OUTDIR is named
# after them and lies in the cache (ALLOTYPE_CORPUS_DIR, or allotype-corpus in
# the user's cache directory).
set -eu
names_c="
	redis sqlite3 tmux lua5.4 jq nano less gawk memcached dash bc zsh
	rsync screen lighttpd patch flex mawk htop nginx dnsmasq dropbear
	curl make-dfsg tcc mosquitto libxml2 socat expat mujs jimtcl haproxy
	vim openssh mksh chrony tinyproxy nasm giflib ed flac xz-utils tiff
	libvorbis libarchive mbedtls bash postgresql-15 libgit2 cmark kmod
	bison apr wget e2fsprogs bluez unbound procps git busybox diffutils
	file iproute2 pkgconf python3.11 openssl glib2.0 dbus sudo perl cups
	strace freetype libpcap libuv1 libevent json-c libyaml mutt c-ares
	nghttp2 readline alsa-lib ncurses util-linux fontconfig iptables
	libx11 ruby3.1 exim4 coreutils tar tcl8.6 libxslt tor gnupg2 tcpdump
	jansson libzstd wpa gdbm libpng1.6 openvpn libwebp brotli opus pcre2
	cjson zlib bzip2 cpio lcms2 libsndfile fio mpg123 mdadm stunnel4 ppp
	pciutils libgd2 tree gifsicle wavpack cscope mtools bird2 graphviz
	rrdtool ntpsec weechat cairo apache2 subversion krb5 libgcrypt20
	xfsprogs ntfs-3g squashfs-tools proftpd-dfsg m4 unzip libssh2 ethtool
	libusb-1.0 wayland gnuplot nagios4 net-snmp hwloc rpm rsyslog dovecot
	binutils avahi frr ipmitool strongswan opensc mupdf xterm libnl3
	dhcpcd5 h2o ettercap knot iwd librdkafka angband bitlbee freeradius
	kamailio connman xrdp glpk bcftools puredata mpv moarvm raptor2
	libsdl2 augeas libsolv libssh ldns nspr openjpeg2 libwebsockets
	libxkbcommon multipath-tools cvs lsof x264 tgt pgbouncer cyrus-sasl2
	pulseaudio systemd freerdp2 audit wlroots libvncserver unixodbc
	nfs-utils pcsc-lite lldpd cryptsetup weston fontforge libgphoto2
	swi-prolog netpbm-free f2fs-tools isc-dhcp zint kbd potrace libbluray
	faad2 lame libcaca dosfstools libmtp libconfig pari slurm-wlm zabbix
	bogofilter crun sendmail opendkim libnice mini-httpd gnutls28 pgpool2
	chocolate-doom sofia-sip pacemaker hdf5 calc rtmpdump fuse3 mapserver
	igraph rasqal libzip ngspice libsmi tidy-html5 minidlna icecast2
	libxmp ortp metis pam texinfo scotch redland openmpi neon27 leptonlib
	xmlsec1 gnubg netcdf libmspack wcslib libsdl1.2 r-base sane-backends
	jackd2 mruby newlisp libmikmod duktape libsrtp2 libplist tarantool
	dpkg elfutils units graphicsmagick libtheora speex jbigkit gsl gprolog
	recode bubblewrap libsamplerate lvm2 ipset ucx opensmtpd librabbitmq
	hiredis suitesparse parted kexec-tools rdesktop libass
	grep findutils psmisc dc libtasn1-6 libidn2 libassuan libgpg-error
	postfix openntpd wolfssl libev syslog-ng
	libyang2 nng lmdb libmicrohttpd numactl libisofs masscan libdvdread
	libseccomp czmq iw shadow usbutils libcap-ng
	openldap btrfs-progs libcoap3 lz4 libexif
	pango1.0 gdk-pixbuf libdvdnav"
names_cxx="
	ninja-build hunspell muparser jsonnet zeromq3 lzip tinyxml taglib
	uchardet libebml gperf tinyxml2 re2 leveldb libjsoncpp yaml-cpp groff
	wabt cppunit graphite2 swig exiv2 libmodplug smartmontools znc
	mosh htmlcxx libpqxx vamp-plugin-sdk lziprecover
	clucene-core log4cplus nullmailer unittest++"
# Two are not programs of their own: sqlite's tests, and a library for Lua
# with its tests.
names_parts="sqlite3-tests lua-lpeg"
names="$names_c $names_cxx $names_parts"
usage() {
	echo "usage: $0 --list [c|cxx] | NAME [OUTDIR], NAME one of:" $names >&2
	exit 2
}
name=${1-}
if [ "$name" = --list ]; then
	case ${2-} in
	'') echo $names ;;
	c) echo $names_c ;;
	cxx) echo $names_cxx ;;
	*) usage ;;
	esac
	exit 0
fi
case " $(echo $names) " in
*" ${name:-?} "*) ;;
*) usage ;;
esac
here=$(dirname "$(realpath "$0")")
: "${CC:=gcc}" "${CXX:=g++}" "${CFLAGS:=-g -O2}" "${JOBS:=2}"
: "${CXXFLAGS:=$CFLAGS}"
export CC CXX CFLAGS CXXFLAGS
unset LD_PRELOAD
cache=${ALLOTYPE_CORPUS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/allotype-corpus}
out=${2:-$cache/$name-$(echo "$CC$CFLAGS" | tr -cd 'A-Za-z0-9')}
mkdir -p "$out"
out=$(realpath "$out")
source=$out/source
export CORPUS_COMMANDS="$out/commands"
compiler=$CC
CC="$here/record.py $compiler"
cxx="$here/record.py $CXX"
# What a cross compiler makes cannot be run by configure.
host=
case $compiler in
*-linux-gnu-gcc) host=${compiler%-gcc} ;;
esac

# Debian's Makefile wants libtool and builds C++ twins; upstream's link line
# is enough.  Cross compilers come without readline.
build_lua5_4() {
	readline=${host:+no}
	cd "$source/src"
	printf '#define DEB_HOST_MULTIARCH "x86_64-linux-gnu"\n' \
		> lua5.4-deb-multiarch.h
	make -j"$JOBS" READLINE="$readline" -f - <<'MAKE'
objects := $(patsubst %.c,%.o,$(filter-out luac.c ltests.c,$(wildcard *.c)))
lua: $(objects)
	$(CC) $(CFLAGS) -Wl,-E -o $@ $^ -lm -ldl $(if $(READLINE),,-lreadline)
%.o: %.c
	$(CC) -std=gnu99 -DLUA_COMPAT_5_3 -DLUA_USE_LINUX $(if $(READLINE),,-DLUA_USE_READLINE) $(CFLAGS) -c $< -o $@
MAKE
	binary=$source/src/lua
}

build_redis() {
	cd "$source"
	make -C deps -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" \
		hiredis lua hdr_histogram linenoise
	make -C src -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" OPTIMIZATION= DEBUG= \
		MALLOC=libc USE_SYSTEMD=no BUILD_TLS=no \
		redis-server redis-cli redis-benchmark
	binary=$source/src/redis-server
}

# The amalgamation and the shell as one binary; lookaside off as in Debian's
# package, so that every allocation reaches malloc.
build_sqlite3() {
	cd "$source"
	[ -f Makefile ] ||
		./configure --disable-tcl --disable-readline --enable-fts5 \
			${host:+--host="$host"}
	make -j"$JOBS" ${host:+LTLINK=gcc} sqlite3.c shell.c
	make -j"$JOBS" -f - sqlite3-shell <<'MAKE'
defines := -DSQLITE_OMIT_LOOKASIDE=1 -DSQLITE_ENABLE_FTS5 \
	-DSQLITE_ENABLE_RTREE -DSQLITE_THREADSAFE=1
sqlite3-shell: sqlite3.o shell.o
	$(CC) $(CFLAGS) -o $@ $^ -lm -ldl -lpthread
sqlite3.o shell.o: %.o: %.c
	$(CC) $(CFLAGS) $(defines) -I. -c $< -o $@
MAKE
	binary=$source/sqlite3-shell
}

build_sqlite3_tests() {
	cd "$source"
	tcl=$(ls /usr/lib/*/tcl8*/tclConfig.sh | tail -n 1)
	./configure --enable-fts5 --disable-readline \
		--with-tcl="$(dirname "$tcl")"
	make testfixture
	binary=$source/testfixture
}

build_lua_lpeg() {
	lua=$(CC=$compiler "$here/build.sh" lua5.4)
	make -C "$source" linux LUADIR="$(dirname "$lua")"
	binary=$source/lpeg.so
}

# cmake_make TARGET ARGUMENT...
cmake_make() {
	target=$1
	shift
	cmake -S "$source" -B "$out/cmake" -G "Unix Makefiles" \
		-DCMAKE_BUILD_TYPE=None -DBUILD_TESTING=OFF \
		-DCMAKE_C_COMPILER="$compiler" -DCMAKE_CXX_COMPILER="$CXX" \
		-DCMAKE_C_COMPILER_LAUNCHER="$here/record.py" \
		-DCMAKE_CXX_COMPILER_LAUNCHER="$here/record.py" \
		-DCMAKE_C_FLAGS="$CFLAGS" \
		-DCMAKE_CXX_FLAGS="$CXXFLAGS -DNDEBUG" "$@"
	make -C "$out/cmake" -j"$JOBS" "$target"
}

build_ninja_build() {
	cmake_make ninja
	binary=$out/cmake/ninja
}

build_muparser() {
	cmake_make example1 -DBUILD_SHARED_LIBS=OFF -DENABLE_OPENMP=OFF
	binary=$out/cmake/example1
}

# A shared object, whose calls of its own functions go through its PLT.
build_zeromq3() {
	cmake_make libzmq -DBUILD_TESTS=OFF -DBUILD_STATIC=OFF -DENABLE_CURVE=OFF \
		-DENABLE_PRECOMPILED=OFF -DWITH_DOCS=OFF -DWITH_PERF_TOOL=OFF
	binary=$(realpath "$out/cmake/lib/libzmq.so")
}

build_taglib() {
	cmake_make tag -DBUILD_SHARED_LIBS=ON
	binary=$(realpath "$out/cmake/taglib/libtag.so")
}

build_uchardet() {
	cmake_make uchardet -DBUILD_SHARED_LIBS=OFF
	binary=$out/cmake/src/tools/uchardet
}

build_libebml() {
	cmake_make ebml -DBUILD_SHARED_LIBS=ON
	binary=$(realpath "$out/cmake/libebml.so")
}

build_hunspell() {
	configure_make "-C src/hunspell" CXX="$cxx" --disable-shared --disable-nls
	remake -C src/parsers
	remake -C src/tools hunspell
	binary=$source/src/tools/hunspell
}

build_jsonnet() {
	make -C "$source" -j"$JOBS" CXX="$cxx" CC="$CC" jsonnet
	binary=$source/jsonnet
}

build_lzip() {
	cd "$source"
	./configure CXX="$cxx" CXXFLAGS="$CXXFLAGS"
	make -j"$JOBS"
	binary=$source/lzip
}

build_tinyxml() {
	make -C "$source" -j"$JOBS" CXX="$cxx" LD="$CXX" \
		TINYXML_USE_STL=YES RELEASE_CFLAGS="$CXXFLAGS"
	binary=$source/xmltest
}

# make for what autotools made, whose timestamps the unpacking has not kept.
remake() {
	make -j"$JOBS" ACLOCAL=: AUTOCONF=: AUTOHEADER=: AUTOMAKE=: MAKEINFO=: "$@"
}

# configure_make TARGET ARGUMENT...: what most need; documentation and
# translations do without.
configure_make() {
	target=$1
	shift
	cd "$source"
	[ -f configure ] || AUTOPOINT=true autoreconf -fi
	touch configure
	[ -f Makefile ] || ./configure --disable-dependency-tracking \
		${host:+--host="$host"} "$@"
	# shellcheck disable=SC2086 # options and words
	remake $target
}

# make_first PATTERN: those of the sources that "make all" would make first.
make_first() {
	printf 'include Makefile\nfirst: $(filter %s,$(BUILT_SOURCES))\n' "$1" |
		remake -f - first
}

build_tmux() {
	configure_make tmux
	binary=$source/tmux
}

build_jq() {
	configure_make "src/builtin.inc src/version.h" --disable-shared \
		--enable-static --disable-docs --disable-valgrind
	remake jq
	binary=$source/jq
}

build_nano() {
	configure_make "-C lib" --disable-nls
	remake -C src nano
	binary=$source/src/nano
}

build_less() {
	configure_make less
	binary=$source/less
}

build_gawk() {
	configure_make "-C support" --disable-nls --disable-extensions
	remake gawk
	binary=$source/gawk
}

build_memcached() {
	configure_make memcached --disable-docs
	binary=$source/memcached
}

# Debian adds a source file.
build_dash() {
	[ -f "$source/Makefile" ] || rm -f "$source/configure"
	configure_make "-C src" --without-libedit
	binary=$source/src/dash
}

build_bc() {
	configure_make "-C lib"
	remake -C bc bc
	binary=$source/bc/bc
}

build_zsh() {
	configure_make "-C Src EXELDFLAGS=" --disable-dynamic --with-tcsetpgrp
	binary=$source/Src/zsh
}

build_rsync() {
	configure_make rsync --disable-openssl --disable-xxhash \
		--disable-zstd --disable-lz4 --disable-md2man
	binary=$source/rsync
}

build_screen() {
	configure_make screen
	binary=$source/screen
}

build_lighttpd() {
	configure_make "-C src" --without-pcre2 --without-zlib \
		--without-bzip2
	binary=$source/src/lighttpd
}

build_patch() {
	configure_make "-C lib"
	remake -C src patch
	binary=$source/src/patch
}

build_flex() {
	configure_make "-C src" --disable-nls --disable-shared
	binary=$source/src/flex
}

build_mawk() {
	configure_make mawk
	binary=$source/mawk
}

build_htop() {
	configure_make htop --disable-unicode
	binary=$source/htop
}

build_nginx() {
	cd "$source"
	[ -f Makefile ] || ./configure --with-cc="$CC" --with-cc-opt="$CFLAGS" \
		--without-http_rewrite_module --without-http_gzip_module
	make -j"$JOBS" -f objs/Makefile objs/nginx
	binary=$source/objs/nginx
}

build_dnsmasq() {
	make -C "$source" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" BUILDDIR="$source/src" all
	binary=$source/src/dnsmasq
}

build_dropbear() {
	configure_make dropbear --disable-harden --disable-zlib
	binary=$source/dropbear
}

# Its own Makefile only says to configure.
build_curl() {
	[ -f "$source/config.status" ] || rm -f "$source/Makefile"
	configure_make "-C lib" --disable-shared --without-ssl \
		--disable-ldap --without-zlib --without-libpsl
	remake -C src curl
	binary=$source/src/curl
}

build_make_dfsg() {
	configure_make "-C lib" --disable-nls --without-guile
	remake make
	binary=$source/make
}

# Not stripped.
build_tcc() {
	cd "$source"
	[ -f config.mak ] ||
		./configure --debug --cc="$CC" --extra-cflags="$CFLAGS"
	make -j"$JOBS" tcc
	binary=$source/tcc
}

build_mosquitto() {
	make -C "$source/src" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" \
		WITH_TLS=no WITH_CJSON=no WITH_SYSTEMD=no WITH_STRIP=no \
		mosquitto
	binary=$source/src/mosquitto
}

build_libxml2() {
	configure_make xmllint --disable-shared --without-python \
		--without-lzma --without-icu --without-zlib
	binary=$source/xmllint
}

build_socat() {
	configure_make socat --disable-openssl --disable-libwrap
	binary=$source/socat
}

build_vim() {
	cd "$source/src"
	[ -f auto/config.h ] ||
		./configure --enable-gui=no --without-x --disable-nls \
			--disable-acl --disable-gpm --disable-canberra
	make -j"$JOBS" vim
	binary=$source/src/vim
}

build_openssh() {
	configure_make ssh --without-openssl --without-zlib \
		--without-stackprotect --without-hardening --without-pie
	binary=$source/ssh
}

build_expat() {
	source=$source/expat
	configure_make "-C lib" --disable-shared --without-docbook \
		--without-tests --without-examples
	remake -C xmlwf xmlwf
	binary=$source/xmlwf/xmlwf
}

build_mujs() {
	make -C "$source" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" \
		build=debug build/debug/mujs
	binary=$source/build/debug/mujs
}

build_jimtcl() {
	configure_make jimsh --disable-docs --without-ext=readline
	binary=$source/jimsh
}

build_haproxy() {
	make -C "$source" -j"$JOBS" CC="$CC" TARGET=linux-glibc \
		CPU_CFLAGS="$CFLAGS" DEBUG_CFLAGS= USE_LIBCRYPT= haproxy
	binary=$source/haproxy
}

build_mksh() {
	cd "$source"
	CPPFLAGS=-DMKSH_BUILDMEAT CC="$CC" CFLAGS="$CFLAGS" sh Build.sh -r
	binary=$source/mksh
}

build_chrony() {
	cd "$source"
	[ -f Makefile ] || CC="$CC" CFLAGS="$CFLAGS" ./configure \
		--without-readline --without-editline --without-nettle \
		--without-gnutls --without-nss --without-tomcrypt \
		--without-seccomp
	make -j"$JOBS" chronyd
	binary=$source/chronyd
}

build_tinyproxy() {
	configure_make "-C src" --disable-xtinyproxy
	binary=$source/src/tinyproxy
}

build_nasm() {
	configure_make nasm
	binary=$source/nasm
}

build_giflib() {
	make -C "$source" -j"$JOBS" CC="$CC" OFLAGS="$CFLAGS" gifbuild
	binary=$source/gifbuild
}

build_ed() {
	cd "$source"
	[ -f Makefile ] || ./configure CC="$CC" CFLAGS="$CFLAGS"
	make -j"$JOBS" ed
	binary=$source/ed
}

build_flac() {
	configure_make "-C src" --disable-shared --disable-ogg \
		--disable-cpplibs --disable-examples --disable-asm-optimizations
	binary=$source/src/flac/flac
}

build_gperf() {
	configure_make "" CXX="$cxx"
	binary=$source/src/gperf
}

build_tinyxml2() {
	make -C "$source" -j"$JOBS" CXX="$cxx" CXXFLAGS="$CXXFLAGS" xmltest
	binary=$source/xmltest
}

build_xz_utils() {
	configure_make "-C src/liblzma" --disable-shared --disable-nls
	remake -C src/xz xz
	binary=$source/src/xz/xz
}

build_tiff() {
	configure_make "-C port" --disable-shared --disable-cxx --disable-jpeg \
		--disable-lzma --disable-zstd --disable-webp --disable-jbig \
		--disable-lerc --disable-libdeflate --without-x
	remake -C libtiff libtiff.la
	remake -C tools tiffcrop
	binary=$source/tools/tiffcrop
}

# A shared object: no program of its own has all of it.
build_libvorbis() {
	configure_make "-C lib libvorbis.la" --disable-static
	binary=$(realpath "$source/lib/.libs/libvorbis.so")
}

build_libarchive() {
	configure_make bsdtar --disable-shared --without-bz2lib --without-lz4 \
		--without-zstd --without-lzma --without-openssl \
		--without-nettle --without-xml2 --without-expat \
		--disable-acl --disable-xattr
	binary=$source/bsdtar
}

build_mbedtls() {
	make -C "$source/library" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" static
	make -C "$source/programs" CC="$CC" CFLAGS="$CFLAGS" ssl/ssl_server2
	binary=$source/programs/ssl/ssl_server2
}

build_bash() {
	configure_make bash --without-bash-malloc --disable-nls
	binary=$source/bash
}

# Its own Makefile only says to configure.
build_postgresql_15() {
	[ -f "$source/config.status" ] || rm -f "$source/Makefile"
	configure_make "-C src/backend generated-headers" --without-readline \
		--without-zlib --without-icu
	make -C src/bin/pg_dump -j"$JOBS" pg_dump
	binary=$source/src/bin/pg_dump/pg_dump
}

build_libgit2() {
	cmake_make libgit2package \
		-DBUILD_TESTS=OFF -DBUILD_CLI=OFF -DUSE_HTTPS=OFF -DUSE_SSH=OFF \
		-DREGEX_BACKEND=regcomp -DUSE_HTTP_PARSER=system
	binary=$(realpath "$out/cmake/libgit2.so")
}

# Its tables are made of what Unicode says.
build_re2() {
	make -C "$source" -j"$JOBS" CXX="$cxx" CXXFLAGS="$CXXFLAGS" \
		REBUILD_TABLES=1 obj/so/libre2.so
	binary=$(realpath "$source/obj/so/libre2.so")
}

build_leveldb() {
	cmake_make leveldb -DBUILD_SHARED_LIBS=ON -DLEVELDB_BUILD_TESTS=OFF \
		-DLEVELDB_BUILD_BENCHMARKS=OFF
	binary=$(realpath "$out/cmake/libleveldb.so")
}

build_libjsoncpp() {
	cmake_make jsoncpp_lib -DBUILD_SHARED_LIBS=ON \
		-DJSONCPP_WITH_TESTS=OFF
	binary=$(realpath "$out/cmake/lib/libjsoncpp.so")
}

build_yaml_cpp() {
	cmake_make yaml-cpp-parse -DYAML_BUILD_SHARED_LIBS=OFF \
		-DYAML_CPP_BUILD_TESTS=OFF
	binary=$out/cmake/util/parse
}

build_groff() {
	configure_make Makefile CXX="$cxx" --without-x --without-uchardet \
		--with-doc=no
	echo 'sources: $(BUILT_SOURCES)' | remake -f Makefile -f - sources
	remake troff
	binary=$source/troff
}

build_wabt() {
	cmake_make wasm-interp -DBUILD_TESTS=OFF -DBUILD_LIBWASM=OFF
	binary=$out/cmake/wasm-interp
}

build_cppunit() {
	configure_make "-C src" CXX="$cxx" --disable-doxygen --disable-static
	binary=$(realpath "$source/src/cppunit/.libs/libcppunit.so")
}

build_graphite2() {
	cmake_make graphite2
	binary=$(realpath "$out/cmake/src/libgraphite2.so")
}

build_swig() {
	configure_make Makefile CXX="$cxx" --without-pcre --disable-ccache
	remake -C Source
	binary=$source/swig
}

. "$here/recipes.sh"
. "$here/recipes_libraries.sh"
. "$here/recipes_services.sh"
. "$here/recipes_tools.sh"
. "$here/recipes_daemons.sh"

exec 8> "$out/lock"
flock 8
if [ ! -f "$out/binary" ] || [ ! -x "$(cat "$out/binary")" ]; then
	exec 3>&1 4>&2 > "$out/log" 2>&1
	trap 'echo "$name could not be built; the end of $out/log:" >&4
		tail -n 15 "$out/log" >&4' EXIT
	"$here/fetch.sh" "${name%-tests}" "$source"
	: > "$CORPUS_COMMANDS"
	"build_$(echo "$name" | tr .+- ___)"
	{ echo "["; sed '$s/,$//' "$CORPUS_COMMANDS"; echo "]"; } \
		> "$out/compile_commands.json"
	echo "$binary" > "$out/binary"
	trap - EXIT
	exec >&3 2>&4
fi
cat "$out/binary"
