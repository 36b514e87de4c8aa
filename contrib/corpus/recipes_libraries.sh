# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Read by build.sh, which says what there is: how libraries and other shared
# objects are built.

# The library of pools, with the sites of its own.
build_apr() {
	cd "$source"
	[ -f Makefile ] || ./configure
	make -j"$JOBS" libapr-1.la
	binary=$(realpath "$source/.libs/libapr-1.so")
}

# Of libcrypto, which has most of it.
build_openssl() {
	cd "$source"
	[ -f Makefile ] || ./Configure linux-x86_64 shared no-asm no-tests
	make -j"$JOBS" build_libs
	binary=$(realpath "$source/libcrypto.so")
}

# The library itself, whose functions others call to allocate.
build_glib2_0() {
	# Where the source is read: in the folder of the build.
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dtests=false -Dnls=disabled \
		-Dselinux=disabled -Dlibmount=disabled -Dxattr=false \
		-Dlibelf=disabled -Dwrap_mode=nodownload
	ninja -C "$out/meson" -j"$JOBS" glib/libglib-2.0.so.0.7400.6
	binary=$(realpath "$out/meson/glib/libglib-2.0.so")
}

build_sudo() {
	configure_make "-C lib/util" --disable-nls --without-pam \
		--disable-hardening --disable-pie --disable-zlib \
		--disable-openssl
	make -C lib/iolog -j"$JOBS"
	make -C lib/eventlog -j"$JOBS"
	make -C lib/logsrv -j"$JOBS"
	make -C lib/protobuf-c -j"$JOBS"
	make -C plugins/sudoers -j"$JOBS" sudoers.la
	binary=$(realpath "$source/plugins/sudoers/.libs/sudoers.so")
}

build_freetype() {
	cmake_make freetype -DBUILD_SHARED_LIBS=ON -DFT_DISABLE_BROTLI=ON \
		-DFT_DISABLE_BZIP2=ON -DFT_DISABLE_HARFBUZZ=ON \
		-DFT_DISABLE_PNG=ON -DFT_DISABLE_ZLIB=ON
	binary=$(realpath "$out/cmake/libfreetype.so")
}

build_libpcap() {
	configure_make libpcap.so.1.10.3 --disable-dbus --disable-rdma \
		--disable-usb --without-libnl --without-dag --without-septel
	binary=$(realpath "$source/libpcap.so.1.10.3")
}

build_libuv1() {
	cmake_make uv
	binary=$(realpath "$out/cmake/libuv.so")
}

build_libevent() {
	configure_make libevent.la --disable-openssl --disable-samples \
		--disable-libevent-regress --disable-static
	binary=$(realpath "$source/.libs/libevent.so")
}

build_json_c() {
	cmake_make json-c -DBUILD_STATIC_LIBS=OFF -DDISABLE_WERROR=ON
	binary=$(realpath "$out/cmake/libjson-c.so")
}

build_libyaml() {
	cmake_make yaml -DBUILD_SHARED_LIBS=ON
	binary=$(realpath "$out/cmake/libyaml.so")
}

build_c_ares() {
	cmake_make c-ares
	binary=$(realpath "$out/cmake/lib/libcares.so")
}

build_nghttp2() {
	cmake_make nghttp2 -DENABLE_LIB_ONLY=ON
	binary=$(realpath "$out/cmake/lib/libnghttp2.so")
}

build_readline() {
	cd "$source"
	[ -f Makefile ] || ./configure --disable-static
	make -j"$JOBS" shared
	binary=$(realpath "$source/shlib/libreadline.so.8.2")
}

build_jansson() {
	cmake_make jansson -DJANSSON_BUILD_SHARED_LIBS=ON \
		-DJANSSON_WITHOUT_TESTS=ON -DJANSSON_BUILD_DOCS=OFF
	binary=$(realpath "$out/cmake/lib/libjansson.so")
}

build_alsa_lib() {
	configure_make "-C src" --disable-static --disable-python
	binary=$(realpath "$source/src/.libs/libasound.so")
}

build_fontconfig() {
	gperf=$(CC=$compiler "$here/build.sh" gperf)
	configure_make Makefile --disable-static --disable-docs --disable-nls
	for part in fc-case fc-lang src; do
		remake -C $part GPERF="$gperf"
	done
	binary=$(realpath "$source/src/.libs/libfontconfig.so")
}

build_libx11() {
	configure_make Makefile --disable-static --disable-specs
	for part in include modules src; do
		remake -C $part
	done
	binary=$(realpath "$source/src/.libs/libX11.so")
}

