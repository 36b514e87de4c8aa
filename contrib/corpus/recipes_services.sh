# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Read by build.sh, which says what there is: how services, their clients and
# their libraries are built.

build_xterm() {
	configure_make xterm --disable-full-tgetent --enable-sixel-graphics \
		--enable-regis-graphics --disable-setuid
	binary=$source/xterm
}

# The library of routes, links and classes.
build_libnl3() {
	configure_make lib/libnl-route-3.la --disable-static --disable-cli
	binary=$(realpath "$source/lib/.libs/libnl-route-3.so")
}

build_dhcpcd5() {
	cd "$source"
	[ -f config.mk ] || ./configure --without-udev
	make -C src -j"$JOBS" dhcpcd
	binary=$source/src/dhcpcd
}

build_h2o() {
	cmake_make h2o -DWITH_MRUBY=OFF -DWITH_BUNDLED_SSL=OFF
	binary=$out/cmake/h2o
}

# The library, which has all but the interfaces.
build_ettercap() {
	cmake_make lib_ettercap -DCMAKE_BUILD_TYPE=Release \
		-DCMAKE_C_FLAGS_RELEASE= -DENABLE_GTK=OFF \
		-DENABLE_LUA=OFF -DENABLE_GEOIP=OFF -DENABLE_IPV6=ON \
		-DBUNDLED_LIBS=OFF -DENABLE_PLUGINS=OFF
	binary=$(realpath "$out/cmake/src/libettercap.so")
}

# What serves names, with its library.
build_knot() {
	configure_make Makefile --disable-shared --enable-static \
		--disable-documentation --disable-fastparser --disable-systemd \
		--disable-dbus --without-libidn --disable-xdp
	make_first %
	remake -C src knotd
	binary=$source/src/knotd
}

build_iwd() {
	configure_make Makefile --disable-client --disable-monitor \
		--disable-systemd-service --disable-manual-pages \
		--disable-dbus-policy
	make_first %
	remake src/iwd
	binary=$source/src/iwd
}

# The library of C.
build_librdkafka() {
	cmake_make rdkafka -DRDKAFKA_BUILD_STATIC=OFF \
		-DRDKAFKA_BUILD_EXAMPLES=OFF -DRDKAFKA_BUILD_TESTS=OFF
	binary=$(realpath "$out/cmake/src/librdkafka.so")
}

# Its makefile has a level of its own.
build_angband() {
	cd "$source"
	[ -f mk/buildsys.mk ] || ./configure --disable-x11 --disable-sdl \
		--disable-sdl2 --enable-curses --enable-stats
	sed -i 's/ -O0$//' src/Makefile
	make -C src -j"$JOBS"
	binary=$source/src/angband
}

build_bitlbee() {
	cd "$source"
	[ -f Makefile.settings ] || ./configure --ssl=gnutls --doc=0 \
		--strip=0 --debug=0
	make -j"$JOBS"
	binary=$source/bitlbee
}

# The server of RADIUS, with its library and the modules.
build_freeradius() {
	cd "$source"
	[ -f Make.inc ] || ./configure --with-shared-libs=no --without-modules \
		--disable-developer --without-rlm_perl
	make -j"$JOBS" radiusd
	binary=$source/build/bin/radiusd
}

# The server of SIP itself, with its parsers and its pools.
build_kamailio() {
	make -C "$source/src" cfg
	make -C "$source/src" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" kamailio
	binary=$source/src/kamailio
}

build_connman() {
	configure_make Makefile --disable-tools --disable-client \
		--disable-datafiles --disable-openconnect --disable-openvpn \
		--disable-vpnc --disable-l2tp --disable-pptp --disable-wireguard
	make_first %
	remake src/connmand
	binary=$source/src/connmand
}

build_xrdp() {
	configure_make Makefile --disable-shared --enable-static \
		--disable-rfxcodec --disable-painter --disable-vsock
	for part in common libxrdp sesman/libscp xrdp; do
		remake -C $part
	done
	binary=$source/xrdp/xrdp
}

build_smartmontools() {
	configure_make smartctl CXX="$cxx" --without-libsystemd \
		--without-libcap-ng --without-selinux
	binary=$source/smartctl
}

build_znc() {
	cmake_make znc -DWANT_ZLIB=OFF -DWANT_CYRUS=OFF -DWANT_ICU=OFF \
		-DWANT_PERL=OFF -DWANT_PYTHON=OFF -DWANT_I18N=OFF
	binary=$out/cmake/src/znc
}

# The library of paths to disks, of those that the daemon is made of.
build_multipath_tools() {
	cd "$source"
	make config.mk CC="$CC" OPTFLAGS="$CFLAGS" ENABLE_LIBDMMP=0
	for part in libmpathcmd libmpathutil libmultipath; do
		make -C $part -j"$JOBS" CC="$CC" OPTFLAGS="$CFLAGS" WARNFLAGS=
	done
	binary=$(realpath "$source/libmultipath/libmultipath.so")
}

