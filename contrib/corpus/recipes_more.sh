# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Read by build.sh, as recipes.sh is, which has no room for more.
build_libgcrypt20() {
	configure_make Makefile --disable-static --disable-doc --disable-asm
	for part in compat mpi cipher random src; do
		remake -C $part
	done
	binary=$(realpath "$source/src/.libs/libgcrypt.so")
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

build_libssh2() {
	configure_make "-C src" --disable-static --disable-examples-build
	binary=$(realpath "$source/src/.libs/libssh2.so")
}

build_ethtool() {
	configure_make ethtool
	binary=$source/ethtool
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