build_exiv2() {
	cmake_make exiv2lib -DEXIV2_BUILD_SAMPLES=OFF \
		-DEXIV2_BUILD_EXIV2_COMMAND=OFF -DEXIV2_ENABLE_NLS=OFF
	binary=$(realpath "$out/cmake/lib/libexiv2.so")
}

build_libpng1_6() {
	configure_make "pnglibconf.h libpng16.la" --disable-static
	binary=$(realpath "$source/.libs/libpng16.so")
}

build_opus() {
	configure_make libopus.la --disable-static --disable-extra-programs \
		--disable-doc
	binary=$(realpath "$source/.libs/libopus.so")
}

build_pcre2() {
	configure_make libpcre2-8.la --disable-static --enable-jit
	binary=$(realpath "$source/.libs/libpcre2-8.so")
}

build_cjson() {
	cmake_make cjson -DENABLE_CJSON_TEST=OFF -DENABLE_CJSON_UTILS=OFF
	binary=$(realpath "$out/cmake/libcjson.so")
}

build_lcms2() {
	configure_make "-C src" --disable-static
	binary=$(realpath "$source/src/.libs/liblcms2.so")
}

build_libsndfile() {
	cmake_make sndfile -DBUILD_SHARED_LIBS=ON -DBUILD_PROGRAMS=OFF \
		-DBUILD_EXAMPLES=OFF -DENABLE_EXTERNAL_LIBS=OFF \
		-DENABLE_MPEG=OFF
	binary=$(realpath "$out/cmake/libsndfile.so")
}

build_libgd2() {
	configure_make "-C src libgd.la" --disable-static --without-x \
		--without-xpm
	binary=$(realpath "$source/src/.libs/libgd.so")
}

build_rrdtool() {
	configure_make "-C src librrd.la" --disable-static --disable-nls \
		--disable-rrd_graph --disable-perl --disable-ruby --disable-lua \
		--disable-tcl --disable-python --disable-rrdcgi --disable-docs \
		--disable-examples --disable-librados --disable-libdbi
	binary=$(realpath "$source/src/.libs/librrd.so")
}

build_cairo() {
	configure_make "-C src libcairo.la" --disable-static --disable-xlib \
		--disable-xcb --disable-gobject --disable-gtk-doc
	binary=$(realpath "$source/src/.libs/libcairo.so")
}

build_libgcrypt20() {
	configure_make Makefile --disable-static --disable-doc --disable-asm
	for part in compat mpi cipher random src; do
		remake -C $part
	done
	binary=$(realpath "$source/src/.libs/libgcrypt.so")
}

build_libssh2() {
	configure_make "-C src" --disable-static --disable-examples-build
	binary=$(realpath "$source/src/.libs/libssh2.so")
}

build_libusb_1_0() {
	configure_make "-C libusb" --disable-static --disable-udev
	binary=$(realpath "$source/libusb/.libs/libusb-1.0.so")
}

build_wayland() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dtests=false -Ddocumentation=false \
		-Ddtd_validation=false
	ninja -C "$out/meson" -j"$JOBS"
	binary=$(realpath "$out/meson/src/libwayland-server.so")
}

build_raptor2() {
	configure_make Makefile --disable-static --disable-gtk-doc \
		--with-yajl=no
	remake -C src
	binary=$(realpath "$source/src/.libs/libraptor2.so")
}

build_libsdl2() {
	cmake_make SDL2 -DSDL_STATIC=OFF -DSDL_TEST=OFF -DSDL_WAYLAND=OFF \
		-DSDL_PULSEAUDIO=OFF -DSDL_PIPEWIRE=OFF -DSDL_KMSDRM=OFF
	binary=$(realpath "$out/cmake/libSDL2-2.0.so")
}

build_augeas() {
	configure_make "-C gnulib/lib" --disable-static
	remake -C src datadir.h
	remake -C src libaugeas.la
	binary=$(realpath "$source/src/.libs/libaugeas.so")
}

# What solves dependencies of packages, of several distributions.
build_libsolv() {
	cmake_make libsolvext -DENABLE_COMPLEX_DEPS=ON -DDEBIAN=ON \
		-DENABLE_HELIXREPO=ON -DENABLE_SUSEREPO=ON -DENABLE_COMPS=ON \
		-DENABLE_RPMMD=ON -DMULTI_SEMANTICS=ON
	make -C "$out/cmake" -j"$JOBS" libsolv
	binary=$(realpath "$out/cmake/src/libsolv.so")
}

