# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Read by build.sh, which says what there is: how daemons of clusters, databases
# and mail are built, and games.

# Who schedules jobs on a cluster, with all of the library.
build_slurm_wlm() {
	configure_make "-C src/common" --without-shared-libslurm \
		--disable-shared --disable-debug --disable-x11 \
		--without-pmix --without-hdf5
	for part in database api bcast lua; do
		remake -C src/$part
	done
	remake -C src/slurmctld
	binary=$source/src/slurmctld/slurmctld
}

# What measures machines, and stores it.
build_zabbix() {
	configure_make "-C src/libs" --enable-server --with-postgresql \
		--with-libxml2 --with-libcurl --with-libpcre2
	remake -C src/zabbix_server
	binary=$source/src/zabbix_server/zabbix_server
}

# The library, with what it brings of others.
build_gnutls28() {
	configure_make "-C gl" --disable-doc --disable-guile --disable-cxx \
		--disable-tools --disable-tests --disable-nls --disable-static \
		--without-tpm2 --without-tpm --disable-libdane \
		--with-included-unistring --with-included-libtasn1
	remake -C lib
	binary=$(realpath "$source/lib/.libs/libgnutls.so")
}

# Pools of connections to PostgreSQL, with its parser.
build_pgpool2() {
	configure_make "-C src/parser" --with-openssl --disable-rpath
	remake -C src
	binary=$source/src/pgpool
}

# The library of SIP, with pools of its own.
build_sofia_sip() {
	configure_make "-C libsofia-sip-ua" --without-glib --disable-static \
		--without-doxygen
	binary=$(realpath "$source/libsofia-sip-ua/.libs/libsofia-sip-ua.so")
}

# A game, with zones of its own for what it allocates.
build_chocolate_doom() {
	cmake_make chocolate-doom
	binary=$out/cmake/src/chocolate-doom
}

# What runs containers, with what reads their descriptions, of which Debian has
# the schemas apart.
build_crun() {
	specs=/usr/share/gocode/src/github.com/opencontainers
	cp -r "$specs/runtime-spec" "$specs/image-spec" "$source/libocispec"
	configure_make Makefile --disable-shared --disable-libcrun \
		--disable-criu --disable-bpf
	remake -C libocispec
	make_first %
	remake crun
	binary=$source/crun
}

# What asks and changes the state of a cluster, with all of its libraries.
# gettext would bring the files.
build_pacemaker() {
	mkdir -p "$source/libltdl/config"
	touch "$source/libltdl/config/config.rpath"
	echo all: > "$source/po/Makefile.in.in"
	configure_make "-C replace" --disable-shared --enable-static \
		--disable-fatal-warnings --disable-nls --disable-systemd \
		--with-corosync
	remake -C include
	remake -C lib
	remake -C tools crm_simulate
	binary=$source/tools/crm_simulate
}

# What signs mail, with its library.
build_opendkim() {
	[ -f "$source/Makefile" ] || rm -f "$source/configure"
	configure_make Makefile --disable-shared --disable-live-testing \
		--enable-vbr --enable-rbl --enable-atps --enable-stats \
		--enable-replace_rules --enable-query_cache \
		--enable-sender_macro --with-lua --with-db --with-openldap \
		--with-milter=/usr LDFLAGS=-L/usr/lib/libmilter
	for part in libopendkim libut libvbr librbl opendkim; do
		remake -C $part
	done
	binary=$source/opendkim/opendkim
}

# clang has no -I-.
build_bogofilter() {
	configure_make "-C trio" --with-database=db --enable-static=no
	sed -i 's/ -I- / /' src/Makefile
	remake -C src libbf_gsl.a bogofilter
	binary=$source/src/bogofilter
}

