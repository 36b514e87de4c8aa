# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Read by build.sh, which says what there is: how programs of later sets are
# built.

build_cmark() {
	cmake_make cmark_exe -DCMARK_SHARED=OFF -DCMARK_TESTS=OFF
	binary=$out/cmake/src/cmark
}

build_kmod() {
	# gtkdocize would make it.
	touch "$source/libkmod/docs/gtk-doc.make"
	configure_make tools/kmod --disable-manpages --disable-test-modules
	binary=$source/tools/kmod
}

build_bison() {
	configure_make Makefile --disable-nls
	make_first lib/%
	remake src/bison
	binary=$source/src/bison
}

build_wget() {
	configure_make "-C lib" --disable-nls --without-ssl --without-zlib \
		--without-libpsl --disable-iri --without-libuuid
	remake -C src wget
	binary=$source/src/wget
}

build_e2fsprogs() {
	configure_make libs --disable-nls --disable-fuse2fs
	remake -C e2fsck e2fsck
	binary=$source/e2fsck/e2fsck
}

# Of the programs that allocate by GLib's functions.
build_bluez() {
	configure_make Makefile --disable-udev --disable-cups \
		--disable-obex --disable-systemd --disable-manpages \
		--disable-client --disable-datafiles
	make_first %
	remake src/bluetoothd
	binary=$source/src/bluetoothd
}

build_unbound() {
	configure_make unbound --disable-shared --with-pthreads
	binary=$source/unbound
}

build_procps() {
	configure_make src/top/top --disable-nls --disable-shared \
		--disable-modern-top
	binary=$source/src/top/top
}

build_git() {
	make -C "$source" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" NO_OPENSSL=1 \
		NO_CURL=1 NO_EXPAT=1 NO_GETTEXT=1 NO_PERL=1 NO_PYTHON=1 \
		NO_TCLTK=1 git
	binary=$source/git
}

# Its default applets.  Its makefiles say -Os before these flags, which win.
build_busybox() {
	cd "$source"
	[ -f .config ] || make defconfig
	make -j"$JOBS" CC="$CC" CONFIG_EXTRA_CFLAGS="$CFLAGS" SKIP_STRIP=y \
		busybox
	binary=$source/busybox_unstripped
}

build_diffutils() {
	configure_make "-C lib" --disable-nls
	remake -C src version.h diff
	binary=$source/src/diff
}

build_file() {
	configure_make "-C src magic.h" --disable-shared --disable-zlib \
		--disable-bzlib --disable-xzlib --disable-libseccomp
	remake -C src file
	binary=$source/src/file
}

build_iproute2() {
	cd "$source"
	[ -f config.mk ] || CC="$CC" ./configure
	make -j"$JOBS" CC="$CC" CCOPTS="$CFLAGS" SUBDIRS="lib ip"
	binary=$source/ip/ip
}

build_pkgconf() {
	configure_make pkgconf --disable-shared
	binary=$source/pkgconf
}

# The interpreter and what is built into it.
build_python3_11() {
	configure_make python --without-ensurepip
	binary=$source/python
}

build_dbus() {
	configure_make "-C dbus" --disable-tests --disable-xml-docs \
		--disable-doxygen-docs --disable-shared --disable-systemd \
		--disable-selinux --disable-apparmor --disable-libaudit \
		--without-x
	remake -C bus dbus-daemon
	binary=$source/bus/dbus-daemon
}

# All of the interpreter, without the modules that it loads.
build_perl() {
	cd "$source"
	[ -f config.sh ] || ./Configure -des -Dcc="$CC" -Dld="$compiler" \
		-Doptimize="$CFLAGS" -Dusethreads -Ud_crypt -Uversiononly
	make -j"$JOBS" miniperl
	binary=$source/miniperl
}

# Its Makefile is there before it is configured.
build_cups() {
	cd "$source"
	[ -f Makedefs ] || ./configure --disable-shared --with-tls=no --disable-gssapi --disable-dbus \
		--disable-avahi --disable-dnssd --disable-libusb \
		--disable-systemd --disable-pam --disable-acl \
		OPTIM="$CFLAGS"
	make -C cups -j"$JOBS"
	make -C scheduler -j"$JOBS" cupsd
	binary=$source/scheduler/cupsd
}

