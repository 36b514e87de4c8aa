/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of ALLOTYPE_OPTIONS, and the table of options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/options.h"

static unsigned int complaints;
static char last_item[64];
static const char *last_what;

static void complain(const char *item, size_t length, const char *what)
{
	size_t size = length < sizeof last_item ? length : sizeof last_item - 1;

	complaints++;
	memcpy(last_item, item, size);
	last_item[size] = '\0';
	last_what = what;
}

/* The options that TEXT makes of the defaults, with BAD complaints. */
static struct options parse(const char *text, unsigned int bad)
{
	struct options result;

	options_set_defaults(&result);
	complaints = 0;
	last_what = NULL;
	assert_int_equal(options_parse(&result, text, complain),
			 bad ? STATUS_BAD_INPUT : STATUS_OK);
	assert_int_equal(complaints, bad);
	return result;
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		size_t size;
	} good[] = {
		{ "heap_limit=0", 0 },
		{ "heap_limit=12345", 12345 },
		{ "heap_limit=3K", 3 << 10 },
		{ "heap_limit=3k", 3 << 10 },
		{ "heap_limit=256M", 256 << 20 },
		{ "heap_limit=5G", (size_t)5 << 30 },
		{ "heap_limit=2t", (size_t)2 << 40 },
		{ "heap_limit=18446744073709551615", SIZE_MAX },
	};
	static const char *const bad[] = {
		"heap_limit=", "heap_limit=K", "heap_limit=-1",
		"heap_limit=1KB", "heap_limit=1 K", "heap_limit= 1",
		"heap_limit=0x10", "heap_limit=1E", "heap_limit=1.5G",
		"heap_limit=18446744073709551616", "heap_limit=17179869184G",
		"heap_limit=1\xcb",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_int_equal(parse(good[i].text, 0).heap_limit,
				 good[i].size);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(parse(bad[i], 1).heap_limit, 0);
		assert_string_equal(last_item, bad[i]);
	}
}

static void test_numbers_and_flags(void **state)
{
	(void)state;
	assert_int_equal(parse("decay=250", 0).decay, 250);
	assert_int_equal(parse("decay=250K", 1).decay, parse("", 0).decay);
	assert_true(parse("security=on", 0).security);
	assert_false(parse("security=on,security=off", 0).security);
	assert_false(parse("security=yes", 1).security);
	assert_false(parse("security=", 1).security);
	assert_false(parse("security=o", 1).security);
	assert_false(parse("security=on|off", 1).security);
}

static void test_choices(void **state)
{
	(void)state;
	assert_int_equal(parse("on_error=log", 0).on_error,
			 OPTION_ON_ERROR_LOG);
	assert_int_equal(parse("placement=site", 0).placement,
			 OPTION_PLACEMENT_SITE);
	assert_int_equal(parse("log=error", 0).log, OPTION_LOG_ERROR);
	assert_int_equal(parse("log=debug", 0).log, OPTION_LOG_DEBUG);
	assert_int_equal(parse("log=verbose", 1).log, OPTION_LOG_NONE);
	assert_int_equal(parse("log=err", 1).log, OPTION_LOG_NONE);
	assert_int_equal(parse("log=none|error", 1).log, OPTION_LOG_NONE);
}

static void test_lists(void **state)
{
	struct options result =
		parse(",,heap_limit=1M,,log=info,security=on,", 0);

	(void)state;
	assert_int_equal(result.heap_limit, 1 << 20);
	assert_int_equal(result.log, OPTION_LOG_INFO);
	assert_true(result.security);
	/* The last of equals holds, and a bad one does not undo a good one. */
	result = parse("heap_limit=1M,heap_limit=2M,heap_limit=x", 1);
	assert_int_equal(result.heap_limit, 2 << 20);
	result = parse("nothing=1,heap_limit=7,=5,heap,log=warn", 3);
	assert_int_equal(result.heap_limit, 7);
	assert_int_equal(result.log, OPTION_LOG_WARN);
	parse("heap_limits=7", 1);
	assert_string_equal(last_what, "names no option");
	parse("heap_limit", 1);
	assert_string_equal(last_what, "is not name=value");
	assert_int_equal(options_parse(&result, "x", NULL), STATUS_BAD_INPUT);
}

static void test_paths(void **state)
{
	char text[16384] = "log_file=", room[] = "log_file=/tmp/a=b %p.log";
	struct options result = parse(room, 0);

	(void)state;
	/* The text may go: the path stays. */
	memset(room, 'x', sizeof room - 1);
	assert_string_equal(result.log_file, "/tmp/a=b %p.log");
	assert_string_equal(parse("", 0).log_file, "");
	assert_string_equal(parse("log_file=", 1).log_file, "");
	memset(text + strlen(text), 'a', sizeof text - strlen(text) - 1);
	assert_string_equal(parse(text, 1).log_file, "");
	assert_string_equal(parse("log_file=b", 0).log_file, "b");
}

static void test_table(void **state)
{
	(void)state;
	for (size_t n = 0; n < OPTION_COUNT; n++) {
		const struct option *option = &option_table[n];
		char text[128];

		assert_true(strlen(option->help) > 10);
		assert_true(strlen(option->values) > 1);
		for (size_t m = 0; m < n; m++)
			assert_string_not_equal(option->name,
						option_table[m].name);
		if (option->kind == OPTION_KIND_PATH)
			continue;
		/* The default is a value that the option takes. */
		strcpy(text, option->name);
		strcat(text, "=");
		strcat(text, option->preset);
		parse(text, 0);
	}
}

static void test_environment(void **state)
{
	(void)state;
	setenv("ALLOTYPE_OPTIONSX", "log=warn", 1);
	setenv("ALLOTYPE_OPTIONS", "log=info,heap_limit=9M", 1);
	options_init();
	assert_int_equal(options.log, OPTION_LOG_INFO);
	assert_int_equal(options.heap_limit, 9 << 20);
	unsetenv("ALLOTYPE_OPTIONS");
	options_init();
	assert_int_equal(options.log, OPTION_LOG_NONE);
	assert_int_equal(options.heap_limit, 0);
}

/* As in a malloc that comes before libc's own start: libc's environ is not
 * there, the initial stack is. */
static int before_libc(void)
{
	environ = NULL;
	options_init();
	return options.heap_limit == 77 ? 0 : 1;
}

static void test_before_libc(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (!child) {
		setenv("ALLOTYPE_OPTIONS", "heap_limit=77", 1);
		execl("/proc/self/exe", "test_options", "before-libc", NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_numbers_and_flags),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_before_libc),
	};

	if (argc > 1 && !strcmp(argv[1], "before-libc"))
		return before_libc();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
