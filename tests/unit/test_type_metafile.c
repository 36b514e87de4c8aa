/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of metadata files: right answers from good ones, no fault from
 * bad ones. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <elf.h>

#include "allotype.h"
#include "base/folded.h"
#include "meta_writer.h"
#include "type/cache.h"
#include "type/metafile.h"
#include "type/types.h"

static const uint8_t build_id[] = { 0xab, 0x12, 0xcd, 0x34 };

static void add_statics(struct meta_writer *writer, uint32_t type)
{
	for (uint64_t i = 0; i < 10; i++) {
		struct allotype_meta_static entry = {
			.address = 0x4000 + i * 0x20,
			.size = 0x10,
			.type = type,
			.name = meta_writer_string(writer, "counter"),
			.file = ALLOTYPE_META_NONE,
		};

		META_ADD(writer, ALLOTYPE_META_STATICS, entry);
	}
}

/* Lines 7 and, 0x10 bytes on, 8 of file 0; the end at 0x1080. */
static void add_rows(struct meta_bits *rows)
{
	static const uint64_t numbers[] = {
		PACKED_ROW_FILE, 0, 14, 0, PACKED_ROW_STEP + 2, 0x10,
		PACKED_ROW_END, 0x70,
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		meta_bits_number(rows, numbers[i]);
	/* To a whole byte. */
	meta_bits_put(rows, 0, -rows->size % 8);
}

/* A parameter at CFA - 16, then it again at rsp + 1, elsewhere. */
static void add_variables(struct meta_bits *variables)
{
	meta_bits_put(variables,
		      PACKED_VARIABLE_RANGE | PACKED_VARIABLE_TYPE |
			      ALLOTYPE_META_VARIABLE_PARAMETER
				      << PACKED_VARIABLE_FLAGS_SHIFT,
		      8);
	meta_bits_number(variables, 0); /* name */
	meta_bits_number(variables, 1); /* type */
	meta_bits_signed(variables, 0);
	meta_bits_number(variables, 0x20);
	meta_bits_signed(variables, -16);
	meta_bits_put(variables,
		      PACKED_VARIABLE_SAME | PACKED_VARIABLE_RANGE |
			      ALLOTYPE_META_BASE_RSP
				      << PACKED_VARIABLE_BASE_SHIFT,
		      8);
	meta_bits_signed(variables, 0);
	meta_bits_number(variables, 1);
	meta_bits_signed(variables, 17);
}

static void add_code(struct meta_writer *writer)
{
	struct metafile_function function = {
		.low = 0x1000, .high = 0x1080,
		.name = meta_writer_string(writer, "main"),
		.type = ALLOTYPE_META_NONE,
		.variable_count = 100, /* more than there are */
	};
	struct allotype_meta_line_block block = { .address = 0x1000 };
	struct meta_bits rows = {0}, variables = {0};
	struct allotype_meta_site sites[] = {
		{ .address = 0x1014, .line = 7 },
		{ .address = 0x1020, .line = 8 },
	};
	struct allotype_meta_source_file source = {
		.name = meta_writer_string(writer, "a.c"),
	};
	struct allotype_meta_symbol symbols[] = {
		{ .address = 0x1000, .size = 0x80, .type = STT_FUNC },
		{ .address = 0x1040, .size = 0 },
		{ .address = 0x1044, .size = 0 },
	};
	struct allotype_meta_elf_section sections[] = {
		{ .address = 0x3ff0, .size = 0x100, .type = SHT_NOBITS,
		  .flags = SHF_TLS },
		{ .address = 0x4000, .size = 0x400, .type = SHT_PROGBITS },
	};

	add_rows(&rows);
	add_variables(&variables);
	meta_writer_piece(writer, &function, &variables);
	META_ADD(writer, ALLOTYPE_META_LINES, block);
	meta_writer_add(writer, ALLOTYPE_META_ROWS, rows.bytes, rows.size / 8);
	META_ADD(writer, ALLOTYPE_META_SITES, sites);
	META_ADD(writer, ALLOTYPE_META_FILES, source);
	META_ADD(writer, ALLOTYPE_META_SYMBOLS, symbols);
	META_ADD(writer, ALLOTYPE_META_ELF_SECTIONS, sections);
}

static void *make_file(size_t *size)
{
	struct meta_writer *writer = meta_writer_create();
	uint32_t number = meta_writer_base(writer, "int", 4, 5);
	struct meta_field fields[] = {
		{ .name = "a", .type = number, .offset = 0 },
		{ .name = "b", .type = number, .offset = 4 },
	};
	uint32_t function = meta_writer_function(writer, number, &number, 1);
	void *file;

	meta_writer_pointer(writer, function);

	meta_writer_record(writer, ALLOC_KIND_STRUCT, "struct pair", 8, fields,
			   2);
	add_statics(writer, number);
	add_code(writer);
	file = meta_writer_finish(writer, build_id, sizeof build_id, size);
	meta_writer_destroy(writer);
	return file;
}

static void test_finds_by_address(void **state)
{
	struct metafile_function function;
	struct allotype_meta_static found;
	struct allotype_meta_line line;
	struct allotype_meta_site site;
	struct metafile file;
	size_t size;
	void *data = make_file(&size);

	(void)state;
	assert_int_equal(metafile_init(&file, data, size, build_id,
				       sizeof build_id, NULL),
			 STATUS_OK);
	assert_int_equal(metafile_verify(&file, NULL), STATUS_OK);
	assert_false(metafile_static_at(&file, 0x3fff, &found));
	assert_true(metafile_static_at(&file, 0x4000, &found));
	assert_int_equal(found.address, 0x4000);
	assert_true(metafile_static_at(&file, 0x402f, &found));
	assert_int_equal(found.address, 0x4020);
	assert_int_equal(found.file, ALLOTYPE_META_NONE);
	assert_false(metafile_static_at(&file, 0x4010, &found));
	assert_false(metafile_static_at(&file, UINT64_MAX, &found));
	assert_true(metafile_function_at(&file, 0x107f, &function));
	assert_string_equal(metafile_string(&file, function.name), "main");
	assert_int_equal(function.type, ALLOTYPE_META_NONE);
	assert_false(metafile_function_at(&file, 0x1080, &function));
	assert_false(metafile_function_at(&file, 0xfff, &function));
	assert_true(metafile_line_at(&file, 0x100f, &line));
	assert_int_equal(line.line, 7);
	assert_int_equal(line.address, 0x1000);
	assert_true(metafile_line_at(&file, 0x1010, &line));
	assert_int_equal(line.line, 8);
	assert_true(metafile_line_at(&file, 0x107f, &line));
	assert_false(metafile_line_at(&file, 0x1080, &line));
	assert_false(metafile_line_at(&file, 0xfff, &line));
	assert_true(metafile_site_at(&file, 0x1020, &site));
	assert_int_equal(site.line, 8);
	assert_false(metafile_site_at(&file, 0x1021, &site));
	assert_string_equal(metafile_source_file(&file, 0), "a.c");
	assert_null(metafile_source_file(&file, 1));
	free(data);
}

/* A size beyond the section ends with the section. */
static void test_variables_one_after_the_other(void **state)
{
	struct metafile_function function;
	struct allotype_meta_variable v;
	struct metafile_variables all;
	struct metafile file;
	size_t size;
	void *data = make_file(&size);

	(void)state;
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_OK);
	assert_true(metafile_function(&file, 0, &function));
	metafile_variables(&file, &function, &all);
	assert_true(metafile_variables_next(&all, &v));
	assert_int_equal(v.low, 0x1000);
	assert_int_equal(v.high, 0x1020);
	assert_int_equal(v.type, 0);
	assert_int_equal(v.offset, -16);
	assert_int_equal(v.base, ALLOTYPE_META_BASE_CFA);
	assert_int_equal(v.flags, ALLOTYPE_META_VARIABLE_PARAMETER);
	assert_true(metafile_variables_next(&all, &v));
	assert_int_equal(v.low, 0x1020);
	assert_int_equal(v.high, 0x1021);
	assert_int_equal(v.offset, 1);
	assert_int_equal(v.base, ALLOTYPE_META_BASE_RSP);
	assert_int_equal(v.flags, 0);
	assert_false(metafile_variables_next(&all, &v));
	assert_false(metafile_variables_next(&all, &v));
	free(data);
}