build_strace() {
	configure_make Makefile --enable-mpers=no --disable-gcc-Werror \
		--without-libunwind --without-libdw --without-libselinux
	echo 'sources: $(BUILT_SOURCES)' |
		remake -C src -f Makefile -f - sources
	remake -C src strace
	binary=$source/src/strace
}

build_mutt() {
	configure_make Makefile --disable-nls --disable-doc --without-idn \
		--without-idn2 --enable-imap --enable-pop --enable-smtp
	make_first %
	remake -C imap
	remake mutt
	binary=$source/mutt
}

# All of its tools in one.
build_coreutils() {
	export FORCE_UNSAFE_CONFIGURE=1 # as root
	configure_make Makefile --disable-nls --without-selinux --disable-acl \
		--disable-xattr --disable-libcap --without-gmp \
		--without-openssl --enable-single-binary=symlinks
	make_first %
	remake src/coreutils
	binary=$source/src/coreutils
}

build_tar() {
	export FORCE_UNSAFE_CONFIGURE=1
	configure_make "-C gnu" --disable-nls --without-selinux \
		--without-posix-acls --without-xattrs
	remake -C lib
	remake -C src tar
	binary=$source/src/tar
}

# The interpreter, with its library.  Its makefile has a level of its own.
build_tcl8_6() {
	cd "$source/unix"
	[ -f Makefile ] || ./configure --disable-shared
	make -j"$JOBS" CFLAGS_OPTIMIZE= tclsh
	binary=$source/unix/tclsh
}

build_libxslt() {
	configure_make "-C libxslt" --disable-shared --without-python \
		--without-crypto
	remake -C libexslt
	remake -C xsltproc xsltproc
	binary=$source/xsltproc/xsltproc
}

build_tor() {
	configure_make Makefile --disable-asciidoc --disable-unittests \
		--disable-systemd --disable-seccomp --disable-lzma \
		--disable-zstd --disable-gcc-hardening \
		--disable-linker-hardening --disable-html-manual \
		--disable-manpage
	remake src/app/tor
	binary=$source/src/app/tor
}

build_gnupg2() {
	configure_make "-C common" --disable-nls --disable-doc --disable-gnutls \
		--disable-ntbtls --disable-ldap --disable-sqlite \
		--disable-bzip2 --disable-tofu
	remake -C regexp
	remake -C kbx libkeybox.a
	remake -C g10 gpg
	binary=$source/g10/gpg
}

build_tcpdump() {
	configure_make tcpdump --without-crypto --without-cap-ng
	binary=$source/tcpdump
}

build_libzstd() {
	make -C "$source/programs" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" \
		HAVE_ZLIB=0 HAVE_LZMA=0 HAVE_LZ4=0 zstd
	binary=$source/programs/zstd
}

# The compiler of terminal descriptions, with its library.
build_ncurses() {
	cd "$source"
	[ -f Makefile ] || ./configure --without-cxx --without-ada \
		--without-manpages --without-tests --enable-widec
	make -C include
	make -C ncurses -j"$JOBS" libs
	make -C progs -j"$JOBS" tic
	binary=$source/progs/tic
}

# With its libraries of partition tables, block devices and tables.
build_util_linux() {
	configure_make Makefile --disable-nls --disable-shared \
		--without-python --without-systemd --without-udev \
		--disable-asciidoc --disable-all-programs --enable-fdisks \
		--enable-libfdisk --enable-libblkid --enable-libuuid \
		--enable-libsmartcols
	remake fdisk
	binary=$source/fdisk
}

build_iptables() {
	configure_make Makefile --disable-shared --enable-static \
		--disable-nftables --disable-connlabel
	for part in libiptc libxtables extensions; do
		remake -C $part
	done
	remake -C iptables xtables-legacy-multi
	binary=$source/iptables/xtables-legacy-multi
}

# The interpreter that builds the other one: all of the core.
build_ruby3_1() {
	configure_make miniruby --disable-install-doc --disable-yjit \
		--without-gmp --without-baseruby optflags= debugflags=
	binary=$source/miniruby
}

