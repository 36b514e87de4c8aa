/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/misuse.h"

#include <string.h>

#include "base/log.h"
#include "base/report.h"
#include "heap/heap.h"
#include "heap/lookup.h"
#include "heap/sites.h"

enum { LINE_SIZE = 2048 };

static bool is_free(const struct misuse *misuse)
{
	return misuse->function && (strcmp(misuse->function, "free") == 0 ||
				    strcmp(misuse->function, "release") == 0);
}

void misuse_append_kind(struct text *text, const struct misuse *misuse,
			const char *memory)
{
	static const char *const words[] = {
		[MISUSE_FREED] = " of a freed object",
		[MISUSE_INSIDE_FREED] = " inside a freed object",
		[MISUSE_INSIDE] = " inside an object",
		[MISUSE_UNUSED] = " of memory that was never allocated",
		[MISUSE_FOREIGN] = " of ",
		[MISUSE_CLASS] = "class mismatch",
		[MISUSE_OVERFLOW] = "write past the end",
		[MISUSE_STALE_WRITE] = "write after free",
		[MISUSE_FAULT_READ] = "read",
		[MISUSE_FAULT_WRITE] = "write",
	};

	if (misuse->kind == MISUSE_FREED && is_free(misuse)) {
		text_append(text, "double free");
		return;
	}
	if (misuse->kind < MISUSE_CLASS)
		text_append(text, misuse->function);
	text_append(text, words[misuse->kind]);
	if (misuse->kind == MISUSE_FOREIGN)
		text_append(text, memory ? memory : "a foreign object");
	else if (misuse->kind >= MISUSE_FAULT_READ)
		text_append(text, memory ? memory : " outside of any object");
}

void misuse_append_call(struct text *text, const struct misuse *misuse)
{
	if (misuse->kind >= MISUSE_OVERFLOW) {
		text_append(text, "at ");
		text_append_hex(text, misuse->address);
	}
	if (misuse->kind == MISUSE_OVERFLOW ||
	    misuse->kind == MISUSE_STALE_WRITE)
		text_append(text, misuse->function ? ", found by " :
						     ", found later");
	if (misuse->function) {
		text_append(text, misuse->function);
		text_append_char(text, '(');
		text_append_hex(text, misuse->pointer);
		text_append_char(text, ')');
	}
	if (misuse->kind == MISUSE_CLASS && misuse->expected)
		text_format(text, " to class %s", misuse->expected);
}

void misuse_append_class(struct text *text, const struct misuse *misuse)
{
	if (misuse->kind != MISUSE_CLASS)
		return;
	if (!misuse->actual)
		text_append(text, ": an object of no class");
	else if (misuse->expected)
		text_format(text, ": an object of class %s", misuse->actual);
	else
		text_format(text, ": an object to be released to class %s",
			    misuse->actual);
}

/* ---- the story as the heap alone knows it ---- */

static void append_site(struct text *text, const char *word, uint32_t id)
{
	struct allotype_site site;

	if (!id || !sites_get(id, &site))
		return;
	text_append(text, word);
	text_append_hex(text, site.address);
}

static void append_object(struct text *text, const struct misuse *misuse)
{
	struct heap_object object;

	if (!heap_lookup(NULL, heap_published_address(), misuse->address,
			 &object))
		return;
	if (object.state == HEAP_STATE_UNUSED)
		return;
	text_append(text, object.state == HEAP_STATE_FREED ? ": freed, " :
							     ": ");
	text_format(text, "%llu bytes at 0x%llx +%llu",
		    (unsigned long long)object.size,
		    (unsigned long long)object.base,
		    (unsigned long long)(misuse->address - object.base));
	append_site(text, ", allocated at ", object.site);
	append_site(text, ", freed at ", object.free_site);
}

static void tell_plainly(struct text *text, const struct misuse *misuse)
{
	misuse_append_kind(text, misuse, NULL);
	text_append(text, ": ");
	misuse_append_call(text, misuse);
	if (misuse->caller) {
		text_append(text, " at ");
		text_append_hex(text, misuse->caller);
	}
	misuse_append_class(text, misuse);
	append_object(text, misuse);
}

static void tell(const struct misuse *misuse, char *line, size_t size)
{
	struct text text;

	text_init(&text, line, size);
	if (misuse_tell && misuse_tell(&text, misuse))
		return;
	text_init(&text, line, size);
	tell_plainly(&text, misuse);
}

void misuse_tell_only(const struct misuse *misuse)
{
	char line[LINE_SIZE];

	tell(misuse, line, sizeof line);
	report_warning("%s", line);
}

void misuse_report(const struct misuse *misuse)
{
	char line[LINE_SIZE];

	tell(misuse, line, sizeof line);
	if (options.on_error == OPTION_ON_ERROR_LOG)
		log_report(line);
	else
		report_fatal("%s", line);
}

void misuse_report_class(const char *function, const void *pointer,
			 uint64_t caller, const char *expected,
			 const char *actual)
{
	const struct misuse misuse = {
		.kind = MISUSE_CLASS,
		.function = function,
		.pointer = (uintptr_t)pointer,
		.address = (uintptr_t)pointer,
		.caller = caller,
		.expected = expected,
		.actual = actual,
	};

	misuse_report(&misuse);
}
