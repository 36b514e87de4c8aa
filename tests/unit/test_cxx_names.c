/* SPDX-License-Identifier: Apache-2.0 */
/* The one spelling of C++ types' names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "meta/cxx_names.h"

static const char *color(void *context, const char *enumeration,
			 const char *value)
{
	(void)context;
	if (strcmp(enumeration, "ns::color"))
		return NULL;
	return !strcmp(value, "1") ? "ns::green" : NULL;
}

static void assert_unified(const char *name, const char *expected)
{
	char buffer[CXX_NAME_MAX], again[CXX_NAME_MAX];

	if (!expected) {
		assert_false(cxx_name_unify(name, color, NULL, buffer));
		return;
	}
	if (!cxx_name_unify(name, color, NULL, buffer))
		fail_msg("%s is not understood", name);
	assert_string_equal(buffer, expected);
	/* What is unified stays so. */
	assert_true(cxx_name_unify(buffer, color, NULL, again));
	assert_string_equal(again, expected);
}

static void test_values(void **state)
{
	(void)state;
	assert_unified("fixed<2u>", "fixed<2>");
	assert_unified("nums<-5L, 3ULL, true>", "nums<-5, 3, true>");
	assert_unified("nums<(unsigned char)'\\xc8', (short)3, (char)'a'>",
		       "nums<200, 3, 97>");
	assert_unified("letter<'x'>", "letter<'x'>");
	assert_unified("letter<'\\''>", "letter<'\\''>");
	assert_unified("colored<(ns::color)1>", "colored<ns::green>");
	assert_unified("colored<(ns::color)7>", "colored<(ns::color)7>");
	assert_unified("list<colored<(ns::color)1> >",
		       "list<colored<ns::green> >");
	assert_unified("ptr<(& global)>", "ptr<&global>");
	assert_unified("ptr<&ns::global>", "ptr<&ns::global>");
}

static void test_types(void **state)
{
	(void)state;
	assert_unified("hash<long unsigned int>", "hash<unsigned long>");
	assert_unified("a<long long unsigned int, short int, long double>",
		       "a<unsigned long long, short, long double>");
	assert_unified("a<unsigned int, signed char, __int128 unsigned>",
		       "a<unsigned int, signed char, unsigned __int128>");
	assert_unified("a<char const*>", "a<const char *>");
	assert_unified("a<const char *const *>", "a<const char *const *>");
	assert_unified("a<int const* const&>", "a<const int *const &>");
	assert_unified("a<long int const volatile>", "a<const volatile long>");
	assert_unified("a<b<c>>", "a<b<c> >");
	assert_unified("a< b<c> >", "a<b<c> >");
	assert_unified("a<>", "a<>");
	assert_unified("a<int [3], int []>", "a<int[3], int[]>");
	assert_unified("a<int (&)[3u]>", "a<int (&)[3]>");
	assert_unified("a<b&&, std::c const&>", "a<b &&, const std::c &>");
	assert_unified("char const*", "const char *");
}

static void test_functions(void **state)
{
	(void)state;
	assert_unified("f<int(int, char const*)>", "f<int (int, const char *)>");
	assert_unified("f<void (*)()>", "f<void (*)()>");
	assert_unified("f<void (*(*)(int))(char)>",
		       "f<void (*(*)(int))(char)>");
	assert_unified("f<void (ns::item::*)(int) const>",
		       "f<void (ns::item::*)(int) const>");
	assert_unified("f<int ns::item::*>", "f<int ns::item::*>");
	assert_unified("f<int(char const*, ...)>", "f<int (const char *, ...)>");
}

static void test_places(void **state)
{
	(void)state;
	assert_unified("out<int>::in<ns::item*>::type",
		       "out<int>::in<ns::item *>::type");
	assert_unified("a<(anonymous namespace)::b>",
		       "a<(anonymous namespace)::b>");
	assert_unified("a<main(int, char**)::local>",
		       "a<main(int, char**)::local>");
	assert_unified("a<f()::{lambda(int)#1}>", "a<f()::{lambda(int)#1}>");
	assert_unified("a<<lambda(int)> >", "a<<lambda(int)> >");
}

static void test_what_is_not_understood(void **state)
{
	static const char *const names[] = {
		"", "a<", "a<b", "a<b>>", "a<b,>", "a<,b>", "a<(>", "a<'>",
		"a<(char)'\\q'>", "a<1x>", "a<(b)>", "a<b c>", "a<{>", "a<[>",
		"a::", "::", "a<1.5>", "operator<<int>", "a::operator b<c>",
		"a<b(>", "a<int (*>", "a<f((((((((>", "<<<<", "a<&>", "a<->",
	};
	char deep[1000] = "", wide[CXX_NAME_MAX + 100];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char buffer[CXX_NAME_MAX];

		if (cxx_name_unify(names[i], color, NULL, buffer))
			fail_msg("\"%s\" is understood as \"%s\"", names[i],
				 buffer);
	}
	for (int i = 0; i < 200; i++)
		strcat(deep, "a<");
	assert_unified(deep, NULL);
	memset(wide, 'a', sizeof wide - 1);
	wide[sizeof wide - 1] = '\0';
	assert_unified(wide, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_what_is_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