build_exim4() {
	cd "$source"
	mkdir -p Local
	sed -e 's/^EXIM_USER=.*/EXIM_USER=mail/' \
		-e 's/^EXIM_MONITOR=/# &/' -e 's/^SUPPORT_DANE/# &/' \
		-e 's/^# *USE_OPENSSL=.*/DISABLE_TLS=yes/' \
		src/EDITME > Local/Makefile
	echo "CFLAGS=$CFLAGS" >> Local/Makefile
	make -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" FULLECHO=
	binary=$(echo "$source"/build-*/exim)
}

# With cryptography of its own, and of drivers the one for wires.
build_wpa() {
	cd "$source/wpa_supplicant"
	cat > .config <<'CONFIG'
CONFIG_DRIVER_WIRED=y
CONFIG_DRIVER_NONE=y
CONFIG_IEEE8021X_EAPOL=y
CONFIG_EAP_MD5=y
CONFIG_EAP_MSCHAPV2=y
CONFIG_EAP_TLS=y
CONFIG_EAP_PEAP=y
CONFIG_EAP_TTLS=y
CONFIG_EAP_FAST=y
CONFIG_EAP_GTC=y
CONFIG_EAP_SIM=y
CONFIG_EAP_AKA=y
CONFIG_EAP_PSK=y
CONFIG_EAP_TNC=y
CONFIG_EAP_IKEV2=y
CONFIG_WPS=y
CONFIG_AP=y
CONFIG_CTRL_IFACE=y
CONFIG_BACKEND=file
CONFIG_TLS=internal
CONFIG_INTERNAL_LIBTOMMATH=y
CONFIG
	make -j"$JOBS" CC="$CC" wpa_supplicant
	binary=$source/wpa_supplicant/wpa_supplicant
}

build_gdbm() {
	configure_make "-C src" --disable-nls --disable-shared \
		--without-readline
	remake -C tools gdbmtool
	binary=$source/tools/gdbmtool
}

build_openvpn() {
	configure_make "-C src/compat" --disable-lzo --disable-lz4 --disable-dco \
		--disable-plugin-auth-pam --disable-unit-tests
	remake -C src/openvpn openvpn
	binary=$source/src/openvpn/openvpn
}

build_libwebp() {
	configure_make "-C sharpyuv" --disable-shared --disable-png --disable-jpeg \
		--disable-tiff --disable-gif --disable-wic --enable-libwebpmux
	remake -C src
	remake -C imageio
	remake -C examples cwebp
	binary=$source/examples/cwebp
}

build_brotli() {
	cmake_make brotli
	binary=$out/cmake/brotli
}

build_zlib() {
	cd "$source"
	[ -f configure.log ] || ./configure
	make -j"$JOBS" minigzip
	binary=$source/minigzip
}

build_bzip2() {
	make -C "$source" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" bzip2
	binary=$source/bzip2
}

build_cpio() {
	export FORCE_UNSAFE_CONFIGURE=1
	configure_make "-C gnu" --disable-nls
	remake -C lib
	remake -C src cpio
	binary=$source/src/cpio
}

build_fio() {
	cd "$source"
	[ -f config-host.mak ] || ./configure --cc="$CC" --disable-native \
		--disable-optimizations --extra-cflags="$CFLAGS"
	make -j"$JOBS" CC="$CC" OPTFLAGS= fio
	binary=$source/fio
}

build_mpg123() {
	configure_make src/mpg123 --disable-shared --enable-static \
		--disable-modules --with-audio=dummy --with-cpu=generic
	binary=$source/src/mpg123
}

build_mdadm() {
	make -C "$source" -j"$JOBS" CC="$CC" CWFLAGS= CXFLAGS="$CFLAGS" mdadm
	binary=$source/mdadm
}

build_stunnel4() {
	configure_make "-C src stunnel" --disable-libwrap --disable-systemd
	binary=$source/src/stunnel
}

# By gcc alone: one of its functions has functions of its own.
build_ppp() {
	cd "$source"
	[ -f Makefile ] || ./configure
	make -C pppd -j"$JOBS" CC="$CC" COPTS="$CFLAGS" SYSTEMD= USE_PAM= \
		pppd
	binary=$source/pppd/pppd
}

