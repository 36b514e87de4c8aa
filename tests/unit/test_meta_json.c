/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "meta/json.h"

static void expect(const char *string, const char *json)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	json_write_string(stream, string);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(text, json);
	free(text);
}

static void test_plain(void **state)
{
	(void)state;
	expect(NULL, "null");
	expect("", "\"\"");
	expect("struct weasel *", "\"struct weasel *\"");
}

static void test_escapes(void **state)
{
	(void)state;
	expect("a\"b\\c", "\"a\\\"b\\\\c\"");
	expect("\n\t\x01\x7f", "\"\\n\\t\\u0001\\u007f\"");
}

static void test_utf8(void **state)
{
	(void)state;
	expect("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xbf",
	       "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xbf\"");
}

static void test_not_utf8(void **state)
{
	(void)state;
	expect("a\xff", "\"a\\ufffd\"");
	/* Cut off, overlong, a surrogate, above U+10FFFF. */
	expect("\xe2\x82", "\"\\ufffd\\ufffd\"");
	expect("\xc0\xaf", "\"\\ufffd\\ufffd\"");
	expect("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");
	expect("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_not_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
