/* SPDX-License-Identifier: Apache-2.0 */
/* Coded numbers: what is written comes back, whatever it is, and damage only
 * ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "meta/coder.h"

enum { NUMBERS = 20000, SLACK = 8 };

struct written {
	struct image image;
	struct coded coded;
	unsigned char *bytes; /* a copy, with SLACK */
	struct coded_cursor cursor;
};

typedef void put_all(struct coder *coder);

static const struct image_section *section(const struct written *w,
					   enum allotype_meta_section_id id)
{
	return &w->image.sections[id];
}

static void write_all(struct written *w, put_all *put)
{
	const struct image_section *to, *codes;
	struct coder *coder;

	memset(w, 0, sizeof *w);
	assert_true(image_init(&w->image));
	coder = coder_create(&w->image, ALLOTYPE_META_FUNCTIONS, 0,
			     CODED_CONTEXTS);
	assert_non_null(coder);
	put(coder);
	coder_choose(coder, CODED_CONTEXTS);
	put(coder);
	coder_align(coder);
	coder_destroy(coder);
	to = section(w, ALLOTYPE_META_FUNCTIONS);
	codes = section(w, ALLOTYPE_META_CODES);
	w->bytes = calloc(1, to->size + SLACK);
	memcpy(w->bytes, to->bytes, to->size);
	coded_init(&w->coded,
		   (struct packed_cursor){codes->bytes,
					  codes->bytes + codes->size, false});
	w->cursor = (struct coded_cursor){.coded = &w->coded,
					  .bytes = w->bytes,
					  .limit = to->size * 8};
}

static void forget(struct written *w)
{
	image_deinit(&w->image);
	free(w->bytes);
}

/* Of all sizes, small ones more often. */
static uint64_t number(uint64_t i)
{
	uint64_t x = (i + 1) * 0x9e3779b97f4a7c15ULL;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 32;
	return x >> (i % 3 ? 58 - i % 7 : i * 7 % 64);
}

static void put_numbers(struct coder *coder)
{
	for (uint64_t i = 0; i < NUMBERS; i++) {
		coder_number(coder, i % 2, number(i));
		coder_signed(coder, 2, (int64_t)-number(i));
		coder_bits(coder, number(i) & 0x1ff, 9);
	}
	coder_number(coder, 0, UINT64_MAX);
	coder_bits(coder, UINT64_MAX, 64);
	coder_symbol(coder, 4, CODED_SYMBOLS - 1);
}

static void test_numbers_come_back(void **state)
{
	struct written *w = malloc(sizeof *w);
	struct coded_cursor *c = &w->cursor;

	(void)state;
	write_all(w, put_numbers);
	for (uint64_t i = 0; i < NUMBERS; i++) {
		assert_int_equal(coded_number(c, i % 2), number(i));
		assert_int_equal(coded_signed(c, 2), (int64_t)-number(i));
		assert_int_equal(coded_bits(c, 9), number(i) & 0x1ff);
	}
	assert_int_equal(coded_number(c, 0), UINT64_MAX);
	assert_int_equal(coded_bits(c, 64), UINT64_MAX);
	assert_int_equal(coded_symbol(c, 4), CODED_SYMBOLS - 1);
	assert_false(c->failed);
	assert_true(c->limit - c->at < 8);
	/* A context that has no codes. */
	coded_symbol(c, 3);
	assert_true(c->failed);
	coded_bits(c, 8);
	assert_int_equal(c->at, c->limit);
	forget(w);
	free(w);
}

/* Each twice as frequent as the last: the rarest would take 25 bits. */
static void put_rarer_and_rarer(struct coder *coder)
{
	for (unsigned int i = 0; i <= 25; i++)
		for (unsigned int n = 0; n < 1U << i >> 5 || n < 1; n++)
			coder_symbol(coder, 0, i);
}

static void test_codes_are_not_too_long(void **state)
{
	struct written *w = malloc(sizeof *w);

	(void)state;
	write_all(w, put_rarer_and_rarer);
	for (unsigned int i = 0; i <= 25; i++)
		for (unsigned int n = 0; n < 1U << i >> 5 || n < 1; n++)
			if (coded_symbol(&w->cursor, 0) != i)
				fail_msg("%u", i);
	assert_false(w->cursor.failed);
	forget(w);
	free(w);
}

static void test_damaged_codes(void **state)
{
	static const unsigned char damaged[][4] = {
		{3, 3, 0x11, 0x01},    /* three codes of one bit */
		{3, 4, 0xf0, 0x10},    /* a run that ends behind the last */
		{2, 2, 0x10},          /* a run cut off */
		{3, 0x8d, 0x02, 0x11}, /* too many symbols */
		{0x80, 0x80, 0x80, 1}, /* a size behind the end */
	};
	static const unsigned char bits[1 + SLACK] = {0};
	struct coded *coded = calloc(1, sizeof *coded);

	(void)state;
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		struct coded_cursor cursor = {
			.coded = coded, .bytes = bits, .limit = 8};

		memset(coded, 0, sizeof *coded);
		coded_init(coded, (struct packed_cursor){
					  damaged[i], damaged[i] + 4, false});
		coded_symbol(&cursor, 0);
		assert_true(cursor.failed);
	}
	free(coded);
}

/* What has codes is measured, the rest counted. */
static void test_measures(void **state)
{
	struct image image;
	struct coder *coder;

	(void)state;
	assert_true(image_init(&image));
	coder = coder_create(&image, ALLOTYPE_META_FUNCTIONS, 0, 2);
	coder_number(coder, 0, 1000);
	coder_choose(coder, 1);
	assert_true(coder_has_codes(coder, 0));
	assert_false(coder_has_codes(coder, 1));
	assert_int_equal(coder_size(coder), 7);
	coder_number(coder, 0, 1000);
	assert_int_equal(coder_size(coder), 7 + 8);
	coder_symbol(coder, 1, 3);
	assert_int_equal(coder_size(coder), 7 + 8);
	assert_true(coder_is_counting(coder));
	coder_choose(coder, 2);
	assert_false(coder_is_counting(coder));
	coder_symbol(coder, 1, 3);
	assert_int_equal(coder_align(coder), 1);
	coder_destroy(coder);
	image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_come_back),
		cmocka_unit_test(test_codes_are_not_too_long),
		cmocka_unit_test(test_damaged_codes),
		cmocka_unit_test(test_measures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
