/* SPDX-License-Identifier: Apache-2.0 */
/* Packed strings: shorter, and what they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "meta/image.h"
#include "type/metafile.h"

enum { STRINGS = 2000, ROOM = 10000 };

struct packed {
	char *strings[STRINGS];
	uint32_t offsets[STRINGS];
	unsigned char *bytes; /* of the file */
	size_t size, text_size;
};

static void pack(struct packed *p, uint32_t count)
{
	static const unsigned char no_codes[CODED_OF_TEXT] = {0};
	struct allotype_meta_header header = {0};
	struct image image;

	assert_true(image_init(&image));
	image_bytes(&image, ALLOTYPE_META_CODES, no_codes, sizeof no_codes);
	for (uint32_t i = 0; i < count; i++)
		p->offsets[i] = image_string(&image, p->strings[i]);
	p->text_size = image.sections[ALLOTYPE_META_STRINGS].size;
	assert_int_equal(image_finish(&image, &header, &p->bytes, &p->size), 0);
	image_deinit(&image);
}

static const struct allotype_meta_section *
section(const struct packed *p, enum allotype_meta_section_id id)
{
	return &((const struct allotype_meta_header *)p->bytes)->sections[id];
}

/* Packs the strings and compares them with what comes back; the packed size. */
static size_t check(struct packed *p, uint32_t count)
{
	struct metafile file;
	size_t size;

	pack(p, count);
	assert_int_equal(metafile_init(&file, p->bytes, p->size, NULL, 0, NULL),
			 0);
	assert_int_equal(metafile_verify(&file, NULL), 0);
	for (uint32_t i = count; i--;)
		assert_string_equal(metafile_string(&file, p->offsets[i]),
				    p->strings[i]);
	metafile_deinit(&file);
	size = section(p, ALLOTYPE_META_STRINGS)->size;
	free(p->bytes);
	for (uint32_t i = 0; i < count; i++)
		free(p->strings[i]);
	return size;
}

static void add_names(struct packed *p)
{
	for (unsigned int i = 0; i < STRINGS; i++) {
		p->strings[i] = malloc(64);
		snprintf(p->strings[i], 64, "struct client_%u_list_node", i * i);
	}
}

static void test_names(void **state)
{
	struct packed *p = calloc(1, sizeof *p);

	(void)state;
	add_names(p);
	assert_true(check(p, STRINGS) < p->text_size / 4);
	free(p);
}

static void test_little(void **state)
{
	struct packed *p = calloc(1, sizeof *p);

	(void)state;
	assert_int_equal(check(p, 0), 1);
	p->strings[0] = strdup("a");
	assert_int_equal(check(p, 1), 1);
	free(p);
}

/* Of all bytes but NUL, or of few, also over several blocks. */
static void test_noise(void **state)
{
	struct packed *p = calloc(1, sizeof *p);
	uint32_t random = 1, count = 0;

	(void)state;
	for (unsigned int values = 1; values < 256; values += 17) {
		char *string = malloc(ROOM + 1);

		for (size_t i = 0; i < ROOM; i++) {
			random = random * 1103515245 + 12345;
			string[i] = (char)((random >> 16) % values + 1);
		}
		string[values > 100 ? values : ROOM] = '\0';
		p->strings[count++] = string;
	}
	check(p, count);
	free(p);
}

/* Damaged ones are wrong, and end. */
static void test_damaged(void **state)
{
	struct packed *p = calloc(1, sizeof *p);
	const struct allotype_meta_section *strings, *codes;

	(void)state;
	add_names(p);
	pack(p, STRINGS);
	strings = section(p, ALLOTYPE_META_STRINGS);
	codes = section(p, ALLOTYPE_META_CODES);
	for (size_t i = 0; i < strings->size + codes->size; i += 3) {
		size_t at = i < codes->size ? codes->offset + i
					    : strings->offset + i - codes->size;
		unsigned char byte = p->bytes[at];
		struct metafile file;

		p->bytes[at] ^= (unsigned char)(1 << i % 8);
		assert_int_equal(metafile_init(&file, p->bytes, p->size, NULL,
					       0, NULL),
				 0);
		for (uint32_t n = 0; n < STRINGS; n += 50)
			assert_true(strlen(metafile_string(&file,
							   p->offsets[n])) <=
				    p->text_size);
		metafile_deinit(&file);
		p->bytes[at] = byte;
	}
	free(p->bytes);
	for (uint32_t i = 0; i < STRINGS; i++)
		free(p->strings[i]);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_little),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