build_libssh() {
	cmake_make ssh -DWITH_EXAMPLES=OFF -DWITH_GSSAPI=OFF \
		-DWITH_SYMBOL_VERSIONING=OFF
	binary=$(realpath "$out/cmake/lib/libssh.so")
}

build_ldns() {
	configure_make libldns.la --disable-static --without-pyldns \
		--disable-dane-ta-usage
	binary=$(realpath "$source/.libs/libldns.so")
}

build_nspr() {
	cd "$source/nspr"
	[ -f Makefile ] || ./configure --enable-64bit --disable-debug \
		--disable-optimize
	make -j"$JOBS" CC="$CC" OPTIMIZER="$CFLAGS"
	binary=$(realpath "$source/nspr/pr/src/libnspr4.so")
}

build_openjpeg2() {
	cmake_make openjp2 -DBUILD_STATIC_LIBS=OFF -DBUILD_CODEC=OFF
	binary=$(realpath "$out/cmake/bin/libopenjp2.so")
}

build_libmodplug() {
	configure_make "-C src libmodplug.la" CXX="$cxx" --disable-static
	binary=$(realpath "$source/src/.libs/libmodplug.so")
}

build_libwebsockets() {
	cmake_make websockets_shared -DLWS_WITH_STATIC=OFF \
		-DDISABLE_WERROR=ON -DLWS_WITHOUT_TESTAPPS=ON \
		-DLWS_WITHOUT_EXTENSIONS=OFF -DLWS_WITH_ZLIB=ON \
		-DLWS_WITH_HTTP_PROXY=ON -DLWS_WITH_CGI=ON \
		-DLWS_WITH_THREADPOOL=ON -DLWS_WITH_SYS_ASYNC_DNS=ON \
		-DLWS_WITH_JOSE=ON -DLWS_WITH_GENCRYPTO=ON -DLWS_WITH_FTS=ON \
		-DLWS_WITH_SECURE_STREAMS=ON -DLWS_WITH_LWS_DSH=ON \
		-DLWS_WITH_SOCKS5=ON -DLWS_WITH_DISKCACHE=ON
	binary=$(realpath "$out/cmake/lib/libwebsockets.so")
}

build_libxkbcommon() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Denable-tools=false -Denable-x11=false \
		-Denable-docs=false -Denable-wayland=false \
		-Denable-xkbregistry=false
	ninja -C "$out/meson" -j"$JOBS" libxkbcommon.so.0.0.0
	binary=$(realpath "$out/meson/libxkbcommon.so.0.0.0")
}

# What plays sounds, as a daemon, of which this is all but modules.
build_pulseaudio() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dauto_features=disabled -Ddatabase=simple \
		-Ddoxygen=false -Dman=false -Dtests=false -Dalsa=enabled
	ninja -C "$out/meson" -j"$JOBS" src/pulsecore/libpulsecore-16.1.so
	binary=$out/meson/src/pulsecore/libpulsecore-16.1.so
}

# The library, and what it has of the base of all its programs.
build_systemd() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dmode=release -Dtests=false -Dman=false \
		-Defi=false -Dtranslations=false -Dinstall-tests=false
	ninja -C "$out/meson" -j"$JOBS" libsystemd.so.0.35.0
	binary=$out/meson/libsystemd.so.0.35.0
}

# Desktops of others, with what stands for another system's functions.
build_freerdp2() {
	cmake_make freerdp -DWITH_X11=OFF -DWITH_WAYLAND=OFF -DWITH_CLIENT=OFF \
		-DWITH_SERVER=OFF -DWITH_ALSA=OFF -DWITH_PULSE=OFF \
		-DWITH_CUPS=OFF -DWITH_FFMPEG=OFF -DWITH_PCSC=OFF \
		-DWITH_LIBSYSTEMD=OFF -DWITH_SSE2=OFF -DWITH_OSS=OFF \
		-DCHANNEL_URBDRC=OFF -DWITH_CHANNELS=OFF -DWITH_MANPAGES=OFF \
		-DWITH_ICU=ON
	binary=$(realpath "$out/cmake/libfreerdp/libfreerdp2.so")
}

# What reads and explains the records of audits.
build_audit() {
	configure_make Makefile --disable-static --without-python \
		--without-python3 --without-golang --disable-zos-remote
	for part in common lib auparse; do
		remake -C $part
	done
	binary=$(realpath "$source/auparse/.libs/libauparse.so")
}