# Disks that others may use.
build_tgt() {
	sed -i 's/-g -O2 -fno/-fno/; s/-Werror//' "$source/usr/Makefile"
	make -C "$source/usr" -j"$JOBS" CC="$CC" tgtd
	binary=$source/usr/tgtd
}

# Pools of connections to databases.
build_pgbouncer() {
	cd "$source"
	[ -f config.mak ] || ./configure --without-openssl --without-cares \
		--without-pam --without-systemd --disable-evdns
	make -j"$JOBS" V=1 pgbouncer
	binary=$source/pgbouncer
}

# Its functions for memory may be given by who uses it.
build_cyrus_sasl2() {
	configure_make Makefile --disable-static --disable-gssapi --disable-sql \
		--without-saslauthd --with-dblib=none --disable-sample
	for part in include sasldb common lib; do
		remake -C $part
	done
	binary=$(realpath "$source/lib/.libs/libsasl2.so")
}

# Who may mount which directories.  Compilers do not warn of the same.
build_nfs_utils() {
	sed -i 's/-Werror=/-W/g' "$source/configure"
	configure_make "-C support" --disable-gss --disable-nfsv41 \
		--disable-nfsdcld --disable-nfsdcltrack --disable-ldap \
		--enable-junction --with-rpcgen=internal
	remake -C utils/mountd
	binary=$source/utils/mountd/mountd
}

# Readers of cards.
build_pcsc_lite() {
	configure_make "-C src pcscd" --disable-libsystemd --disable-polkit
	binary=$source/src/pcscd
}

# Neighbours on a network.
build_lldpd() {
	configure_make "-C src/compat" --disable-doxygen-doc --disable-shared \
		--with-embedded-libevent=no --without-snmp --without-seccomp
	remake -C src
	remake -C src/daemon lldpd
	binary=$source/src/daemon/lldpd
}

# Mends filesystems for flash memory.  It needs an older lz4.
build_f2fs_tools() {
	configure_make "-C lib" --disable-shared --enable-static \
		ac_cv_lib_lz4_main=no
	remake -C fsck
	binary=$source/fsck/fsck.f2fs
}

# Addresses for those of a network, with what the library of names brings.
build_isc_dhcp() {
	cd "$source"
	sed -i 's/CC=@CC@/CC="@CC@"/' bind/Makefile.in
	[ -f Makefile ] || ./configure --disable-dependency-tracking \
		--enable-log-pid --enable-paranoia
	make -C bind -j"$JOBS" BUILD_CC="$compiler"
	for part in includes common omapip dhcpctl; do
		remake -C $part
	done
	remake -C server dhcpd
	binary=$source/server/dhcpd
}

# Mends filesystems that others can read, too.
build_dosfstools() {
	configure_make "-C src fsck.fat"
	binary=$source/src/fsck.fat
}

# Streams of films.
build_rtmpdump() {
	make -C "$source" -j"$JOBS" CC="$CC" OPT="$CFLAGS" CRYPTO=GNUTLS \
		SHARED= rtmpdump
	binary=$source/rtmpdump
}

# Streams of sound.
build_icecast2() {
	configure_make "-C src"
	binary=$source/src/icecast
}

# Films and songs for what stands at home.  gettext would bring the files.
build_minidlna() {
	touch "$source/config.rpath" "$source/ABOUT-NLS"
	echo all: > "$source/po/Makefile.in.in"
	configure_make minidlnad --disable-nls
	binary=$source/minidlnad
}

# Who asks the server of sounds over D-Bus; the server itself is of C++.
build_jackd2() {
	cd "$source"
	[ -d build/c4che ] || CXXFLAGS=$CFLAGS python3 ./waf configure --dbus \
		--autostart=none --alsa=no --firewire=no --iio=no \
		--portaudio=no --celt=no --opus=no --samplerate=no \
		--sndfile=no --readline=no --systemd=no --db=no --zalsa=no
	python3 ./waf build -j"$JOBS" --targets=jackdbus
	binary=$source/build/dbus/jackdbus
}

# A database with Lua within.
build_tarantool() {
	cmake_make tarantool -DENABLE_BUNDLED_LIBCURL=OFF \
		-DENABLE_BUNDLED_LIBYAML=OFF -DENABLE_BUNDLED_ZSTD=OFF \
		-DENABLE_BACKTRACE=OFF -DENABLE_DIST=OFF -DENABLE_DOC=OFF
	binary=$out/cmake/src/tarantool
}

# Parts of disks, with its library.  Debian adds a source file.
build_parted() {
	[ -f "$source/Makefile" ] || rm -f "$source/configure"
	configure_make "-C lib" --disable-nls --disable-shared --enable-static \
		--disable-gcc-warnings
	remake -C libparted
	remake -C parted version.h parted
	binary=$source/parted/parted
}

# Kernels that boot kernels.
build_kexec_tools() {
	configure_make build/sbin/kexec --without-xen
	binary=$source/build/sbin/kexec
}

# Screens of machines that are elsewhere.
build_rdesktop() {
	configure_make rdesktop --with-ipv6 --with-sound=alsa \
		--enable-smartcard --disable-credssp
	binary=$source/rdesktop
}