build_pciutils() {
	make -C "$source" -j"$JOBS" CC="$CC" OPT="$CFLAGS" ZLIB=no DNS=no \
		HWDB=no LIBKMOD=no lspci
	binary=$source/lspci
}

build_tree() {
	make -C "$source" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS -DLINUX" tree
	binary=$source/tree
}

build_gifsicle() {
	configure_make "-C src gifsicle" --disable-gifview --disable-gifdiff
	binary=$source/src/gifsicle
}

build_wavpack() {
	configure_make cli/wavpack --disable-shared --disable-asm
	binary=$source/cli/wavpack
}

build_cscope() {
	configure_make "-C src cscope"
	binary=$source/src/cscope
}

build_mtools() {
	configure_make mtools --without-x
	binary=$source/mtools
}

build_bird2() {
	cd "$source"
	[ -f Makefile ] || ./configure --enable-client=no --disable-libssh
	make -j"$JOBS" CFLAGS_STD= daemon
	binary=$source/bird
}

# With its plugins.
build_graphviz() {
	cd "$source"
	[ -f configure ] || sh autogen.sh NOCONFIG
	configure_make "-C lib" --disable-shared --enable-static \
		--disable-ltdl --disable-swig --disable-tcl --without-x \
		--without-qt --without-gtk --without-pangocairo \
		--without-ghostscript --without-rsvg --without-poppler
	remake -C plugin
	remake -C cmd/dot dot_static
	binary=$source/cmd/dot/dot_static
}

build_weechat() {
	cmake_make weechat-headless -DENABLE_HEADLESS=ON -DENABLE_NCURSES=OFF \
		-DENABLE_NLS=OFF -DENABLE_PERL=OFF -DENABLE_PYTHON=OFF \
		-DENABLE_RUBY=OFF -DENABLE_LUA=OFF -DENABLE_TCL=OFF \
		-DENABLE_GUILE=OFF -DENABLE_JAVASCRIPT=OFF -DENABLE_PHP=OFF \
		-DENABLE_SPELL=OFF -DENABLE_MAN=OFF -DENABLE_DOC=OFF
	binary=$out/cmake/src/gui/curses/headless/weechat-headless
}

build_ntpsec() {
	cd "$source"
	[ -d build/c4che ] || python3 ./waf configure --refclock=all \
		--enable-debug-gdb \
		--disable-doc --disable-manpage
	python3 ./waf build -j"$JOBS"
	binary=$source/build/main/ntpd/ntpd
}

# With the modules that it has on most machines.
build_apache2() {
	cd "$source"
	[ -f configure ] || ./buildconf
	# Debian's own makefile defines it.
	sed -i 's/= BUILD_DATETIME;/= __DATE__;/' server/buildmark.c
	[ -f Makefile ] || ./configure --enable-mods-static=most \
		--disable-ssl --disable-lua --with-mpm=event
	make -j"$JOBS"
	binary=$source/httpd
}

build_subversion() {
	cd "$source"
	[ -f configure ] || ./autogen.sh
	[ -f Makefile ] || ./configure --disable-shared --disable-nls \
		--without-serf --without-swig --without-apxs --without-jdk \
		--with-utf8proc=internal --with-lz4=internal
	make -j"$JOBS" subversion/svn/svn
	binary=$source/subversion/svn/svn
}

build_krb5() {
	cd "$source/src"
	[ -f configure ] || autoreconf -fi
	[ -f Makefile ] || ./configure --disable-shared --enable-static \
		--disable-nls --without-system-verto --disable-rpath
	for part in util include lib plugins/kdb/db2 kdc; do
		make -C $part -j"$JOBS"
	done
	binary=$source/src/kdc/krb5kdc
}

# Its makefile is there before it is configured.
build_xfsprogs() {
	cd "$source"
	[ -f include/builddefs ] || OPTIMIZER=" " DEBUG=-DNDEBUG ./configure \
		--disable-scrub --disable-shared --enable-gettext=no \
		--enable-editline=no --enable-libicu=no
	make headers
	make -j"$JOBS" repair
	binary=$source/repair/xfs_repair
}

