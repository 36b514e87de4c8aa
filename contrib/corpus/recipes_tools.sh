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

# Versions of files.  Debian adds a source file.
build_cvs() {
	configure_make "-C lib" --disable-nls --disable-pam --without-krb4 \
		--without-gssapi --with-external-zlib --with-rsh=/usr/bin/ssh
	remake -C diff
	remake -C src suck.o
	remake -C src cvs LIBS="suck.o -lcrypt -lnsl -lz"
	binary=$source/src/cvs
}

# Who has which files open.
build_lsof() {
	cd "$source"
	[ -f Makefile ] || LSOF_CC="$CC" LSOF_CFGF="$CFLAGS" ./Configure -n linux
	make -j"$JOBS" DEBUG="$CFLAGS"
	binary=$source/lsof
}

# An encoder, which would be optimized otherwise.  The judge's clang has no such
# boundaries as gcc.
build_x264() {
	cd "$source"
	[ -f config.mak ] || ./configure --disable-asm --disable-avs \
		--disable-swscale --disable-lavf --disable-ffms --disable-gpac \
		--disable-lsmash --disable-opencl
	sed -i 's/ -O3 -ffast-math//; s/ -mpreferred-stack-boundary=[0-9]//' \
		config.mak
	make -j"$JOBS" x264
	binary=$source/x264
}

# What draws letters, but for its windows.
build_fontforge() {
	cmake_make fontforge -DENABLE_GUI=OFF -DENABLE_DOCS=OFF \
		-DENABLE_PYTHON_SCRIPTING=OFF -DENABLE_PYTHON_EXTENSION=OFF \
		-DENABLE_LIBSPIRO=OFF -DENABLE_WOFF2=OFF \
		-DENABLE_LIBREADLINE=OFF
	binary=$(realpath "$out/cmake/lib/libfontforge.so")
}

# Logic as a language, with threads.
build_swi_prolog() {
	cmake_make libswipl -DSWIPL_PACKAGES=OFF -DUSE_TCMALLOC=OFF \
		-DINSTALL_DOCUMENTATION=OFF -DVMI_FUNCTIONS=OFF
	binary=$(realpath "$out/cmake/src/libswipl.so")
}

# Hundreds of converters of pictures as one program.
build_netpbm_free() {
	cd "$source"
	cat config.mk.in debian/config.mk.debian > config.mk
	cat >> config.mk <<MAKE
DEFAULT_TARGET = merge
NETPBMLIBTYPE = unixstatic
NETPBMLIBSUFFIX = a
STATICLIB_TOO = N
CC = $CC
LD = $compiler
CFLAGS = $CFLAGS -Wno-error
MAKE
	make -j"$JOBS" merge
	binary=$source/netpbm
}

# Outlines of what scanners saw.
build_potrace() {
	configure_make "-C src potrace" --disable-shared
	binary=$source/src/potrace
}

# Numbers, with a language for them.
build_pari() {
	cd "$source"
	CC="$CC" CFLAGS="$CFLAGS" ./Configure --graphic=none \
		--mt=single --without-readline --builddir="$source/built"
	make -C built -j"$JOBS" gp-sta
	binary=$source/built/gp-sta
}

# Encodes sounds.
build_lame() {
	configure_make "-C mpglib" --disable-shared --enable-static \
		--disable-gtktest --disable-nasm
	remake -C libmp3lame
	remake -C frontend lame
	binary=$source/frontend/lame
}

# Decodes sounds.
build_faad2() {
	configure_make "-C libfaad libfaad.la" --disable-shared
	remake -C frontend faad
	binary=$source/frontend/faad
}

# Keys of a console.  gettext would bring the files.
build_kbd() {
	touch "$source/config/config.rpath" "$source/ABOUT-NLS"
	echo all: > "$source/po/Makefile.in.in"
	configure_make "-C src/libcommon" --disable-nls --disable-vlock \
		--disable-tests --disable-shared --enable-static
	for part in libkbdfile libkeymap libkfont; do
		remake -C src/$part
	done
	remake -C src loadkeys
	binary=$source/src/loadkeys
}

# Numbers without end.
build_calc() {
	make -C "$source" -j"$JOBS" LCC="$CC" DEBUG="$CFLAGS" \
		BLD_TYPE=calc-static-only calc-static
	binary=$source/calc-static
}

# What simulates circuits, with devices of numbers and codes.
build_ngspice() {
	configure_make "-C src" --without-x --with-readline=no \
		--enable-xspice --enable-cider --disable-openmp
	binary=$source/src/ngspice
}

# HTML that others wrote.
build_tidy_html5() {
	cmake_make tidy -DBUILD_SHARED_LIB=OFF
	binary=$out/cmake/tidy
}

# What reads documents of GNU.
build_texinfo() {
	configure_make "-C gnulib/lib" --disable-nls --disable-perl-xs
	remake -C info funs.h
	remake -C info ginfo
	binary=$source/info/ginfo
}

# Statistics as a language: the interpreter, without what it loads.
build_r_base() {
	configure_make "-C src/scripts R" --with-blas --with-lapack \
		--without-x --disable-java --disable-openmp --disable-nls \
		--without-tcltk --without-ICU --without-recommended-packages \
		--disable-byte-compiled-packages
	for part in include extra appl nmath unix; do
		remake -C src/$part R
	done
	remake -C src/main R.bin
	binary=$source/src/main/R.bin
}

