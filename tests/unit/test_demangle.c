/* SPDX-License-Identifier: Apache-2.0 */
/* Names of symbols as programmers write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "meta/demangle.h"

static void assert_demangled(const char *symbol, const char *expected)
{
	char *name = demangle(symbol);

	if (expected)
		assert_string_equal(name, expected);
	else
		assert_null(name);
	free(name);
}

static void test_cxx(void **state)
{
	(void)state;
	assert_demangled("_Znwm", "operator new(unsigned long)");
	assert_demangled("_ZTVN3zoo6circleE", "vtable for zoo::circle");
	assert_demangled("_ZNK3zoo4gridIiLi5EE4areaEv",
			 "zoo::grid<int, 5>::area() const");
}

static void test_rust(void **state)
{
	(void)state;
	assert_demangled("_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$"
			 "14grow_amortized17h0123456789abcdefE",
			 "alloc::raw_vec::RawVec<T,A>::grow_amortized");
	assert_demangled("_RNvC7mycrate4main", "mycrate::main");
}

static void test_others(void **state)
{
	(void)state;
	assert_demangled("malloc", NULL);
	assert_demangled("", NULL);
	assert_demangled("_", NULL);
	assert_demangled("_Z", NULL);
	assert_demangled("_Z3foo_", NULL);
}

/* Each parameter is a pointer to member made of the one before, twice: a name
 * of some gigabytes. */
static void test_hostile(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char symbol[4000] = "_Z1f1aMS_S_";
	char *to = symbol + strlen(symbol);

	(void)state;
	assert_demangled(symbol, "f(a, a a::*)");
	for (int i = 0; i < 30; i++) {
		char more[] = "MS._S._";

		more[2] = more[5] = digits[i];
		to = stpcpy(to, more);
	}
	assert_demangled(symbol, NULL);
	memset(symbol, 'P', sizeof symbol - 1);
	memcpy(symbol, "_Z1f", 4);
	assert_demangled(symbol, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cxx),
		cmocka_unit_test(test_rust),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