# Subtitles.
build_libass() {
	configure_make libass/libass.la --disable-static --disable-asm \
		--disable-libunibreak
	binary=$(realpath "$source/libass/.libs/libass.so")
}

# A terminal far away: the client, which has a terminal of its own.
build_mosh() {
	configure_make VERSION CXX="$cxx" --disable-hardening \
		--without-utempter --enable-compile-warnings=no
	for part in include protobufs util crypto terminal network statesync; do
		remake -C src/$part
	done
	remake -C src/frontend mosh-client
	binary=$source/src/frontend/mosh-client
}

# What parses pages, with the library, and that of styles, which is of C.
build_htmlcxx() {
	configure_make "-C html libhtmlcxx.la" CXX="$cxx" --disable-shared \
		--enable-static
	remake -C css
	remake htmlcxx
	binary=$source/htmlcxx
}

build_libpqxx() {
	configure_make "-C src" CXX="$cxx" --enable-shared --disable-static \
		--disable-documentation
	binary=$(realpath "$source/src/.libs/libpqxx.so")
}

# What runs plugins, with the library for such programs.
build_vamp_plugin_sdk() {
	cd "$source"
	[ -f Makefile ] || ./configure CXX="$cxx"
	make -j"$JOBS" host
	binary=$source/host/vamp-simple-host
}

build_lziprecover() {
	cd "$source"
	./configure CXX="$cxx" CXXFLAGS="$CXXFLAGS"
	make -j"$JOBS"
	binary=$source/lziprecover
}

# An index of texts, of C++ as it was.
build_clucene_core() {
	cmake_make clucene-core \
		-DCMAKE_CXX_FLAGS="$CXXFLAGS -DNDEBUG -std=gnu++98"
	binary=$(realpath "$out/cmake/bin/libclucene-core.so")
}

# What finds lines, with its expressions made automata.  clang wants a statement
# where Debian declares.
build_grep() {
	sed -i 's/^ *stray_backslash:$/&;/' "$source/lib/dfa.c"
	configure_make "-C lib" --disable-nls
	remake -C src grep
	binary=$source/src/grep
}

# What finds files.
build_findutils() {
	configure_make "-C gl/lib" --disable-nls --without-selinux
	remake -C lib
	remake -C find find
	binary=$source/find/find
}

# Who uses which files.
build_psmisc() {
	configure_make src/fuser --disable-nls --disable-selinux \
		--disable-harden-flags
	binary=$source/src/fuser
}

# Numbers without end on a stack, of the same package as bc.
build_dc() {
	configure_make "-C lib"
	remake -C dc dc
	binary=$source/dc/dc
}

# Structures of certificates.
build_libtasn1_6() {
	configure_make "-C lib" --disable-static --disable-doc \
		--disable-gcc-warnings
	binary=$(realpath "$source/lib/.libs/libtasn1.so")
}

# Names of hosts in letters of the world.
build_libidn2() {
	configure_make "-C gl" --disable-static --disable-nls --disable-doc
	remake -C unistring
	remake -C lib
	binary=$(realpath "$source/lib/.libs/libidn2.so")
}

# How parts of GnuPG speak.
build_libassuan() {
	configure_make "-C src" --disable-static --disable-doc
	binary=$(realpath "$source/src/.libs/libassuan.so")
}

# Errors of GnuPG, and streams.
build_libgpg_error() {
	configure_make "-C src" --disable-static --disable-nls --disable-doc \
		--disable-languages
	binary=$(realpath "$source/src/.libs/libgpg-error.so")
}

# What gets mail for others, with all of the libraries.
build_postfix() {
	cd "$source"
	make -f Makefile.init makefiles CC="$CC" DEBUG= OPT="$CFLAGS" \
		CCARGS="-DNO_NIS -DNO_EAI -DUSE_TLS -DUSE_SASL_AUTH" \
		AUXLIBS="-lssl -lcrypto" shared=no dynamicmaps=no
	for part in util global dns tls xsasl milter master; do
		make -C src/$part -j"$JOBS" update
	done
	make -C src/smtpd -j"$JOBS" smtpd
	binary=$source/src/smtpd/smtpd
}

# What time it is.
build_openntpd() {
	configure_make "-C compat" --without-cacert
	remake -C src ntpd
	binary=$source/src/ntpd
}

# A library of TLS.
build_wolfssl() {
	configure_make src/libwolfssl.la --disable-examples --enable-distro \
		--enable-pkcs11 --disable-crypttests
	binary=$(realpath "$source/src/.libs/libwolfssl.so")
}

build_libev() {
	configure_make libev.la --disable-static
	binary=$(realpath "$source/.libs/libev.so")
}

# Logs of many systems: the library, without what it loads.
build_syslog_ng() {
	cmake_make syslog-ng -DDISABLE_ALL_MODULES=ON -DIVYKIS_SOURCE=system
	binary=$(realpath "$out/cmake/lib/libsyslog-ng.so")
}
