# SPDX-License-Identifier: Apache-2.0
# The metadata compiler.  Its subjects are compiled with flags of their own:
# what the user's flags say about -g and -O must not reach them.
meta_subjects = tests/meta/subject_o0 tests/meta/subject_o2 \
	tests/meta/subject_cxx tests/meta/subject_cxx_ibt
tests/meta/subject_o0: tests/meta/subject.c
	$(AM_V_CC)$(MKDIR_P) tests/meta && \
		$(CC) -std=gnu11 -g -gdwarf-5 -O0 -o $@ $(srcdir)/tests/meta/subject.c
tests/meta/subject_o2: tests/meta/subject.c
	$(AM_V_CC)$(MKDIR_P) tests/meta && \
		$(CC) -std=gnu11 -g -gdwarf-4 -O2 -o $@ $(srcdir)/tests/meta/subject.c
tests/meta/subject_cxx: tests/meta/subject.cc
	$(AM_V_CXX)$(MKDIR_P) tests/meta && \
		$(CXX) -g -O0 -Wl,-z,lazy -o $@ $(srcdir)/tests/meta/subject.cc
tests/meta/subject_cxx_ibt: tests/meta/subject.cc
	$(AM_V_CXX)$(MKDIR_P) tests/meta && \
		$(CXX) -g -O2 -fcf-protection -Wl,-z,ibtplt,-z,now -o $@ \
		$(srcdir)/tests/meta/subject.cc
check_DATA += $(meta_subjects)
CLEANFILES += $(meta_subjects)
EXTRA_DIST += tests/meta/subject.c tests/meta/subject.cc tests/meta/lib.sh

meta_tests = tests/unit/test_meta_model tests/unit/test_meta_dwarf \
	tests/unit/test_meta_writer tests/unit/test_meta_json \
	tests/unit/test_meta_coder tests/unit/test_siphash \
	tests/unit/test_meta_text \
	tests/unit/test_meta_cxx tests/unit/test_meta_decode \
	tests/unit/test_meta_lines \
	tests/unit/test_demangle tests/unit/test_cxx_names
meta_test_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir) $(CMOCKA_CFLAGS)
meta_test_ldadd = meta/libmeta.la lib/libremote.la $(CMOCKA_LIBS)
check_PROGRAMS += $(meta_tests)
tests_unit_test_meta_model_SOURCES = tests/unit/test_meta_model.c
tests_unit_test_meta_model_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_meta_model_LDADD = $(meta_test_ldadd)
tests_unit_test_meta_lines_SOURCES = tests/unit/test_meta_lines.c
tests_unit_test_meta_lines_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_meta_lines_LDADD = $(meta_test_ldadd)
tests_unit_test_meta_dwarf_SOURCES = tests/unit/test_meta_dwarf.c
tests_unit_test_meta_dwarf_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_meta_dwarf_LDADD = $(meta_test_ldadd)
tests_unit_test_meta_writer_SOURCES = tests/unit/test_meta_writer.c
tests_unit_test_meta_writer_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_meta_writer_LDADD = $(meta_test_ldadd)
tests_unit_test_meta_json_SOURCES = tests/unit/test_meta_json.c
tests_unit_test_meta_json_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_meta_json_LDADD = $(meta_test_ldadd)
tests_unit_test_siphash_SOURCES = tests/unit/test_siphash.c
tests_unit_test_siphash_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_siphash_LDADD = $(meta_test_ldadd)
tests_unit_test_meta_coder_SOURCES = tests/unit/test_meta_coder.c
tests_unit_test_meta_coder_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_meta_coder_LDADD = $(meta_test_ldadd)

tests_unit_test_meta_text_SOURCES = tests/unit/test_meta_text.c
tests_unit_test_meta_text_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_meta_text_LDADD = $(meta_test_ldadd)
tests_unit_test_meta_cxx_SOURCES = tests/unit/test_meta_cxx.c
tests_unit_test_meta_cxx_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_meta_cxx_LDADD = $(meta_test_ldadd)
tests_unit_test_meta_decode_SOURCES = tests/unit/test_meta_decode.c
tests_unit_test_meta_decode_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_meta_decode_LDADD = $(meta_test_ldadd)
tests_unit_test_cxx_names_SOURCES = tests/unit/test_cxx_names.c
tests_unit_test_cxx_names_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_cxx_names_LDADD = $(meta_test_ldadd)
tests_unit_test_demangle_SOURCES = tests/unit/test_demangle.c
tests_unit_test_demangle_CPPFLAGS = $(meta_test_cppflags)
tests_unit_test_demangle_LDADD = $(meta_test_ldadd)

meta_scripts = tests/meta/aarch64.sh tests/meta/alloc_type.sh tests/meta/command.sh tests/meta/debuginfod.sh \
	tests/meta/declared.sh tests/meta/fetch.sh \
	tests/meta/said.sh tests/meta/said_cxx.sh tests/meta/said_macros.sh \
	tests/meta/drivers.sh \
	tests/meta/headers.sh \
	tests/meta/folded.sh tests/meta/forms.sh \
	tests/meta/mutants.sh tests/meta/pahole.sh \
	tests/meta/templates.sh tests/meta/truth.sh \
	tests/meta/truth_cxx.sh tests/meta/typedefs.sh
dist_noinst_SCRIPTS += tests/meta/fuzz/fuzz.sh tests/meta/fuzz/mutate.py
EXTRA_DIST += tests/meta/templates.cc tests/meta/members.py tests/meta/truth/subject.c tests/meta/truth/inlined.c tests/meta/truth/subject.cc tests/meta/fuzz/compiler.c tests/meta/fuzz/reader.c

.PHONY: fuzz-meta
fuzz-meta: all $(meta_subjects)
	top_builddir='$(abs_top_builddir)' $(top_srcdir)/tests/meta/fuzz/fuzz.sh
EXTRA_DIST += $(meta_scripts)
TESTS += $(meta_tests) $(meta_scripts)
