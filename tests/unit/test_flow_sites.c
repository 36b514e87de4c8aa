/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles the programs of tests/meta/flow with each compiler and level, and
 * compares the sites found, by debug information alone, with what the
 * comments in the programs say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "meta/flow/sites.h"

#define LINES_MOST 500
#define LINE_LENGTH 256

struct program {
	char lines[LINES_MOST][LINE_LENGTH];
	uint32_t line_count;
	struct model *model;
	const char *level;
	const char *what;   /* for messages */
	bool *right;        /* of each line with an expectation */
};

static void read_lines(struct program *p, const char *path)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (p->line_count + 1 < LINES_MOST &&
	       fgets(p->lines[p->line_count + 1], LINE_LENGTH, file))
		p->line_count++;
	fclose(file);
	assert_true(p->line_count > 10);
}

/* The expectation of a line: what is between "-> " and the comment's end,
 * unless "at LEVEL" says that it is for another level.  False if none. */
static bool expectation(const struct program *p, uint32_t line,
			const char *arrow, char out[LINE_LENGTH])
{
	const char *text = p->lines[line];
	const char *begin = strstr(text, arrow);
	const char *level = strstr(text, " at -O");
	size_t length;

	if (!begin || (level && strncmp(level + 4, p->level, 3) != 0))
		return false;
	begin += strlen(arrow);
	length = strcspn(begin, "\n");
	memcpy(out, begin, length);
	out[length] = 0;
	if (length >= 3 && strcmp(out + length - 3, " */") == 0)
		out[length - 3] = 0;
	return true;
}

static void describe(const struct model *model, const struct model_site *site,
		     char out[LINE_LENGTH])
{
	const char *name = site->type == MODEL_NONE
				   ? NULL : model->types.at[site->type].name;

	if (site->kind == ALLOTYPE_META_SITE_WRAPPER)
		snprintf(out, LINE_LENGTH, "wrapper");
	else if (site->flags & ALLOTYPE_META_SITE_BYTES)
		snprintf(out, LINE_LENGTH, "bytes%s",
			 site->flags & ALLOTYPE_META_SITE_CARVED ? ", carved"
								 : "");
	else if (!name)
		snprintf(out, LINE_LENGTH, "unknown");
	else if (site->flags & ALLOTYPE_META_SITE_FLOATING)
		snprintf(out, LINE_LENGTH, "%s behind", name);
	else if (site->type_offset)
		snprintf(out, LINE_LENGTH, "%s +%d", name, site->type_offset);
	else
		snprintf(out, LINE_LENGTH, "%s", name);
}

static bool is_in_program(const struct model *model,
			  const struct model_site *site)
{
	return site->file != MODEL_NONE &&
	       strstr(model->files.at[site->file].name, "tests/meta/flow/");
}

/* A comment that begins with "by N" says what divides all sizes that the line
 * may ask for. */
static void check_multiple(const struct program *p,
			   const struct model_site *site)
{
	const char *steps = strstr(p->lines[site->line], "/* by ");

	if (steps && site->multiple != strtoul(steps + 6, NULL, 10))
		fail_msg("%s:%u: by %u", p->what, site->line,
			 site->multiple);
}

static void check_site(struct program *p, const struct model_site *site)
{
	char expected[LINE_LENGTH], found[LINE_LENGTH];

	describe(p->model, site, found);
	if (site->kind == ALLOTYPE_META_SITE_WRAPPER && !site->has_rule)
		fail_msg("%s: a wrapper without a rule in %s", p->what,
			 site->function);
	if (!is_in_program(p->model, site))
		return;
	assert_true(site->line <= p->line_count);
	check_multiple(p, site);
	if (!expectation(p, site->line, "-> ", expected)) {
		if (site->kind == ALLOTYPE_META_SITE_OBJECT &&
		    !strstr(p->lines[site->line], "has "))
			fail_msg("%s:%u: unexpected site of %s", p->what,
				 site->line, found);
		return;
	}
	if (strcmp(expected, found) != 0)
		fail_msg("%s:%u: %s, not %s", p->what, site->line, found,
			 expected);
	p->right[site->line] = true;
}

static bool some_site_has(const struct model *model, const char *name)
{
	for (uint32_t i = 0; i < model->sites.count; i++) {
		uint32_t type = model->sites.at[i].type;

		if (type != MODEL_NONE && model->types.at[type].name &&
		    strncmp(model->types.at[type].name, name,
			    strlen(name)) == 0)
			return true;
	}
	return false;
}

