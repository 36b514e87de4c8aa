# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Read by build.sh, which says what there is: how solvers, compilers, machines of
# languages and what plays or makes sounds and pictures are built.

# A solver of linear programs.
build_glpk() {
	configure_make "-C src" --disable-shared --enable-static
	remake -C examples glpsol
	binary=$source/examples/glpsol
}

# What calls variants of genomes.  A Makefile stands there before it is configured.
build_bcftools() {
	cd "$source"
	[ -f configure ] || autoreconf -fi
	[ -f config.mk ] ||
		./configure --with-htslib=system --disable-bcftools-plugins
	make -j"$JOBS" bcftools
	binary=$source/bcftools
}

# Patches of sound.
build_puredata() {
	configure_make "-C src pd" --disable-shared --disable-jack \
		--disable-portmidi --disable-portaudio --disable-locales
	binary=$source/src/pd
}

# The player, with contexts that own what is allocated.
build_mpv() {
	[ -f "$out/meson/build.ninja" ] || meson setup "$out/meson" "$source" \
		-Dbuildtype=plain -Dauto_features=disabled -Dlibmpv=false \
		-Dcplayer=true -Dgl=disabled -Dalsa=enabled \
		-Dlibarchive=enabled -Dlcms2=enabled -Djpeg=enabled -Dzlib=enabled \
		-Diconv=enabled -Dlibavdevice=enabled -Dmanpage-build=disabled
	ninja -C "$out/meson" -j"$JOBS" mpv
	binary=$out/meson/mpv
}

# The machine that Raku runs on, as one program.
build_moarvm() {
	cd "$source"
	[ -f Makefile ] || perl -I. Configure.pl --cc="$CC" --ld="$compiler" \
		--static --no-optimize --no-debug --no-mimalloc \
		--has-libtommath --has-libuv --has-libatomic_ops --has-libffi
	make -j"$JOBS" moar
	binary=$source/moar
}
