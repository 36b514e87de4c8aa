/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

static void test_formats(void **state)
{
	char buffer[128];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof buffer);
	text_format(&text, "%s %d %u %zu %llx %p %c%%", "a", -5, 7u,
		    (size_t)1 << 40, 0xabcULL, (void *)0x10, 'z');
	assert_string_equal(buffer, "a -5 7 1099511627776 abc 0x10 z%");
	assert_int_equal(text.length, 32);
}

static void test_never_overflows(void **state)
{
	char buffer[8] = "xxxxxxx";
	struct text text;

	(void)state;
	text_init(&text, buffer, 4);
	text_append(&text, "abcdef");
	text_append_decimal(&text, UINT64_MAX);
	assert_string_equal(buffer, "abc");
	assert_int_equal(buffer[4], 'x');
	assert_int_equal(text.length, 26);
}

static void test_signed_minimum(void **state)
{
	char buffer[32];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof buffer);
	text_append_signed(&text, INT64_MIN);
	assert_string_equal(buffer, "-9223372036854775808");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_never_overflows),
		cmocka_unit_test(test_signed_minimum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