static void check_program(struct program *p)
{
	char expected[LINE_LENGTH];
	uint64_t before = 0;

	for (uint32_t i = 0; i < p->model->sites.count; i++) {
		const struct model_site *site = &p->model->sites.at[i];

		assert_true(site->address > before);
		before = site->address;
		check_site(p, site);
	}
	for (uint32_t line = 1; line <= p->line_count; line++) {
		if (expectation(p, line, "-> ", expected) && !p->right[line])
			fail_msg("%s:%u: no site of %s", p->what, line,
				 expected);
		if (expectation(p, line, "has ", expected) &&
		    !strstr(p->lines[line], "\"has") &&
		    !some_site_has(p->model, expected))
			fail_msg("%s:%u: nowhere %s", p->what, line,
				 expected);
	}
}

/* ---- lines with "makes" ---- */

/* The alternative in WANTED that NAME has the longest beginning of; -1: none
 * of them. */
static int find_wanted(const char *wanted, const char *name)
{
	size_t longest = 0;
	int found = -1;

	for (int number = 0; wanted; number++) {
		const char *next = strstr(wanted, " | ");
		size_t length = next ? (size_t)(next - wanted)
				     : strlen(wanted);

		if (length > longest && strncmp(name, wanted, length) == 0) {
			longest = length;
			found = number;
		}
		wanted = next ? next + 3 : NULL;
	}
	return found;
}

static int count_wanted(const char *wanted)
{
	int count = 1;

	while ((wanted = strstr(wanted, " | ")) != NULL) {
		wanted += 3;
		count++;
	}
	return count;
}

/* Every site at the line makes one of what is wanted there, and all of it
 * appears, if only as an alternative. */
static void check_made(const struct program *p, uint32_t line,
		       const char *wanted)
{
	const struct model *model = p->model;
	unsigned int seen = 0;

	for (uint32_t i = 0; i < model->sites.count; i++) {
		const struct model_site *site = &model->sites.at[i];
		char found[LINE_LENGTH];
		int number;

		if (site->kind == ALLOTYPE_META_SITE_WRAPPER ||
		    site->line != line || !is_in_program(model, site))
			continue;
		describe(model, site, found);
		number = find_wanted(wanted, found);
		if (number < 0)
			fail_msg("%s:%u: %s, not %s", p->what, line, found,
				 wanted);
		seen |= 1u << number;
		for (uint32_t k = 0; k < site->alternative_count; k++) {
			uint32_t type = model->alternatives.at[
				site->alternative_first + k].type;
			bool bytes = model_type_is_bytes(model, type);

			number = find_wanted(wanted, bytes ? "bytes"
				: model->types.at[type].name);
			if (number >= 0)
				seen |= 1u << number;
		}
	}
	if (seen != (1u << count_wanted(wanted)) - 1)
		fail_msg("%s:%u: not all of %s: %#x", p->what, line, wanted,
			 seen);
}

static void check_containers(struct program *p)
{
	char wanted[LINE_LENGTH];
	uint32_t checked = 0;

	for (uint32_t line = 1; line <= p->line_count; line++) {
		if (!expectation(p, line, "// makes ", wanted))
			continue;
		check_made(p, line, wanted);
		checked++;
	}
	assert_true(checked >= 10);
}

static void infer(struct program *p, const char *binary,
		  void (*check)(struct program *))
{
	struct debuginfo *info;
	const char *reason = NULL;

	p->model = model_create();
	assert_non_null(p->model);
	assert_int_equal(debuginfo_open(binary, &info, &reason), STATUS_OK);
	assert_int_equal(debuginfo_read(info, p->model, 1, &reason), STATUS_OK);
	assert_int_equal(sites_infer(info, p->model, NULL, 2, &reason),
			 STATUS_OK);
	check(p);
	debuginfo_close(info);
	model_destroy(p->model);
}

static bool have_command(const char *name)
{
	char command[128];

	snprintf(command, sizeof command, "command -v %s >/dev/null", name);
	return system(command) == 0;
}

static void check_with(const char *compiler, const char *level,
		       const char *name, void (*check)(struct program *))
{
	const char *top = getenv("srcdir");
	char source[512], binary[] = "/tmp/flow-sites-XXXXXX";
	char command[1200], what[256];
	struct program *p = calloc(1, sizeof *p);
	int file = mkstemp(binary);

	assert_non_null(p);
	assert_true(file >= 0);
	close(file);
	p->right = calloc(LINES_MOST, sizeof *p->right);
	assert_non_null(p->right);
	snprintf(source, sizeof source, "%s/tests/meta/flow/%s",
		 top ? top : ".", name);
	snprintf(what, sizeof what, "%s %s %s", compiler, level, name);
	snprintf(command, sizeof command, "%s -g %s -o %s %s", compiler,
		 level, binary, source);
	p->level = level;
	p->what = what;
	read_lines(p, source);
	assert_int_equal(system(command), 0);
	infer(p, binary, check);
	unlink(binary);
	free(p->right);
	free(p);
}