static void test_labels_do_not_hide_a_symbol(void **state)
{
	struct allotype_meta_elf_section section;
	struct allotype_meta_symbol symbol;
	struct metafile file;
	size_t size;
	void *data = make_file(&size);

	(void)state;
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_OK);
	assert_true(metafile_symbol_at(&file, 0x1050, &symbol));
	assert_int_equal(symbol.address, 0x1000);
	assert_false(metafile_symbol_at(&file, 0x1080, &symbol));
	/* .tbss takes no room. */
	assert_true(metafile_elf_section_at(&file, 0x4001, &section));
	assert_int_equal(section.address, 0x4000);
	assert_false(metafile_elf_section_at(&file, 0x3ff8, &section));
	free(data);
}

static void test_refuses_with_a_reason(void **state)
{
	static const uint8_t other[] = { 1, 2, 3, 4 };
	const char *reason = NULL;
	struct allotype_meta_header *header;
	struct metafile file;
	size_t size;
	void *data = make_file(&size);

	(void)state;
	header = data;
	assert_int_equal(metafile_init(&file, data, size, other, sizeof other,
				       &reason),
			 STATUS_BAD_INPUT);
	assert_string_equal(reason, "of another build ID");
	header->version++;
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, &reason),
			 STATUS_BAD_INPUT);
	assert_string_equal(reason, "of another version of the format");
	header->version--;
	header->sections[ALLOTYPE_META_SITES].offset = size;
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, &reason),
			 STATUS_BAD_INPUT);
	assert_string_equal(reason, "the checksum of its header is wrong");
	meta_writer_reseal(data);
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, &reason),
			 STATUS_BAD_INPUT);
	assert_string_equal(reason, "a section is out of bounds");
	assert_int_equal(metafile_init(&file, NULL, 0, NULL, 0, NULL),
			 STATUS_MISUSE);
	free(data);
}