# Ruby for small machines, with all that is brought along.  CXX would link.
build_mruby() {
	cat > "$out/build.rb" <<-'RUBY'
		MRuby::Build.new do |conf|
			conf.toolchain :gcc
			conf.gembox 'full-core'
		end
	RUBY
	(cd "$source" && MRUBY_CONFIG=$out/build.rb LD=$compiler \
		ruby ./minirake -j "$JOBS")
	binary=$source/build/host/bin/mruby
}

# A Lisp.  Not stripped.
build_newlisp() {
	printf 'newlisp: $(OBJS)\n\t$(CC) -o $@ $^ %s\n' \
		'-lm -ldl -lreadline -lffi' |
		make -C "$source" -j"$JOBS" -f makefile_linuxLP64_utf8_ffi \
			-f - CC="$CC" CFLAGS="$CFLAGS" newlisp
	binary=$source/newlisp
}

# JavaScript to be embedded, with its shell: of its sources as they were before
# they became one.
build_duktape() {
	make -C "$source" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" -f - duk <<'MAKE'
extras := print-alert console logging module-duktape
options := -DDUK_CMDLINE_PRINTALERT_SUPPORT -DDUK_CMDLINE_CONSOLE_SUPPORT \
	-DDUK_CMDLINE_LOGGING_SUPPORT -DDUK_CMDLINE_MODULE_SUPPORT \
	-std=c99 -Isrc-separate -Iexamples/cmdline $(extras:%=-Iextras/%)
objects := $(patsubst %.c,%.o,$(wildcard src-separate/*.c) \
	examples/cmdline/duk_cmdline.c \
	$(filter-out %/test.c,$(wildcard $(extras:%=extras/%/*.c))))
duk: $(objects)
	$(CC) $(CFLAGS) -o $@ $^ -lm
%.o: %.c
	$(CC) $(CFLAGS) $(options) -c $< -o $@
MAKE
	binary=$source/duk
}

# Packages that are installed, with what reads them.
build_dpkg() {
	configure_make "-C lib/compat libcompat.la" --disable-nls \
		--disable-dselect --disable-devel-docs --without-libselinux
	remake -C lib/dpkg libdpkg.la
	remake -C src dpkg
	binary=$source/src/dpkg
}

# What reads ELF and DWARF, with the libraries whole.
build_elfutils() {
	sed -i 's/,-Werror)/,)/' "$source"/*/Makefile.in
	configure_make "-C lib" --disable-nls --disable-debuginfod \
		--disable-libdebuginfod --without-zstd
	remake -C libelf libelf.a
	remake -C libcpu libcpu.a
	remake -C backends libebl_backends.a
	for part in libebl libdwelf libdwfl libdw; do
		remake -C $part $part.a
	done
	remake -C src readelf readelf_DEPENDENCIES= libebl= libelf= libdw="\
		-Wl,--whole-archive ../libdw/libdw.a ../libelf/libelf.a \
		-Wl,--no-whole-archive -lz -lbz2 -llzma -ldl -lpthread"
	binary=$source/src/readelf
}

# Measures of things.
build_units() {
	configure_make units
	binary=$source/units
}

# Pictures of many kinds, and their windows.
build_graphicsmagick() {
	configure_make utilities/gm --disable-shared --enable-static \
		--disable-openmp --without-perl --without-magick-plus-plus
	binary=$source/utilities/gm
}

# Films.  It would be optimized otherwise.
build_libtheora() {
	configure_make Makefile --disable-static --disable-examples \
		--disable-spec --disable-asm
	remake -C lib libtheora.la CFLAGS="$CFLAGS"
	binary=$(realpath "$source/lib/.libs/libtheora.so")
}

# Voices.  With SSE it would be optimized otherwise.
build_speex() {
	configure_make "-C libspeex libspeex.la" --disable-shared \
		--enable-static --disable-sse
	remake -C src speexenc
	binary=$source/src/speexenc
}

# Pictures that were faxed.
build_jbigkit() {
	make -C "$source/libjbig" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" libjbig.a
	make -C "$source/pbmtools" -j"$JOBS" CC="$CC" CFLAGS="$CFLAGS" pbmtojbg
	binary=$source/pbmtools/pbmtojbg
}

# Numbers of many sciences.
build_gsl() {
	configure_make Makefile --disable-static
	for part in $(sed -n 's/^SUBDIRS = \(.*\) doc$/\1/p' Makefile); do
		remake -C "$part"
	done
	remake libgsl.la
	binary=$(realpath "$source/.libs/libgsl.so")
}

# Characters of many codes.  Its makefiles would be made again, and its inlined
# functions are not for all compilers.
build_recode() {
	cd "$source"
	sed -i 's/^const struct alias \*$/static &/' libiconv/aliases.h
	touch aclocal.m4 stamp-h.in config.h.in Makefile.in ./*/Makefile.in
	configure_make "-C lib" --disable-shared --disable-nls
	remake -C src recode
	binary=$source/src/recode
}

# Boxes of what others may not see.
build_bubblewrap() {
	configure_make bwrap --disable-man --disable-selinux
	binary=$source/bwrap
}

# Rates of sounds.
build_libsamplerate() {
	cmake_make samplerate -DBUILD_SHARED_LIBS=ON \
		-DLIBSAMPLERATE_EXAMPLES=OFF
	binary=$(realpath "$out/cmake/src/libsamplerate.so")
}

# Logic as a language that is compiled, whose compiler is made of itself.
build_gprolog() {
	cd "$source/src"
	[ -f configure ] || autoconf
	touch BipsPl/arith_inl.wam
	[ -f Makefile ] || LDFLAGS=-no-pie ./configure --disable-regs \
		--with-c-flags="$CFLAGS -fcommon"
	PATH=$source/src/TopComp:$PATH make
	binary=$source/src/TopComp/gprolog
}
