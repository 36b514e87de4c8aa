/* SPDX-License-Identifier: Apache-2.0 */
/* Strings packed by words: shorter, and what they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "meta/words.h"

enum { SLACK = 8 };

/* What PACKED stands for; its size. */
static size_t unpack(const struct words *words, const unsigned char *packed,
		     size_t size, unsigned char *text)
{
	size_t to = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned int n = 0;

		while (n < words->count && words->codes[n] != packed[i])
			n++;
		if (n == words->count) {
			text[to++] = packed[i];
			continue;
		}
		memcpy(text + to, &words->text[n], words->sizes[n]);
		to += words->sizes[n];
	}
	return to;
}

/* The packed size of the SIZE bytes at TEXT. */
static size_t check(const unsigned char *text, size_t size)
{
	unsigned char *copy = calloc(1, size + SLACK);
	unsigned char *packed = malloc(size + 1);
	unsigned char *back = malloc(size + 1);
	struct words_packer *packer;
	struct words words;
	size_t packed_size;

	memcpy(copy, text, size);
	assert_true(words_choose(&words, copy, size));
	packer = words_packer_create(&words);
	assert_non_null(packer);
	packed_size = words_pack(packer, copy, size, packed);
	assert_true(packed_size <= size);
	assert_int_equal(unpack(&words, packed, packed_size, back), size);
	assert_memory_equal(back, copy, size);
	words_packer_destroy(packer);
	free(copy);
	free(packed);
	free(back);
	return packed_size;
}

static void test_names(void **state)
{
	unsigned char text[60000];
	size_t size = 0;

	(void)state;
	for (int i = 0; size < sizeof text - 64; i++)
		size += (size_t)sprintf((char *)text + size,
					"struct client_%d_list_node", i) +
			1;
	assert_true(check(text, size) < size / 3);
}

static void test_little(void **state)
{
	(void)state;
	assert_int_equal(check((const unsigned char *)"", 0), 0);
	assert_int_equal(check((const unsigned char *)"\0ab\0", 4), 4);
	assert_true(check((const unsigned char *)"aaaaaaaaaaaaaaaaaaaaaaaaaaa",
			  27) < 10);
}

/* Text that uses every byte has no codes to give away. */
static void test_every_byte(void **state)
{
	unsigned char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (unsigned char)(i % 512 < 256 ? i : 'a');
	assert_int_equal(check(text, sizeof text), sizeof text);
}

static void test_noise(void **state)
{
	unsigned char text[3000];
	uint32_t random = 1;

	(void)state;
	for (unsigned int values = 1; values < 256; values += 17) {
		for (size_t i = 0; i < sizeof text; i++) {
			random = random * 1103515245 + 12345;
			text[i] = (unsigned char)((random >> 16) % values);
		}
		check(text, sizeof text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_little),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