# What compositors are made of.
build_wlroots() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dauto_features=disabled -Dexamples=false \
		-Drenderers=gles2 -Dbackends=drm,libinput -Dwerror=false
	ninja -C "$out/meson" -j"$JOBS" libwlroots.so.10
	binary=$(realpath "$out/meson/libwlroots.so.10")
}

build_libvncserver() {
	cmake_make vncserver -DWITH_GNUTLS=OFF -DWITH_SYSTEMD=OFF \
		-DWITH_FFMPEG=OFF -DWITH_SDL=OFF -DWITH_GTK=OFF
	binary=$(realpath "$out/cmake/libvncserver.so")
}

# The manager of drivers, with what reads and writes where they are.
build_unixodbc() {
	configure_make Makefile --disable-static --disable-drivers \
		--with-included-ltdl=no
	for part in extras log lst ini odbcinst DriverManager; do
		remake -C $part
	done
	binary=$(realpath "$source/DriverManager/.libs/libodbc.so")
}

# Disks that are encrypted.  gettext would bring the files.
build_cryptsetup() {
	touch "$source/config.rpath"
	echo all: > "$source/po/Makefile.in.in"
	configure_make libcryptsetup.la --disable-static --disable-nls \
		--disable-asciidoc --disable-ssh-token
	binary=$(realpath "$source/.libs/libcryptsetup.so")
}

# Whom compositors draw for, of which this is one's core.
build_weston() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dbackend-drm-screencast-vaapi=false \
		-Dbackend-rdp=false -Dbackend-x11=false -Dbackend-wayland=false \
		-Dbackend-default=drm -Dscreenshare=false -Dxwayland=false \
		-Dremoting=false -Dpipewire=false -Dcolor-management-lcms=false \
		-Dcolor-management-colord=false -Dlauncher-logind=false \
		-Dimage-webp=false -Ddemo-clients=false -Dsimple-clients= \
		-Dtools= -Dwcap-decode=false -Dshell-ivi=false \
		-Dshell-desktop=false -Dresize-pool=false \
		-Dtest-gl-renderer=false
	ninja -C "$out/meson" -j"$JOBS" libweston/libweston-10.so.0.0.1
	binary=$(realpath "$out/meson/libweston/libweston-10.so.0.0.1")
}

# The cameras that speak one protocol.
build_libgphoto2() {
	configure_make Makefile --disable-static --with-camlibs=ptp2 \
		--disable-nls
	remake -C libgphoto2_port
	remake -C libgphoto2
	remake -C camlibs ptp2.la
	binary=$source/camlibs/.libs/ptp2.so
}

# Signs for machines to read.
build_zint() {
	cmake_make zint -DZINT_USE_QT=OFF
	binary=$(realpath "$out/cmake/backend/libzint.so")
}

# Discs of films.
build_libbluray() {
	configure_make libbluray.la --disable-static --disable-bdjava-jar \
		--disable-doxygen-doc --disable-optimizations
	binary=$(realpath "$source/.libs/libbluray.so")
}

# Pictures made of letters.
build_libcaca() {
	configure_make "-C caca libcaca.la" --disable-static --disable-doc \
		--disable-slang --disable-gl --disable-imlib2 --disable-cocoa \
		--disable-java --disable-ruby --disable-python --disable-cxx \
		--disable-csharp
	binary=$(realpath "$source/caca/.libs/libcaca.so")
}

# Players of music, and what they keep.
build_libmtp() {
	configure_make "-C src libmtp.la" --disable-static --disable-doxygen
	binary=$(realpath "$source/src/.libs/libmtp.so")
}

# Settings of programs.
build_libconfig() {
	configure_make "-C lib libconfig.la" --disable-static --disable-cxx \
		--disable-examples
	binary=$(realpath "$source/lib/.libs/libconfig.so")
}

# Files of arrays, with lists of free objects for each type, and what copies
# such files.  A Makefile stands there before it is configured.
build_hdf5() {
	[ -f "$source/config.status" ] || rm -f "$source/Makefile"
	configure_make "-C src" --disable-shared --disable-tests \
		--disable-hl --enable-optimization="$CFLAGS" \
		--enable-symbols=-g
	remake -C tools/lib
	remake -C tools/src/h5repack h5repack
	binary=$source/tools/src/h5repack/h5repack
}

