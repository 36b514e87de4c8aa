/* SPDX-License-Identifier: Apache-2.0 */
/* Line tables, written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dwarf.h>

#include "meta/dwarf/linetable.h"
#include "meta/dwarf/runs.h"

struct bytes {
	unsigned char at[1024];
	size_t count;
};

static void put(struct bytes *bytes, const void *from, size_t size)
{
	memcpy(bytes->at + bytes->count, from, size);
	bytes->count += size;
}

static void put_number(struct bytes *bytes, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++, number >>= 8)
		bytes->at[bytes->count++] = (unsigned char)number;
}

static void put_sequence(struct bytes *bytes, uint64_t address,
			 const char *program, size_t size)
{
	static const unsigned char end[] = {0, 1, DW_LNE_end_sequence};

	put_number(bytes, 0, 1);
	put_number(bytes, 9, 1);
	put_number(bytes, DW_LNE_set_address, 1);
	put_number(bytes, address, 8);
	put(bytes, program, size);
	put(bytes, end, sizeof end);
}

static void put_entries(struct bytes *bytes)
{
	static const unsigned char formats[] = {
		1, DW_LNCT_path, DW_FORM_string,
		2, '/', 'a', 0, 'b', 0,
		3, DW_LNCT_path, DW_FORM_line_strp,
		DW_LNCT_directory_index, DW_FORM_udata,
		DW_LNCT_MD5, DW_FORM_data16, 3,
	};

	put(bytes, formats, sizeof formats);
	for (unsigned char i = 0; i < 3; i++) {
		unsigned char md5[16];

		put_number(bytes, 4 * i, 4);
		put_number(bytes, i % 2, 1);
		memset(md5, i, sizeof md5);
		put(bytes, md5, sizeof md5);
	}
}

/* Sequences at 0x3000, 0x1000, and 0x2000, which ends where it began. */
static void table_write(struct bytes *bytes)
{
	static const unsigned char lengths[] = {0, 1, 1, 1, 1, 0,
						0, 0, 1, 0, 0, 1};
	/* Line 1 + 7, file 2, 17 bytes on and line + 1, 0x100 bytes on. */
	static const char program[] = {
		DW_LNS_advance_line, 7, DW_LNS_set_file, 2, DW_LNS_copy,
		DW_LNS_const_add_pc, 13 + 6, DW_LNS_advance_pc, '\x80', 2,
	};
	size_t header;

	put_number(bytes, 0, 4);
	put_number(bytes, 5, 2);
	put_number(bytes, 8, 1);
	put_number(bytes, 0, 1);
	put_number(bytes, 0, 4);
	header = bytes->count;
	put_number(bytes, 1, 1);
	put_number(bytes, 1, 1);
	put_number(bytes, 1, 1);
	put_number(bytes, (uint64_t)-5, 1);
	put_number(bytes, 14, 1);
	put_number(bytes, 13, 1);
	put(bytes, lengths, sizeof lengths);
	put_entries(bytes);
	bytes->at[header - 4] = (unsigned char)(bytes->count - header);
	put_sequence(bytes, 0x3000, program, sizeof program);
	put_sequence(bytes, 0x1000, program, sizeof program);
	put_sequence(bytes, 0x2000, program, 5);
	bytes->at[0] = (unsigned char)(bytes->count - 4);
	assert_in_range(bytes->count, 0, 255);
}

static bool table_open(struct line_table *table, struct bytes *bytes)
{
	static char strings[] = "one\0two\0/ab";
	Elf_Data lines = {.d_buf = bytes->at, .d_size = bytes->count};
	Elf_Data names = {.d_buf = strings, .d_size = sizeof strings};
	struct line_sections sections = {
		.lines = &lines, .line_strings = &names,
	};

	return line_table_open(table, &sections, 0, 4);
}

static void test_files(void **state)
{
	struct bytes bytes = {.count = 0};
	struct line_table table = {.of = NULL};
	char buffer[16];

	(void)state;
	table_write(&bytes);
	assert_true(table_open(&table, &bytes));
	assert_int_equal(table.files.count, 3);
	assert_string_equal(line_table_name(&table, 0, buffer, 16), "/a/one");
	assert_string_equal(line_table_name(&table, 1, buffer, 16), "b/two");
	assert_string_equal(line_table_name(&table, 2, buffer, 16), "/ab");
	assert_null(line_table_name(&table, 3, buffer, 16));
	assert_null(line_table_name(&table, 0, buffer, 4));
	assert_int_equal(table.files.at[2].md5[15], 2);
	line_table_deinit(&table);
}

static void test_rows_are_sorted(void **state)
{
	static const struct {
		uint64_t address;
		uint32_t line, file;
	} expected[] = {
		{0x1000, 8, 2}, {0x1011, 9, 2}, {0x1111, 9, LINE_ROW_END},
		{0x2000, 8, LINE_ROW_END}, {0x2000, 8, 2},
		{0x3000, 8, 2}, {0x3011, 9, 2}, {0x3111, 9, LINE_ROW_END},
	};
	struct bytes bytes = {.count = 0};
	struct line_table table = {.of = NULL};

	(void)state;
	table_write(&bytes);
	assert_true(table_open(&table, &bytes));
	assert_true(line_table_run(&table));
	assert_int_equal(table.rows.count, 8);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(table.rows.at[i].address,
				 expected[i].address);
		assert_int_equal(table.rows.at[i].line, expected[i].line);
		assert_int_equal(table.rows.at[i].file, expected[i].file);
	}
	line_table_deinit(&table);
}

/* Each byte in turn says something else; and the section ends earlier. */
static void test_damage(void **state)
{
	struct bytes whole = {.count = 0};
	struct line_table table = {.of = NULL};
	uint32_t opened = 0;

	(void)state;
	table_write(&whole);
	for (size_t i = 0; i < whole.count; i++) {
		struct bytes damaged = whole;
		char buffer[16];

		damaged.at[i] ^= 0x81;
		if (table_open(&table, &damaged)) {
			opened++;
			line_table_run(&table);
			line_table_name(&table, 1, buffer, 16);
		}
		damaged = whole;
		damaged.count = i;
		assert_false(table_open(&table, &damaged));
		assert_false(line_table_run(&table));
	}
	assert_in_range(opened, 1, whole.count - 1);
	line_table_deinit(&table);
}

static int compare_numbers(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool is_tens(const void *number)
{
	return *(const int *)number % 10 == 0;
}

static void test_runs(void **state)
{
	int apart[] = {50, 60, 61, 62, 70, 10, 11, 20, 30, 31, 1};
	int across[] = {1, 10, 31, 40, 11, 20};
	int mixed[] = {1, 5, 9, 4, 6};
	int sorted[11];

	(void)state;
	memcpy(sorted, apart, sizeof sorted);
	qsort(sorted, 11, sizeof *sorted, compare_numbers);
	assert_true(runs_sort(apart, 11, sizeof *apart, compare_numbers,
			      is_tens));
	assert_memory_equal(apart, sorted, sizeof sorted);
	assert_true(runs_sort(across, 6, sizeof *across, compare_numbers,
			      is_tens));
	assert_int_equal(across[1], 10);
	assert_int_equal(across[2], 11);
	assert_false(runs_sort(mixed, 5, sizeof *mixed, compare_numbers,
			       is_tens));
	assert_int_equal(mixed[2], 9);
	assert_true(runs_sort(mixed, 0, sizeof *mixed, compare_numbers,
			      is_tens));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_rows_are_sorted),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
