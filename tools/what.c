/* SPDX-License-Identifier: Apache-2.0 */
/* allotype what: what is at an address? */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allotype.h"
#include "base/text.h"
#include "command.h"
#include "meta/json.h"
#include "query/candidates.h"
#include "query/describe.h"
#include "symbol.h"
#include "type/types.h"
#include "view_remote.h"

/* Freed memory has an answer too: what it was. */
static bool is_answer(enum alloc_status status)
{
	return status == ALLOC_OK || status == ALLOC_FREED;
}

static bool parse_number(const char *text, uint64_t *number)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, hex ? 16 : 10);
	return !*end && !errno && end != text + (hex ? 1 : 0);
}

/* ---- as text ---- */

static enum alloc_status print_levels(const struct query_view *view,
				      uint64_t address)
{
	struct query_path path;
	size_t size = query_describe_levels(view, address, NULL, 0) + 1;
	char *text = check_memory(malloc(size));

	query_describe_levels(view, address, text, size);
	fputs(text, stdout);
	free(text);
	return query_path_find_inner(view, address, &path);
}

/* ---- as JSON ---- */

static void print_key(const char *key, const char *value)
{
	printf(",\"%s\":", key);
	json_write_string(stdout, value);
}

static void print_bounds(uint64_t base, uint64_t limit)
{
	printf(",\"base\":\"0x%" PRIx64 "\",\"limit\":\"0x%" PRIx64
	       "\",\"size\":%" PRIu64, base, limit, limit - base);
}

static void print_code(const char *key, const struct alloc_site *site)
{
	printf(",\"%s\":", key);
	if (!site->address && !site->function && !site->file) {
		fputs("null", stdout);
		return;
	}
	fputs("{\"address\":", stdout);
	if (site->address)
		printf("\"0x%" PRIxPTR "\"", (uintptr_t)site->address);
	else
		fputs("null", stdout);
	print_key("function", site->function);
	print_key("file", site->file);
	printf(",\"line\":%u", site->line);
	print_key("module", site->module);
	putchar('}');
}

static void print_json_levels(const struct query_path *path)
{
	unsigned int count = query_path_count(path);

	fputs(",\"levels\":[", stdout);
	for (unsigned int n = 0; n < count; n++) {
		struct alloc_level level;

		query_path_level(path, n, &level);
		fputs(n ? ",{\"allocator\":" : "{\"allocator\":", stdout);
		json_write_string(stdout, level.allocator->name);
		print_bounds((uintptr_t)level.base, (uintptr_t)level.limit);
		print_key("type", level.type ? alloc_type_name(level.type) :
					       NULL);
		print_key("name", level.name);
		if (level.flags & ALLOC_LEVEL_ELEMENT)
			printf(",\"index\":%zu", level.index);
		putchar('}');
	}
	putchar(']');
}

static void print_evidence(unsigned int evidence, unsigned int confidence)
{
	struct text text;
	char names[256];

	text_init(&text, names, sizeof names);
	describe_evidence(&text, evidence);
	print_key("evidence", names);
	printf(",\"confidence\":%u", confidence);
}

/* What else it may be. */
static void print_alternatives(const struct query_view *view,
			       const struct query_leaf *leaf)
{
	size_t count = query_candidates(view, leaf, NULL, 0);
	struct alloc_candidate *all =
		check_memory(calloc(count + 1, sizeof *all));
	size_t first = leaf->info.type ? 1 : 0;

	query_candidates(view, leaf, all, count);
	fputs(",\"alternatives\":[", stdout);
	for (size_t i = first; i < count; i++) {
		fputs(i > first ? ",{\"type\":" : "{\"type\":", stdout);
		json_write_string(stdout, alloc_type_name(all[i].type));
		printf(",\"offset\":%zu", all[i].offset);
		print_evidence(all[i].evidence, all[i].confidence);
		putchar('}');
	}
	putchar(']');
	free(all);
}

static void print_leaf(const struct query_view *view,
		       const struct query_leaf *leaf)
{
	const struct alloc_info *info = &leaf->info;

	print_key("allocator", info->allocator->name);
	print_bounds(leaf->base, leaf->limit);
	print_key("type", info->type ? alloc_type_name(info->type) : NULL);
	printf(",\"offset\":%" PRIu64, leaf->type_offset);
	print_evidence(info->evidence, info->confidence);
	print_alternatives(view, leaf);
	print_key("name", info->name);
	print_code("site", &info->site);
	print_code("free_site", &info->free_site);
}

static enum alloc_status print_json(const struct query_view *view,
				    uint64_t address)
{
	struct query_path path;
	enum alloc_status status = query_path_find(view, address, &path);

	printf("{\"address\":\"0x%" PRIx64 "\"", address);
	print_key("status", alloc_status_text(status));
	if (is_answer(status)) {
		print_leaf(view, &path.leaf);
		print_json_levels(&path);
	}
	puts("}");
	return status;
}

/* ---- the command ---- */

struct what_options {
	bool json, collect;
	const char *target;
	char **addresses;
	int address_count;
};

static int parse_options(int count, char *arguments[],
			 struct what_options *options)
{
	static const struct option known[] = {
		{ "collect", no_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	memset(options, 0, sizeof *options);
	opterr = 0;
	while ((letter = getopt_long(count, arguments, "", known, NULL)) !=
	       -1) {
		if (letter == 'c')
			options->collect = true;
		else if (letter == 'j')
			options->json = true;
		else
			return complain_usage("what", "there is no option %s",
					      arguments[optind - 1]);
	}
	if (count - optind < 2)
		return complain_usage("what", optind == count ?
				      "a process or core file is missing" :
				      "an address is missing");
	options->target = arguments[optind];
	options->addresses = arguments + optind + 1;
	options->address_count = count - optind - 1;
	for (int n = 0; n < options->address_count; n++) {
		const char *text = options->addresses[n];
		uint64_t number;

		if (text[0] >= '0' && text[0] <= '9' &&
		    !parse_number(text, &number))
			return complain_usage("what", "`%s' is no address",
					      text);
	}
	return EXIT_ANSWERED;
}

static bool answer(const struct query_view *view, const char *text, bool json)
{
	enum alloc_status status;
	uint64_t address;

	if (!parse_number(text, &address) &&
	    symbol_find(view, text, &address)) {
		complain("there is no symbol `%s'", text);
		return false;
	}
	status = json ? print_json(view, address) :
			print_levels(view, address);
	return is_answer(status);
}

int command_what(int count, char *arguments[])
{
	struct what_options options;
	struct view_remote remote;
	struct target *target;
	int status = parse_options(count, arguments, &options);

	if (status)
		return status;
	if (types_init() || target_open_runtime(options.target, &target))
		return EXIT_NO_ANSWER;
	view_remote_init(&remote, target);
	if (options.collect)
		view_remote_collect(&remote);
	for (int n = 0; n < options.address_count; n++) {
		if (n && !options.json)
			putchar('\n');
		if (!answer(&remote.view, options.addresses[n], options.json))
			status = EXIT_NO_ANSWER;
	}
	view_remote_deinit(&remote);
	target_close(target);
	return command_finish(status);
}