/* Numbers of all widths come back from tables. */
static void test_columns_are_wide_enough(void **state)
{
	static const struct allotype_meta_alternative alternatives[] = {
		{ .type = ALLOTYPE_META_NONE, .offset = INT32_MIN },
		{ .type = ALLOTYPE_META_NONE - 1, .offset = INT32_MAX },
	};
	static const struct allotype_meta_rule rules[] = {
		{ .cfa_offset = -1, .rbp_offset = INT16_MIN, .base = 255 },
	};
	static const struct allotype_meta_static statics[] = {
		{ .address = 0, .type = ALLOTYPE_META_NONE },
		{ .address = UINT64_MAX, .size = 0x123456789a, .line = 1 << 31 },
	};
	struct meta_writer *writer = meta_writer_create();
	struct allotype_meta_alternative alternative;
	struct allotype_meta_static entry;
	struct allotype_meta_rule rule = {0};
	struct metafile file;
	size_t size;
	void *data;

	(void)state;
	META_ADD(writer, ALLOTYPE_META_ALTERNATIVES, alternatives);
	META_ADD(writer, ALLOTYPE_META_RULES, rules);
	META_ADD(writer, ALLOTYPE_META_STATICS, statics);
	data = meta_writer_finish(writer, NULL, 0, &size);
	meta_writer_destroy(writer);
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_OK);
	for (uint32_t i = 0; i < 2; i++) {
		assert_true(metafile_alternative(&file, i, &alternative));
		assert_memory_equal(&alternative, &alternatives[i],
				    sizeof alternative);
		assert_true(metafile_static(&file, i, &entry));
		assert_memory_equal(&entry, &statics[i], sizeof entry);
	}
	assert_true(metafile_rule(&file, 0, &rule));
	assert_memory_equal(&rule, &rules[0], sizeof rule);
	assert_false(metafile_rule(&file, 1, &rule));
	free(data);
}