# File systems of users.
build_fuse3() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dutils=false -Dexamples=false -Dtests=false \
		-Duseroot=false
	ninja -C "$out/meson" -j"$JOBS"
	binary=$(realpath "$out/meson/lib/libfuse3.so")
}

# The library that draws maps.
build_mapserver() {
	cmake_make mapserver -DWITH_PROTOBUFC=OFF -DWITH_FRIBIDI=OFF \
		-DWITH_HARFBUZZ=OFF -DWITH_FCGI=OFF -DWITH_GEOS=OFF \
		-DWITH_CURL=ON -DWITH_CLIENT_WMS=ON -DWITH_CLIENT_WFS=ON \
		-DWITH_SOS=ON -DWITH_KML=ON
	binary=$(realpath "$out/cmake/libmapserver.so")
}

# What measures graphs, and finds parts of them.
build_igraph() {
	cmake_make igraph -DBUILD_SHARED_LIBS=ON -DIGRAPH_GRAPHML_SUPPORT=ON
	binary=$(realpath "$out/cmake/src/libigraph.so")
}

# It asks what the graphs of raptor2 and redland say.
build_rasqal() {
	configure_make "-C libmtwist" --disable-static
	remake -C libsv
	remake -C src librasqal.la
	binary=$(realpath "$source/src/.libs/librasqal.so")
}

build_libzip() {
	cmake_make zip -DBUILD_SHARED_LIBS=ON
	binary=$(realpath "$out/cmake/lib/libzip.so")
}

# Modules of MIBs, and what writes them as other things.
build_libsmi() {
	configure_make "-C lib" --disable-shared SH=/bin/sh
	remake -C tools smidump
	binary=$source/tools/smidump
}

build_libxmp() {
	configure_make shared
	binary=$(realpath "$source"/lib/libxmp.so.*.*)
}

# The version is that of Debian's package.
build_ortp() {
	cmake_make ortp -DENABLE_STATIC=OFF -DENABLE_STRICT=OFF \
		-DENABLE_DOC=OFF -DDEB_VERSION_UPSTREAM=5.1.64
	binary=$(realpath "$out/cmake/src/libortp.so")
}

build_metis() {
	sed -i 's/set(GKlib_COPTS "-O3")/set(GKlib_COPTS "")/' \
		"$source/GKlib/GKlibSystem.cmake"
	cmake_make metis -DCMAKE_C_STANDARD_LIBRARIES=-lm
	binary=$(realpath "$out/cmake/libmetis/libmetis.so")
}

build_pam() {
	configure_make "-C libpam libpam.la" --disable-static --disable-nls \
		--disable-doc --disable-werror
	binary=$(realpath "$source/libpam/.libs/libpam.so")
}

# They cut graphs into parts; as the level says, not as they do.
build_scotch() {
	cd "$source/src"
	inc=Makefile.inc.x86-64_pc_linux2.shlib
	flags=$(sed -n 's/^CFLAGS[^-]*-O3//p' Make.inc/$inc)
	ln -sf Make.inc/$inc Makefile.inc
	make -j1 libscotch CCS="$CC" CCD="$CC" CFLAGS="$CFLAGS $flags"
	binary=$source/src/libscotch/libscotch.so
}

build_redland() {
	configure_make "-C src librdf.la" --disable-static --disable-modular
	binary=$(realpath "$source/src/.libs/librdf.so")
}

# What starts programs on the machines of a cluster, with its libraries and
# those that it brings.
build_openmpi() {
	(CC=$compiler && configure_make Makefile --enable-static \
		--disable-shared --disable-dlopen --disable-mpi-fortran \
		--disable-oshmem --disable-mpi-java --disable-io-romio \
		--without-ucx --without-verbs --without-ofi \
		--with-hwloc=internal --with-libevent=internal \
		--with-pmix=internal)
	cd "$source"
	for part in opal orte; do
		remake CC="$CC" -C $part
	done
	binary=$source/orte/tools/orterun/orterun
}

build_neon27() {
	configure_make "-C src" --disable-static --enable-shared \
		--with-ssl=openssl --with-libxml2 --disable-nls
	binary=$(realpath "$source/src/.libs/libneon.so")
}

# It works on scanned pages.
build_leptonlib() {
	configure_make "-C src liblept.la" --disable-static --disable-programs
	binary=$(realpath "$source/src/.libs/liblept.so")
}

build_xmlsec1() {
	configure_make "-C src libxmlsec1.la" --disable-static --without-nss \
		--without-gnutls --without-gcrypt --disable-docs
	binary=$(realpath "$source/src/.libs/libxmlsec1.so")
}

