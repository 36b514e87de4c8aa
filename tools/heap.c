/* SPDX-License-Identifier: Apache-2.0 */
/* allotype heap: what lives in the heap, in groups or as a profile. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allotype.h"
#include "base/text.h"
#include "command.h"
#include "groups.h"
#include "heap/lookup.h"
#include "meta/json.h"
#include "pprof.h"
#include "query/class.h"
#include "query/describe.h"
#include "query/find.h"
#include "query/site.h"
#include "type/types.h"
#include "view_remote.h"

enum group_by { BY_TYPE, BY_SITE, BY_TYPED_SITE, BY_ALLOCATOR, BY_COUNT };

static const char *const by_names[BY_COUNT] = {
	"type", "site", "typed-site", "allocator",
};

struct heap_options {
	const char *target;
	enum group_by by;
	size_t top;
	bool json, collect;
	const char *pprof; /* the file to write, or NULL */
};

struct report {
	struct tally total, typed;
	struct groups groups;
};

static int parse_by(const char *name, enum group_by *by)
{
	for (unsigned int n = 0; n < BY_COUNT; n++) {
		if (!strcmp(by_names[n], name)) {
			*by = (enum group_by)n;
			return EXIT_ANSWERED;
		}
	}
	return complain_usage("heap", "objects cannot be grouped by `%s'",
			      name);
}

static int parse_top(const char *text, size_t *top)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || !value)
		return complain_usage("heap", "`%s' is not a number of groups",
				      text);
	*top = value;
	return EXIT_ANSWERED;
}

