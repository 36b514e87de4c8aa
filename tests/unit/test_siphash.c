/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meta/siphash.h"

/* Of the authors' paper, appendix A. */
static void the_papers_example_holds(void **state)
{
	uint8_t key[16], message[15];

	(void)state;
	for (uint8_t i = 0; i < sizeof key; i++)
		key[i] = i;
	for (uint8_t i = 0; i < sizeof message; i++)
		message[i] = i;
	assert_true(siphash(message, sizeof message, key) ==
		    0xa129ca6149be45e5);
}

/* The first ones of the authors' reference implementation. */
static void short_messages_have_their_hashes(void **state)
{
	static const uint64_t hashes[] = {
		0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a,
	};
	uint8_t key[16], message[2] = { 0, 1 };

	(void)state;
	for (uint8_t i = 0; i < sizeof key; i++)
		key[i] = i;
	for (size_t size = 0; size < 3; size++)
		assert_true(siphash(message, size, key) == hashes[size]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_papers_example_holds),
		cmocka_unit_test(short_messages_have_their_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