# Arrays of measured data in its own file formats and over the network, without
# those in HDF5's.
build_netcdf() {
	configure_make "" --disable-static --disable-hdf5 --disable-utilities \
		--disable-testsets --disable-examples --disable-plugins
	binary=$(realpath "$source/liblib/.libs/libnetcdf.so")
}

build_libmspack() {
	configure_make libmspack.la --disable-static
	binary=$(realpath "$source/.libs/libmspack.so")
}

build_wcslib() {
	configure_make "-C C" --without-pgplot --without-cfitsio \
		--disable-fortran --disable-utils
	binary=$(realpath "$source"/C/libwcs.so.*.*)
}

# What games draw and sound with, as it was before libsdl2.
build_libsdl1_2() {
	configure_make "" --disable-static --disable-rpath --disable-nas \
		--disable-esd --disable-arts --disable-x11-shared \
		--disable-alsa-shared --disable-pulseaudio-shared
	binary=$(realpath "$source/build/.libs/libSDL.so")
}

# Scanners: one library with what drives them, but for what is of C++, needs
# what others bring or has names twice.  gettext would bring the files.
build_sane_backends() {
	touch "$source/config.rpath" "$source/ABOUT-NLS"
	echo all: > "$source/po/Makefile.in.in"
	configure_make "-C include" --disable-static --enable-preload \
		--enable-pthread --disable-nls --without-gphoto2 --without-v4l \
		--without-avahi --without-snmp --without-poppler-glib \
		BACKENDS=net PRELOADABLE_BACKENDS="net abaton agfafocus apple \
		artec artec_eplus48u as6e avision bh canon canon630u canon_dr \
		canon_lide70 cardscan coolscan coolscan2 coolscan3 dc25 dc210 \
		dc240 dell1600n_net dmc epjitsu epson2 epsonds fujitsu \
		gt68xx hp hp3500 hp3900 hp4200 hp5400 hp5590 hpljm1005 hs2p \
		ibm kodak kodakaio kvs1025 kvs20xx kvs40xx leo lexmark ma1509 \
		magicolor matsushita microtek microtek2 mustek mustek_usb \
		mustek_usb2 nec niash pie pieusb pixma plustek plustek_pp \
		qcam ricoh ricoh2 rts8891 s9036 sceptre sharp sm3600 sm3840 \
		snapscan sp15c st400 stv680 tamarack teco1 teco2 teco3 test \
		u12 umax umax_pp umax1220u xerox_mfp p5"
	remake -C lib
	remake -C sanei
	(cd backend && make_first %)
	remake -C backend libsane.la libdll_preload_la_LIBADD="\
		../sanei/sanei_jpeg.lo ../sanei/sanei_ir.lo"
	binary=$(realpath "$source/backend/.libs/libsane.so")
}

# Music of trackers: the library.
build_libmikmod() {
	configure_make libmikmod.la --disable-static --disable-doc \
		--enable-alsa --disable-sdl --disable-sdl2 --disable-openal \
		--disable-pulseaudio --enable-threads
	binary=$(realpath "$source/.libs/libmikmod.so")
}

# What ciphers calls: the library, with its own ciphers, and its driver.
build_libsrtp2() {
	configure_make test/srtp_driver --disable-stdout
	binary=$source/test/srtp_driver
}

# Lists of properties, with the library of trees that it brings.
build_libplist() {
	configure_make "-C libcnary" --disable-shared --without-cython
	remake -C src libplist-2.0.la
	remake -C tools
	binary=$source/tools/plistutil
}

# Matrices that are mostly empty: the libraries of C as one.
build_suitesparse() {
	cd "$source"
	for part in SuiteSparse_config AMD BTF CAMD CCOLAMD COLAMD LDL CXSparse \
			KLU CHOLMOD UMFPACK; do
		[ -d $part/Lib ] && part=$part/Lib
		make -C $part -j"$JOBS" static CC="$CC" CF="$CFLAGS -fPIC" \
			CUDA=no CHOLMOD_CONFIG=-DNPARTITION UMFPACK_CONFIG= \
			AUTOCC=no
	done
	# shellcheck disable=SC2046 # a list of words
	$CC $CFLAGS -shared -o libsuitesparse.so -Wl,--whole-archive \
		$(find . -name 'lib*.a') -Wl,--no-whole-archive \
		-llapack -lblas -lm
	binary=$source/libsuitesparse.so
}