static int parse_options(int count, char *arguments[],
			 struct heap_options *options)
{
	static const struct option known[] = {
		{ "by", required_argument, NULL, 'b' },
		{ "top", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "collect", no_argument, NULL, 'c' },
		{ "pprof", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int letter, status = EXIT_ANSWERED;

	*options = (struct heap_options){ .by = BY_TYPE, .top = SIZE_MAX };
	opterr = 0;
	while (!status &&
	       (letter = getopt_long(count, arguments, ":", known, NULL)) !=
		       -1) {
		switch (letter) {
		case 'b':
			status = parse_by(optarg, &options->by);
			break;
		case 't':
			status = parse_top(optarg, &options->top);
			break;
		case 'j':
			options->json = true;
			break;
		case 'c':
			options->collect = true;
			break;
		case 'p':
			options->pprof = optarg;
			break;
		case ':':
			status = complain_usage("heap", "%s needs a value",
						arguments[optind - 1]);
			break;
		default:
			status = complain_usage("heap",
						"there is no option %s",
						arguments[optind - 1]);
		}
	}
	if (!status && options->pprof &&
	    (options->json || options->collect || options->top != SIZE_MAX ||
	     options->by != BY_TYPE))
		status = complain_usage("heap", "--pprof is for all objects, "
					"and goes with no other option");
	if (!status && optind + 1 != count)
		status = complain_usage("heap",
					"one process or core file is needed");
	if (!status)
		options->target = arguments[optind];
	return status;
}

/* A type that says more than that there are bytes. */
static bool is_specific(const struct query_site_type *type)
{
	enum { DW_ATE_signed_char = 6, DW_ATE_unsigned_char = 8 };
	const struct alloc_type *stripped = alloc_type_strip(type->type);
	unsigned int encoding = alloc_type_encoding(stripped);

	if (!type->type || type->bytes)
		return false;
	return alloc_type_kind(stripped) != ALLOC_KIND_BASE ||
	       (encoding != DW_ATE_signed_char &&
		encoding != DW_ATE_unsigned_char);
}

static void key_of_site(const struct query_view *view,
			const struct query_site *site, char *key, size_t size)
{
	struct alloc_site code;
	struct text text;

	query_site_code(view, site, &code);
	text_init(&text, key, size);
	describe_code(&text, &code);
}

static void tally_add(struct tally *sum, const struct tally *tally)
{
	sum->objects += tally->objects;
	sum->bytes += tally->bytes;
}

static const char *key_of_type(const struct query_site_type *type)
{
	if (type->type)
		return alloc_type_name(type->type);
	return type->status == ALLOC_NO_METADATA ? "unknown (no metadata)"
						 : "unknown";
}

/* Adds objects of site ID and of TYPE. */
static void add_group(const struct query_view *view, enum group_by by,
		      uint32_t id, const struct query_site_type *type,
		      const struct tally *tally, struct report *report)
{
	struct query_site site;
	char place[1024] = "unknown", both[1024];
	const char *key = place;

	if (is_specific(type))
		tally_add(&report->typed, tally);
	if ((by == BY_SITE || by == BY_TYPED_SITE) &&
	    query_site_find(view, id, &site))
		key_of_site(view, &site, place, sizeof place);
	if (by == BY_ALLOCATOR)
		key = query_allocators[QUERY_HEAP].name;
	else if (by == BY_TYPE)
		key = key_of_type(type);
	if (by == BY_TYPED_SITE) {
		snprintf(both, sizeof both, "%.600s: %.400s", place,
			 key_of_type(type));
		key = both;
	}
	groups_add(&report->groups, key, tally);
}

/* Adds all objects of site ID. */
static void add_site(const struct query_view *view, enum group_by by,
		     uint32_t id, const struct tally *tally,
		     struct report *report)
{
	struct query_site_type type = { .status = ALLOC_NO_METADATA };
	struct query_site site;

	if (query_site_find(view, id, &site))
		query_site_type(&site, &type);
	add_group(view, by, id, &type, tally, report);
}

/* Adds all objects of class ID. */
static void add_class(const struct query_view *view, enum group_by by,
		      uint32_t id, const struct tally *tally,
		      struct report *report)
{
	struct query_site_type type = { .status = ALLOC_NO_METADATA };
	struct allotype_class found;
	const char *name = NULL;
	char key[1024];

	if (query_class_find(view, id, &found)) {
		type.type = query_class_type(view, id, &found);
		name = view->operations->string(view, found.name);
	}
	if (is_specific(&type))
		tally_add(&report->typed, tally);
	if (by == BY_ALLOCATOR)
		snprintf(key, sizeof key, "%s",
			 query_allocators[QUERY_CLASS].name);
	else if (type.type)
		snprintf(key, sizeof key, "%s", alloc_type_name(type.type));
	else
		snprintf(key, sizeof key, "class %s", name ? name : "?");
	groups_add(&report->groups, key, tally);
}

/* Objects of classes are counted by class, unless their sites are asked for;
 * the numbers of classes are used as those of sites are. */
struct count {
	const struct query_view *view;
	struct site_tallies sites, classes;
	enum group_by by;
	struct report *report;
};

/* What was collected is of single objects, which join their groups at once. */
static bool count_collected(struct count *count,
			    const struct heap_object *object)
{
	const struct collected *collected = count->view->collected;
	const struct tally tally = { 1, object->size };
	struct query_site_type type = { .status = ALLOC_OK };
	const struct collected_object *found =
		collected ? collected_find(collected, object->base) : NULL;

	if (!found || found->size != object->size ||
	    found->site != object->site)
		return false;
	type.type = found->type;
	add_group(count->view, count->by, object->site, &type, &tally,
		  count->report);
	tally_add(&count->report->total, &tally);
	return true;
}

static bool count_object(void *context, const struct heap_object *object)
{
	struct count *count = context;

	if (object->class_id && count->by != BY_SITE &&
	    count->by != BY_TYPED_SITE)
		site_tallies_add(&count->classes, object->class_id,
				 object->size);
	else if (!count_collected(count, object))
		site_tallies_add(&count->sites, object->site, object->size);
	return true;
}

static void make_report(const struct query_view *view, enum group_by by,
			struct report *report)
{
	struct count count = { .view = view, .by = by, .report = report };
	struct site_tallies *sites = &count.sites, *classes = &count.classes;

	if (view->index->heap)
		heap_walk(view->space, view->index->heap, count_object,
			  &count);
	tally_add(&report->total, &sites->total);
	tally_add(&report->total, &classes->total);
	for (uint32_t id = 0; id < sites->capacity; id++)
		if (sites->tallies[id].objects)
			add_site(view, by, id, &sites->tallies[id], report);
	for (uint32_t id = 0; id < classes->capacity; id++)
		if (classes->tallies[id].objects)
			add_class(view, by, id, &classes->tallies[id], report);
	groups_sort(&report->groups);
	site_tallies_deinit(sites);
	site_tallies_deinit(classes);
}

static double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static void print_text(const struct report *report, enum group_by by,
		       size_t top)
{
	printf("%12s %14s %6s  %s\n", "objects", "bytes", "share",
	       by_names[by]);
	for (size_t n = 0; n < report->groups.count && n < top; n++) {
		const struct group *group = &report->groups.groups[n];

		printf("%12" PRIu64 " %14" PRIu64 " %5.1f%%  %s\n",
		       group->tally.objects, group->tally.bytes,
		       100 * share_of(group->tally.bytes,
				      report->total.bytes), group->key);
	}
	printf("%12" PRIu64 " %14" PRIu64 " %5.1f%%  total; %.1f%% of the "
	       "bytes typed\n", report->total.objects, report->total.bytes,
	       report->total.bytes ? 100.0 : 0.0,
	       100 * share_of(report->typed.bytes, report->total.bytes));
}

static void print_json(const struct report *report, size_t top)
{
	printf("{\"total\":{\"objects\":%" PRIu64 ",\"bytes\":%" PRIu64
	       ",\"typed_objects\":%" PRIu64 ",\"typed_bytes\":%" PRIu64
	       "},\"groups\":[", report->total.objects, report->total.bytes,
	       report->typed.objects, report->typed.bytes);
	for (size_t n = 0; n < report->groups.count && n < top; n++) {
		const struct group *group = &report->groups.groups[n];

		fputs(n ? ",{\"key\":" : "{\"key\":", stdout);
		json_write_string(stdout, group->key);
		printf(",\"objects\":%" PRIu64 ",\"bytes\":%" PRIu64
		       ",\"share\":%.6f}", group->tally.objects,
		       group->tally.bytes,
		       share_of(group->tally.bytes, report->total.bytes));
	}
	puts("]}");
}

static void show_report(const struct query_view *view,
			const struct heap_options *options)
{
	struct report report = { .total = { 0, 0 } };

	make_report(view, options->by, &report);
	if (options->json)
		print_json(&report, options->top);
	else
		print_text(&report, options->by, options->top);
	groups_deinit(&report.groups);
}

int command_heap(int count, char *arguments[])
{
	struct heap_options options;
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
	if (options.pprof)
		status = pprof_write(&remote.view, options.pprof);
	else
		show_report(&remote.view, &options);
	view_remote_deinit(&remote);
	target_close(target);
	return command_finish(status);
}