# Its own makefiles are made by m4.
build_sendmail() {
	cat > "$source/site.m4" <<-M4
		define(\`confCC', \`$CC')
		define(\`confOPTIMIZE', \`$CFLAGS')
		define(\`confMAPDEF', \`-DNEWDB -DMAP_REGEX -DHASFLOCK=1')
		define(\`confLIBS', \`-ldb -lresolv -lcrypt')
		APPENDDEF(\`conf_sendmail_ENVDEF', \`-DMILTER -DSOCKETMAP')
	M4
	for part in libsm libsmutil sendmail; do
		(cd "$source/$part" && ./Build -f "$source/site.m4")
	done
	binary=$(ls "$source"/obj.*/sendmail/sendmail)
}

# How machines reach each other behind others.
build_libnice() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dauto_features=disabled
	ninja -C "$out/meson" -j"$JOBS" nice/libnice.so.10.13.1
	binary=$out/meson/nice/libnice.so.10.13.1
}

build_mini_httpd() {
	make -C "$source" CC="$CC" CFLAGS="$CFLAGS" \
		LDFLAGS="$CFLAGS -DUSE_SSL" mini_httpd
	binary=$source/mini_httpd
}

# A game that is played by nets of neurons; as the level says: its configure
# would take -g -O2 alone for no wish, and ask for -O3.
build_gnubg() {
	configure_make "-C lib AM_CFLAGS=" CFLAGS="$CFLAGS " --without-gtk \
		--without-board3d --without-python --enable-simd=sse2
	make_first %
	remake AM_CFLAGS= gnubg
	binary=$source/gnubg
}

# Volumes of disks, as one program with its language of reports.
build_lvm2() {
	configure_make "-C include" --disable-selinux --disable-readline \
		--disable-systemd-journal --disable-app-machineid \
		--disable-silent-rules
	remake base/libbase.a device_mapper/libdevice-mapper.a
	remake -C libdaemon
	remake -C lib
	remake -C tools lvm
	binary=$source/tools/lvm
}

# Sets of addresses, with its library.
build_ipset() {
	configure_make "-C lib" --with-kmod=no --disable-shared --enable-static
	remake -C src ipset
	binary=$source/src/ipset
}

# What machines of a cluster send each other, with all of the ways: of libraries
# that find each other by constructors.
build_ucx() {
	sed -i 's/-Wall -Werror"/-Wall"/' "$source/config/m4/compiler.m4"
	configure_make "-C src/ucm" --disable-shared --enable-static \
		--enable-mt --enable-cma --disable-logging --disable-numa \
		--disable-backtrace-detail --disable-doxygen-doc \
		--enable-compiler-opt=no --with-verbs --with-rdmacm \
		--without-java --without-go --without-fuse3
	for part in ucs uct ucp; do
		remake -C src/$part
	done
	libraries=$(find "$source/src" -path '*/.libs/*.a' | tr '\n' ' ')
	remake -C src/tools/info build_config.h
	remake -C src/tools/info ucx_info ucx_info_DEPENDENCIES= \
		ucx_info_LINK="$CC $CFLAGS -o ucx_info" ucx_info_LDADD=" \
		-Wl,--whole-archive $libraries -Wl,--no-whole-archive \
		-lrdmacm -libverbs -lmlx5 -lrt -lpthread -ldl -lm"
	binary=$source/src/tools/info/ucx_info
}

# What serves mail, with its own resolver of names.
build_opensmtpd() {
	configure_make "-C openbsd-compat" --without-rpath --with-auth-pam \
		--with-table-db --with-path-CAfile=/etc/ssl/cert.pem
	remake -C mk/smtpd smtpd
	binary=$source/mk/smtpd/smtpd
}

# The library of a protocol of queues.
build_librabbitmq() {
	cmake_make rabbitmq -DBUILD_STATIC_LIBS=OFF -DBUILD_EXAMPLES=OFF \
		-DBUILD_TOOLS=OFF -DBUILD_TESTS=OFF -DBUILD_API_DOCS=OFF
	binary=$(realpath "$out/cmake/librabbitmq/librabbitmq.so")
}

build_hiredis() {
	make -C "$source" -j"$JOBS" CC="$CC" OPTIMIZATION= DEBUG_FLAGS= dynamic
	binary=$source/libhiredis.so
}

# The library of logs.
build_log4cplus() {
	cmake_make log4cplus -DWITH_UNIT_TESTS=OFF \
		-DLOG4CPLUS_BUILD_TESTING=OFF \
		-DLOG4CPLUS_BUILD_LOGGINGSERVER=OFF
	binary=$(realpath "$out/cmake/src/liblog4cplus-2.0.so")
}

# Mail that another machine sends: what takes it in, with its own strings.
# C++ as it was: clang takes its lengths for no constants.
build_nullmailer() {
	touch "$source/ChangeLog"
	configure_make "-C lib" CXX="$cxx" CXXFLAGS="$CXXFLAGS -std=gnu++98"
	remake -C src nullmailer-inject
	binary=$source/src/nullmailer-inject
}

# The library of tests.
build_unittest__() {
	configure_make "UnitTest++/libUnitTest++.la" CXX="$cxx" --disable-static
	binary=$(realpath "$source/UnitTest++/.libs/libUnitTest++.so")
}

# Models of what networks are configured with.
build_libyang2() {
	cmake_make yang -DENABLE_TESTS=OFF -DENABLE_VALGRIND_TESTS=OFF
	binary=$(realpath "$out/cmake/libyang.so")
}

# Messages between programs.
build_nng() {
	cmake_make nng -DBUILD_SHARED_LIBS=ON -DNNG_TESTS=OFF -DNNG_TOOLS=OFF
	binary=$(realpath "$out/cmake/libnng.so")
}

# Trees of pages, which its loader is linked with.
build_lmdb() {
	make -C "$source/libraries/liblmdb" -j"$JOBS" CC="$CC" OPT="$CFLAGS" \
		mdb_load
	binary=$source/libraries/liblmdb/mdb_load
}

# A server of pages for other programs.
build_libmicrohttpd() {
	configure_make "-C src/microhttpd libmicrohttpd.la" --disable-static \
		--disable-nls --disable-doc --disable-examples --disable-curl
	binary=$(realpath "$source/src/microhttpd/.libs/libmicrohttpd.so")
}

# Which memory is near which processors.
build_numactl() {
	configure_make libnuma.la --disable-shared --enable-static
	remake numactl
	binary=$source/numactl
}

# Filesystems of discs.
build_libisofs() {
	configure_make libisofs/libisofs.la --disable-static --disable-libjte \
		--disable-libacl
	binary=$(realpath "$source/libisofs/.libs/libisofs.so")
}

# Ports of the whole world.
build_masscan() {
	make -C "$source" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" bin/masscan
	binary=$source/bin/masscan
}

# What discs of films say.
build_libdvdread() {
	configure_make libdvdread.la --disable-static --disable-apidoc
	binary=$(realpath "$source/.libs/libdvdread.so")
}

# Filters of system calls.
build_libseccomp() {
	configure_make "-C src libseccomp.la" --disable-static
	binary=$(realpath "$source/src/.libs/libseccomp.so")
}

# Containers and actors for those who send messages.
build_czmq() {
	configure_make src/libczmq.la --disable-static --with-docs=no \
		--with-uuid=yes --enable-drafts=no
	binary=$(realpath "$source/src/.libs/libczmq.so")
}

# Networks without wires.
build_iw() {
	make -C "$source" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" V=1 iw
	binary=$source/iw
}

# New users.
build_shadow() {
	configure_make "-C lib" --disable-shared --enable-static --disable-nls \
		--without-selinux --without-audit --without-acl --without-attr \
		--without-libpam
	remake -C libmisc
	remake -C src useradd
	binary=$source/src/useradd
}

# Who sits on buses.
build_usbutils() {
	configure_make lsusb
	binary=$source/lsusb
}

# Who on the network may do what.
build_libcap_ng() {
	configure_make "-C src libcap-ng.la" --disable-shared --enable-static \
		--without-python --without-python3
	remake -C utils netcap
	binary=$source/utils/netcap
}

# A directory of who is who, with what calls other directories.
build_openldap() {
	configure_make "-C include" --disable-shared --enable-static \
		--with-cyrus-sasl --without-systemd --with-tls=openssl \
		--enable-ldap --enable-overlays --disable-autoca
	remake -C libraries
	remake -C servers/slapd
	binary=$source/servers/slapd/slapd
}

# Filesystems of trees, as one program.  Its Makefile is there before it is
# configured.
build_btrfs_progs() {
	cd "$source"
	[ -f Makefile.inc ] || ./autogen.sh
	[ -f Makefile.inc ] || ./configure --disable-documentation \
		--disable-python --disable-convert --disable-backtrace \
		--disable-libudev
	make -j"$JOBS" btrfs
	binary=$source/btrfs
}

# Resources of small machines.
build_libcoap3() {
	configure_make libcoap-3-openssl.la --disable-static --with-openssl \
		--disable-documentation --disable-tests --disable-examples
	binary=$(realpath "$source/.libs/libcoap-3-openssl.so")
}

# Files in the quickest of formats.
build_lz4() {
	make -C "$source/programs" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" lz4
	binary=$source/programs/lz4
}

# What cameras say of pictures, which allocates by pointers to functions.
# gettext would bring the files.
build_libexif() {
	touch "$source/config.rpath" "$source/ABOUT-NLS"
	echo all: > "$source/po/Makefile.in.in"
	configure_make "-C libexif libexif.la" --disable-static --disable-nls
	binary=$(realpath "$source/libexif/.libs/libexif.so")
}

# Lines of text in all scripts.
build_pango1_0() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dintrospection=disabled -Dxft=disabled \
		-Dlibthai=disabled
	ninja -C "$out/meson" -j"$JOBS" pango/libpango-1.0.so.0.5000.12
	binary=$out/meson/pango/libpango-1.0.so.0.5000.12
}

# Pictures in all formats.
build_gdk_pixbuf() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dintrospection=disabled -Dman=false \
		-Dtests=false -Dinstalled_tests=false -Dgio_sniffing=false \
		-Dbuiltin_loaders=all
	ninja -C "$out/meson" -j"$JOBS" \
		gdk-pixbuf/libgdk_pixbuf-2.0.so.0.4200.10
	binary=$out/meson/gdk-pixbuf/libgdk_pixbuf-2.0.so.0.4200.10
}

# Films, with what their menus do.
build_libdvdnav() {
	configure_make libdvdnav.la --disable-static
	binary=$(realpath "$source/.libs/libdvdnav.so")
}