static void test_refuses_impossible_widths(void **state)
{
	struct allotype_meta_section *rules, *sites, *rows, all;
	struct metafile file;
	size_t size;
	char *data = make_file(&size);
	struct allotype_meta_header *header = (void *)data;

	(void)state;
	rules = &header->sections[ALLOTYPE_META_RULES];
	sites = &header->sections[ALLOTYPE_META_SITES];
	rows = &header->sections[ALLOTYPE_META_ROWS];
	/* Any number of entries that take nothing. */
	rules->count = 1000;
	meta_writer_reseal(data);
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_BAD_INPUT);
	rules->count = 0;
	/* More than the column has, the sum as before. */
	all = *sites;
	memset(sites->widths, 0, sizeof sites->widths);
	sites->widths[0] = 1;
	sites->widths[11] = (uint8_t)(sites->entry_size - 1);
	assert_true(sites->widths[11] > 8);
	meta_writer_reseal(data);
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_BAD_INPUT);
	*sites = all;
	rows->entry_size = 0;
	meta_writer_reseal(data);
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_BAD_INPUT);
	rows->entry_size = 8;
	meta_writer_reseal(data);
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_OK);
	free(data);
}

static void test_refuses_every_truncation(void **state)
{
	struct metafile file;
	size_t size;
	void *data = make_file(&size);

	(void)state;
	for (size_t length = 0; length < size; length++) {
		/* Exactly as long as the file, so that ASan sees the end. */
		void *copy = malloc(length ? length : 1);

		memcpy(copy, data, length);
		assert_int_equal(metafile_init(&file, copy, length, NULL, 0,
					       NULL),
				 STATUS_BAD_INPUT);
		free(copy);
	}
	free(data);
}

/* The last string ends with the text even if no NUL says so; tools refuse the
 * file, whatever its checksums say. */
static void test_endless_strings(void **state)
{
	struct allotype_meta_header *header;
	struct allotype_meta_section *strings;
	struct allotype_meta_static found;
	const char *reason = "";
	struct metafile file;
	size_t size;
	char *data = make_file(&size);

	(void)state;
	header = (struct allotype_meta_header *)data;
	strings = &header->sections[ALLOTYPE_META_STRINGS];
	data[strings->offset + strings->size - 1] = 'x';
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_OK);
	for (uint32_t i = 1; i < strings->size; i++)
		assert_true(strlen(metafile_string(&file, i)) <=
			    strings->size - i);
	assert_string_equal(
		metafile_string(&file, (uint32_t)strings->size - 1), "x");
	assert_string_equal(metafile_string(&file, (uint32_t)strings->size),
			    "");
	metafile_deinit(&file);
	assert_true(metafile_static_at(&file, 0x4000, &found));
	strings->checksum = allotype_meta_checksum(data + strings->offset,
						   strings->size);
	header->header_checksum = allotype_meta_header_checksum(header);
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_OK);
	assert_int_equal(metafile_verify(&file, &reason), STATUS_BAD_INPUT);
	assert_string_equal(reason, "its strings do not end");
	metafile_deinit(&file);
	free(data);
}

enum { MANY = 600, LONG = 5000 };

struct many_strings {
	struct metafile file;
	uint32_t offsets[MANY], endless;
};