static void check_levels(const char *const *compilers, const char *name)
{
	unsigned int done = 0;

	for (; *compilers; compilers++) {
		if (!have_command(*compilers))
			continue;
		check_with(*compilers, "-O0", name, check_program);
		check_with(*compilers, "-O2", name, check_program);
		done++;
	}
	assert_true(done > 0);
}

static const char *const c_compilers[] = { "gcc", "clang", NULL };
static const char *const cxx_compilers[] = { "g++", "clang++", NULL };

static void wrappers_are_found_and_seen_through(void **state)
{
	(void)state;
	check_levels(c_compilers, "chains.c");
}

static void parts_of_objects_are_told_from_objects(void **state)
{
	(void)state;
	check_levels(c_compilers, "parts.c");
	check_levels(c_compilers, "near.c");
	check_levels(c_compilers, "alike.c");
	check_levels(c_compilers, "derived.c");
	check_levels(c_compilers, "makers.c");
	check_levels(c_compilers, "floating.c");
}

static void what_follows_is_told_from_what_was(void **state)
{
	(void)state;
	check_levels(c_compilers, "paths.c");
	check_levels(c_compilers, "declared.c");
}

static void frames_are_followed(void **state)
{
	(void)state;
	check_levels(c_compilers, "frames.c");
	check_levels(c_compilers, "apart.c");
	check_levels(c_compilers, "grown.c");
}

static void void_parameters_are_what_variables_with_their_values_are(
	void **state)
{
	(void)state;
	check_levels(c_compilers, "aliased.c");
}

static void what_users_give_libraries_allocates_by_its_name(void **state)
{
	(void)state;
	check_levels(c_compilers, "hooks.c");
}

static void what_begins_alike_is_told_by_size_and_use(void **state)
{
	(void)state;
	check_levels(c_compilers, "based.c");
}

static void enumerators_named_after_records_tell_them_apart(void **state)
{
	(void)state;
	check_levels(c_compilers, "tagged.c");
}

static void what_is_kept_as_plain_memory_is_known_elsewhere(void **state)
{
	(void)state;
	check_levels(c_compilers, "kept.c");
	check_levels(c_compilers, "views.c");
}

static void each_way_tells_of_what_ways_share(void **state)
{
	(void)state;
	check_levels(c_compilers, "ways.c");
}

static void elements_and_headers_tell_what_holds_them(void **state)
{
	(void)state;
	check_levels(c_compilers, "elements.c");
	check_levels(c_compilers, "vectors.c");
	check_levels(c_compilers, "headers.c");
}

static void local_variables_say_what_is_made(void **state)
{
	(void)state;
	check_levels(c_compilers, "locals.c");
	check_levels(c_compilers, "variants.c");
	check_levels(c_compilers, "parser.c");
}

static void sizes_tell_of_types(void **state)
{
	(void)state;
	check_levels(c_compilers, "sizes.c");
	check_levels(c_compilers, "counted.c");
}

static void allocation_tokens_tell_of_types(void **state)
{
	(void)state;
	check_levels(c_compilers, "tokens.c");
}

static void new_and_containers_are_typed(void **state)
{
	(void)state;
	check_levels(cxx_compilers, "objects.cc");
}

/* One compiler at each level is enough for a short test. */
static void containers_are_typed_where_they_are_used(void **state)
{
	(void)state;
	if (!have_command("g++") || !have_command("clang++"))
		skip();
	check_with("clang++ -std=c++17", "-O0", "containers.cc",
		   check_containers);
	check_with("g++ -std=c++17", "-O2", "containers.cc",
		   check_containers);
}

static void strings_are_characters_wherever_they_lie(void **state)
{
	(void)state;
	if (!have_command("clang++"))
		skip();
	check_with("clang++ -std=c++20", "-O2", "strings.cc", check_program);
}

/* Through the procedure linkage table, as they may be replaced. */
static void shared_objects_call_their_own_functions(void **state)
{
	(void)state;
	check_with("gcc -shared -fPIC", "-O0", "chains.c", check_program);
	if (have_command("g++"))
		check_with("g++ -std=c++17 -shared -fPIC", "-O0",
			   "containers.cc", check_containers);
}

/* Through pointers of a library that is linked: the loader puts their
 * addresses into words, or copies them. */
static void what_others_have_tells_by_its_name(void **state)
{
	const char *top = getenv("srcdir");
	char library[] = "/tmp/flow-sites-XXXXXX.so", command[1200];
	int file = mkstemps(library, 3);

	(void)state;
	assert_true(file >= 0);
	close(file);
	snprintf(command, sizeof command,
		 "gcc -shared -fPIC -DLIBRARY -o %s %s/tests/meta/flow/%s",
		 library, top ? top : ".", "imported.c");
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof command, "gcc -Wl,--no-as-needed %s",
		 library);
	check_with(command, "-O2", "imported.c", check_program);
	check_with(command, "-O0", "imported.c", check_program);
	check_with("gcc -shared -fPIC", "-O2", "imported.c", check_program);
	if (have_command("clang")) {
		snprintf(command, sizeof command,
			 "clang -Wl,--no-as-needed %s", library);
		check_with(command, "-O2", "imported.c", check_program);
		check_with("clang -shared -fPIC", "-O0", "imported.c",
			   check_program);
	}
	unlink(library);
}