# With its libraries, of which one is FUSE's.
build_ntfs_3g() {
	configure_make "-C libfuse-lite" --disable-shared --enable-static \
		--disable-ldconfig --disable-crypto --with-fuse=internal
	remake -C libntfs-3g
	remake -C src ntfs-3g
	binary=$source/src/ntfs-3g
}

build_squashfs_tools() {
	make -C "$source/squashfs-tools" -j"$JOBS" CC="$CC" mksquashfs
	binary=$source/squashfs-tools/mksquashfs
}

# Debian's makefile asks for Debian's flags.
build_proftpd_dfsg() {
	cd "$source"
	sed -i -e 's/$(shell dpkg-buildflags[^)]*)//' \
		-e "s/@CFLAGS@/$CFLAGS/" Make.rules.in
	[ -f Make.rules ] || ./configure --enable-ctrls --enable-nls=no \
		--with-modules=mod_ratio:mod_rewrite:mod_ifsession:mod_quotatab
	make -j"$JOBS" proftpd
	binary=$source/proftpd
}

build_m4() {
	configure_make "-C lib" --disable-nls
	remake -C src m4
	binary=$source/src/m4
}

build_unzip() {
	cd "$source"
	make -f unix/Makefile -j"$JOBS" CC="$CC" LD="$CC" LF2= \
		CF="$CFLAGS -I. -DUNIX -DACORN_FTYPE_NFS -DWILD_STOP_AT_DIR \
		-DLARGE_FILE_SUPPORT -DUNICODE_SUPPORT -DUNICODE_WCHAR \
		-DUTF8_MAYBE_NATIVE -DNO_LCHMOD -DDATE_FORMAT=DF_YMD \
		-DIZ_HAVE_UXUIDGID -DNOMEMCPY -DNO_WORKING_ISPRINT" unzip
	binary=$source/unzip
}

build_ethtool() {
	configure_make ethtool
	binary=$source/ethtool
}

# Debian leaves out a folder that its configure asks for.
build_gnuplot() {
	[ -f "$source/Makefile" ] || rm -f "$source/configure"
	configure_make "-C config" --without-x --without-qt --without-cairo \
		--without-lua --without-latex --without-gd --without-libcerf \
		--with-readline=builtin --disable-wxwidgets
	remake -C term
	remake -C src gnuplot
	binary=$source/src/gnuplot
}

build_nagios4() {
	configure_make "-C base nagios" --disable-nerd
	binary=$source/base/nagios
}

# The agent, with the modules that Debian's has.
build_net_snmp() {
	configure_make "-C snmplib" --with-defaults --disable-shared \
		--disable-manuals --disable-scripts --disable-mibs \
		--disable-embedded-perl --without-perl-modules --without-rpm \
		--enable-mfd-rewrites --with-mib-modules="smux host \
		ucd-snmp/dlmod ucd-snmp/diskio disman/event-mib"
	for part in agent/helpers agent/mibgroup agent; do
		remake -C $part
	done
	binary=$source/agent/snmpd
}

build_hwloc() {
	configure_make "-C hwloc" --disable-shared --enable-static \
		--disable-cairo --disable-libxml2 --disable-libudev \
		--disable-opencl --disable-cuda --disable-nvml --disable-rsmi \
		--disable-levelzero --disable-gl --disable-plugins
	remake -C utils/hwloc libutils_common.la
	remake -C utils/lstopo lstopo-no-graphics
	binary=$source/utils/lstopo/lstopo-no-graphics
}

# What builds packages, with the libraries of those that install them.
build_rpm() {
	configure_make Makefile --disable-shared --enable-static --disable-nls \
		--disable-plugins --disable-python --with-crypto=openssl \
		--enable-ndb --disable-openmp --without-audit
	for part in misc rpmio lib build sign; do
		remake -C $part
	done
	remake rpmbuild
	binary=$source/rpmbuild
}