static void *read_all(void *context)
{
	const struct many_strings *many = context;
	char expected[32];

	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(expected, sizeof expected, "name_%u", i * i);
		if (strcmp(metafile_string(&many->file, many->offsets[i]),
			   expected) != 0)
			return context;
	}
	if (strlen(metafile_string(&many->file, many->endless)) != LONG)
		return context;
	return NULL;
}

/* Strings of many blocks, one of them over several, for who asks first. */
static void test_strings_of_many_threads(void **state)
{
	enum { THREADS = 4 };
	struct meta_writer *writer = meta_writer_create();
	char text[LONG + 1];
	struct many_strings many = {0};
	pthread_t threads[THREADS];
	size_t size;
	void *data;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "name_%u", i * i);
		many.offsets[i] = meta_writer_string(writer, text);
		if (i == MANY / 2) {
			memset(text, 'l', LONG);
			text[LONG] = '\0';
			many.endless = meta_writer_string(writer, text);
		}
	}
	data = meta_writer_finish(writer, NULL, 0, &size);
	meta_writer_destroy(writer);
	assert_int_equal(metafile_init(&many.file, data, size, NULL, 0, NULL),
			 STATUS_OK);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_all,
						&many),
				 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(metafile_verify(&many.file, NULL), STATUS_OK);
	metafile_deinit(&many.file);
	free(data);
}

static void exercise_variables(const struct metafile *file,
			       uint32_t number)
{
	struct allotype_meta_variable variable;
	struct metafile_variables variables;
	struct metafile_function function;

	if (!metafile_function(file, number, &function))
		return;
	metafile_variables(file, &function, &variables);
	while (metafile_variables_next(&variables, &variable))
		metafile_string(file, variable.name);
}

/* Asks FILE everything there is to ask. */
static void exercise(const struct metafile *file)
{
	struct allotype_meta_alternative alternative;
	struct allotype_meta_elf_section section;
	struct metafile_function function;
	struct allotype_meta_static variable;
	struct allotype_meta_symbol symbol;
	struct allotype_meta_vtable table;
	struct allotype_meta_line line;
	struct allotype_meta_rule rule;
	struct allotype_meta_site site;
	struct alloc_member member;

	for (uint32_t i = 0; i < 64; i++) {
		const struct alloc_type *type = types_from_file(file, i);

		alloc_type_name(type);
		alloc_type_size(type);
		alloc_type_strip(type);
		alloc_type_name(types_array(type, 3));
		alloc_type_name(types_pointer(type));
		for (size_t j = 0; j < 4; j++)
			alloc_type_member(type, j, &member);
		metafile_string(file, i * 7);
		exercise_variables(file, i);
		metafile_alternative(file, i, &alternative);
		metafile_rule(file, i, &rule);
		metafile_source_file(file, i);
	}
	for (uint64_t address = 0xff0; address < 0x4200; address += 0x10) {
		metafile_static_at(file, address, &variable);
		metafile_symbol_at(file, address, &symbol);
		metafile_vtable_at(file, address, &table);
		metafile_function_at(file, address, &function);
		metafile_line_at(file, address, &line);
		metafile_site_at(file, address + 4, &site);
		metafile_elf_section_at(file, address, &section);
	}
}

/* Every byte of the file, wrong in two ways; the header resealed, so that
 * not the checksum alone protects the reader. */
/* There, where all takes longer, one thread need not read every file. */
#ifdef UNDER_THREAD_SANITIZER
enum { FLIPS_STEP = 7 };
#else
enum { FLIPS_STEP = 1 };
#endif

static void test_survives_flipped_bytes(void **state)
{
	static const unsigned char flips[] = { 0xff, 0x01 };
	size_t size, accepted = 0;
	unsigned char *data = make_file(&size);

	(void)state;
	for (size_t i = 0; i < size * 2; i += FLIPS_STEP) {
		unsigned char *copy = malloc(size);
		struct metafile *file = malloc(sizeof *file);

		memcpy(copy, data, size);
		copy[i / 2] ^= flips[i % 2];
		meta_writer_reseal(copy);
		if (metafile_init(file, copy, size, NULL, 0, NULL) ==
		    STATUS_OK) {
			accepted++;
			exercise(file);
			/* Types live for ever: so must their file. */
			continue;
		}
		free(copy);
		free(file);
	}
	assert_true(accepted > 0);
	free(data);
}