/* Of functions, descriptors and, from known distances, the thread pointer. */
static void shared_objects_have_thread_local_variables(void **state)
{
	(void)state;
	check_with("gcc -shared -fPIC", "-O2", "threads.c", check_program);
	check_with("gcc -shared -fPIC -fno-plt", "-O0", "threads.c",
		   check_program);
	check_with("gcc -shared -fPIC -mtls-dialect=gnu2", "-O2", "threads.c",
		   check_program);
	check_with("gcc -shared -fPIC -ftls-model=initial-exec", "-O2",
		   "threads.c", check_program);
	if (have_command("clang"))
		check_with("clang -shared -fPIC", "-O2", "threads.c",
			   check_program);
}

static void what_is_thrown_or_from_a_resource_is_typed(void **state)
{
	(void)state;
	if (!have_command("g++") || !have_command("clang++"))
		skip();
	check_with("g++ -std=c++17", "-O0", "resources.cc", check_containers);
	check_with("clang++ -std=c++17", "-O2", "resources.cc",
		   check_containers);
}

static void collections_of_rust_are_typed(void **state)
{
	(void)state;
#ifdef __SANITIZE_THREAD__
	skip(); /* The same threads as above, for long. */
#endif
	if (!have_command("/usr/bin/rustc"))
		skip();
	check_with("/usr/bin/rustc --crate-name collections", "-Copt-level=0",
		   "collections.rs", check_containers);
	check_with("/usr/bin/rustc --crate-name collections", "-Copt-level=3",
		   "collections.rs", check_containers);
}

/* What libc's own functions allocate, with debug information or without. */
static void libc_charges_its_callers(void **state)
{
	struct model *model = model_create();
	struct debuginfo *info;
	const char *reason = NULL;
	bool strdup_wraps = false;

	(void)state;
	assert_non_null(model);
#ifdef __SANITIZE_THREAD__
	model_destroy(model);
	skip(); /* One thread alone, for most of a minute. */
#endif
	if (debuginfo_open("/lib/x86_64-linux-gnu/libc.so.6", &info,
			   &reason)) {
		model_destroy(model);
		skip();
	}
	assert_int_equal(debuginfo_read(info, model, 1, &reason), STATUS_OK);
	assert_int_equal(sites_infer(info, model, NULL, 1, &reason), STATUS_OK);
	for (uint32_t i = 0; i < model->sites.count; i++) {
		const struct model_site *site = &model->sites.at[i];

		if (site->kind != ALLOTYPE_META_SITE_WRAPPER)
			continue;
		if (!site->has_rule)
			fail_msg("no rule in %s", site->function);
		strdup_wraps |= site->function &&
				strstr(site->function, "strdup");
	}
	assert_true(strdup_wraps);
	debuginfo_close(info);
	model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrappers_are_found_and_seen_through),
		cmocka_unit_test(parts_of_objects_are_told_from_objects),
		cmocka_unit_test(what_follows_is_told_from_what_was),
		cmocka_unit_test(frames_are_followed),
		cmocka_unit_test(
			void_parameters_are_what_variables_with_their_values_are),
		cmocka_unit_test(what_users_give_libraries_allocates_by_its_name),
		cmocka_unit_test(what_begins_alike_is_told_by_size_and_use),
		cmocka_unit_test(enumerators_named_after_records_tell_them_apart),
		cmocka_unit_test(what_is_kept_as_plain_memory_is_known_elsewhere),
		cmocka_unit_test(each_way_tells_of_what_ways_share),
		cmocka_unit_test(elements_and_headers_tell_what_holds_them),
		cmocka_unit_test(local_variables_say_what_is_made),
		cmocka_unit_test(sizes_tell_of_types),
		cmocka_unit_test(allocation_tokens_tell_of_types),
		cmocka_unit_test(new_and_containers_are_typed),
		cmocka_unit_test(what_others_have_tells_by_its_name),
		cmocka_unit_test(what_is_thrown_or_from_a_resource_is_typed),
		cmocka_unit_test(containers_are_typed_where_they_are_used),
		cmocka_unit_test(strings_are_characters_wherever_they_lie),
		cmocka_unit_test(shared_objects_call_their_own_functions),
		cmocka_unit_test(shared_objects_have_thread_local_variables),
		cmocka_unit_test(collections_of_rust_are_typed),
		cmocka_unit_test(libc_charges_its_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