# With what is built into it.
build_rsyslog() {
	configure_make "-C compat" --disable-shared --enable-static \
		--disable-libgcrypt --disable-fmhttp --disable-uuid \
		--disable-liblogging-stdlog --disable-default-tests \
		--disable-generate-man-pages
	for part in runtime grammar tools; do
		remake -C $part
	done
	binary=$source/tools/rsyslogd
}

# What serves mail over IMAP, with the storages.
build_dovecot() {
	configure_make dovecot-config --disable-shared --enable-static \
		--without-shared-libs --without-systemd --without-pam \
		--disable-hardening --without-zlib --without-lua
	for part in test "" settings auth dns master charset ssl-iostream \
		dcrypt dict sasl old-stats http fs mail program-client smtp \
		imap imap-storage oauth2 dict-extra dovecot fts imap-client \
		imap-urlauth compression index storage; do
		remake -C src/lib${part:+-$part} noinst_PROGRAMS=
	done
	remake -C src/imap imap
	binary=$source/src/imap/imap
}

# The linker, with its library of object files.
build_binutils() {
	configure_make configure-host --disable-shared --disable-nls \
		--disable-gdb --disable-gprofng --disable-gold --disable-gas \
		--disable-binutils --disable-gprof --disable-werror \
		--disable-plugins --with-system-zlib --without-zstd
	remake all-ld
	binary=$source/ld/ld-new
}

build_avahi() {
	configure_make "-C avahi-common" --disable-shared --enable-static \
		--disable-nls --disable-glib --disable-gobject \
		--disable-introspection --disable-qt3 --disable-qt4 \
		--disable-qt5 --disable-gtk --disable-gtk3 --disable-python \
		--disable-mono --disable-monodoc --disable-libevent \
		--disable-manpages --with-distro=debian --disable-gdbm
	remake -C avahi-core
	remake -C avahi-daemon avahi-daemon
	binary=$source/avahi-daemon/avahi-daemon
}

# The daemon of BGP.  Its library does not link without the shell of all daemons.
build_frr() {
	configure_make Makefile --enable-static --enable-static-bin \
		--disable-doc --disable-zebra --disable-pathd --disable-watchfrr \
		--disable-ospfd --disable-ospf6d --disable-isisd --disable-ripd \
		--disable-ripngd --disable-ldpd --disable-pimd --disable-nhrpd \
		--disable-eigrpd --disable-babeld --disable-bfdd --disable-pbrd \
		--disable-staticd --disable-fabricd --disable-vrrpd \
		--disable-rpki
	make_first %
	remake bgpd/bgpd
	binary=$source/bgpd/bgpd
}

build_ipmitool() {
	configure_make "-C lib" --disable-shared --enable-static \
		--disable-registry-download
	remake -C src
	binary=$source/src/ipmitool
}

# Its plugins are in it.
build_strongswan() {
	configure_make "-C src/libstrongswan" --disable-shared --enable-static \
		--enable-monolithic --enable-openssl --disable-scripts \
		--enable-eap-identity --enable-eap-md5 --enable-eap-mschapv2 \
		--enable-eap-tls --enable-xauth-eap --enable-ha
	for part in libtls libcharon charon; do
		remake -C src/$part
	done
	binary=$source/src/charon/charon
}

# What makes a card's contents, with the library and its drivers.
build_opensc() {
	configure_make Makefile --disable-shared --enable-static --disable-man \
		--disable-doc --disable-notify --disable-strict \
		--disable-tests --disable-cmocka
	for part in common scconf ui pkcs15init sm libopensc; do
		remake -C src/$part
	done
	remake -C src/tools pkcs15-init
	binary=$source/src/tools/pkcs15-init
}

# Debian's source has no fonts.
build_mupdf() {
	cd "$source"
	mkdir -p source/pdf/cmaps
	bash scripts/runcmapdump.sh > /dev/null
	make -j"$JOBS" CC="$CC" build=debug OUT=build HAVE_X11=no HAVE_GLUT=no \
		USE_SYSTEM_LIBS=yes USE_SYSTEM_MUJS=yes USE_SYSTEM_LCMS2=yes \
		XCFLAGS="-DTOFU -DTOFU_CJK -DTOFU_BASE14 -DFZ_ENABLE_ICC=0" \
		build/mutool
	binary=$source/build/mutool
}