static void test_verify_finds_any_flipped_byte(void **state)
{
	struct metafile file;
	size_t size;
	unsigned char *data = make_file(&size);
	const struct allotype_meta_header *header = (void *)data;
	const struct allotype_meta_section *types =
		&header->sections[ALLOTYPE_META_TYPES];

	(void)state;
	assert_int_equal(metafile_init(&file, data, size, NULL, 0, NULL),
			 STATUS_OK);
	for (uint64_t i = 0; i < types->size; i++) {
		data[types->offset + i] ^= 0x40;
		assert_int_equal(metafile_verify(&file, NULL),
				 STATUS_BAD_INPUT);
		data[types->offset + i] ^= 0x40;
	}
	free(data);
}

static void test_search_order(void **state)
{
	char at_home[] = "HOME=/h", at_meta[] = "ALLOTYPE_META_DIR=/m";
	char at_cache[] = "XDG_CACHE_HOME=/x";
	char at_relative[] = "XDG_CACHE_HOME=relative";
	char *only[] = { at_home, at_meta, NULL };
	char *xdg[] = { at_cache, at_home, NULL };
	char *home[] = { at_relative, at_home, NULL };
	char path[CACHE_PATH_MAX];

	(void)state;
	assert_int_equal(cache_directory(only, 0, path), STATUS_OK);
	assert_string_equal(path, "/m");
	assert_int_equal(cache_directory(only, 1, path), STATUS_NOT_FOUND);
	assert_int_equal(cache_directory(xdg, 0, path), STATUS_OK);
	assert_string_equal(path, "/x/allotype");
	assert_int_equal(cache_directory(home, 0, path), STATUS_OK);
	assert_string_equal(path, "/h/.cache/allotype");
	assert_int_equal(cache_directory(home, 1, path), STATUS_OK);
	assert_string_equal(path, "/var/cache/allotype");
	assert_int_equal(cache_directory(NULL, 1, path), STATUS_OK);
	assert_string_equal(path, "/usr/lib/debug/.allotype");
	assert_int_equal(cache_directory(NULL, 2, path), STATUS_NOT_FOUND);
}

static void test_cache_file_name(void **state)
{
	char path[CACHE_PATH_MAX], directory[CACHE_PATH_MAX];

	(void)state;
	assert_int_equal(cache_file("/m", build_id, sizeof build_id, path),
			 STATUS_OK);
	assert_string_equal(path, "/m/ab/12cd34.meta");
	assert_int_equal(cache_file("/m", build_id, 1, path),
			 STATUS_BAD_INPUT);
	memset(directory, 'd', sizeof directory);
	directory[sizeof directory - 1] = '\0';
	assert_int_equal(cache_file(directory, build_id, 4, path),
			 STATUS_BAD_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_by_address),
		cmocka_unit_test(test_variables_one_after_the_other),
		cmocka_unit_test(test_labels_do_not_hide_a_symbol),
		cmocka_unit_test(test_refuses_with_a_reason),
		cmocka_unit_test(test_columns_are_wide_enough),
		cmocka_unit_test(test_refuses_impossible_widths),
		cmocka_unit_test(test_refuses_every_truncation),
		cmocka_unit_test(test_survives_flipped_bytes),
		cmocka_unit_test(test_verify_finds_any_flipped_byte),
		cmocka_unit_test(test_search_order),
		cmocka_unit_test(test_endless_strings),
		cmocka_unit_test(test_strings_of_many_threads),
		cmocka_unit_test(test_cache_file_name),
	};

	if (types_init() != STATUS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
