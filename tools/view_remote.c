/* SPDX-License-Identifier: Apache-2.0 */
#include "view_remote.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complain.h"
#include "index/mappings.h"
#include "metadata.h"
#include "query/collect.h"

/* Paths of mappings are known here, not in the target: their "addresses" are
 * numbers of mappings, where no address of a program can be. */
#define MAPPING_PATH (1ULL << 63)

enum { STRING_MAX = 4096, ENVIRONMENT_MAX = 1 << 20 };

struct remote_file {
	struct remote_file *next;
	uint32_t serial;
	bool has_metadata;
	struct compiled metadata;
};

struct remote_string {
	struct remote_string *next;
	uint64_t address;
	char text[];
};

static struct view_remote *remote_of(const struct query_view *view)
{
	return view->context;
}

/* ---- strings ---- */

static const char *keep_string(struct view_remote *remote, uint64_t address,
			       const char *text)
{
	struct remote_string **chain =
		&remote->strings[address / 8 % VIEW_REMOTE_CHAINS];
	struct remote_string *string =
		check_memory(malloc(sizeof *string + strlen(text) + 1));

	string->address = address;
	strcpy(string->text, text);
	string->next = *chain;
	*chain = string;
	return string->text;
}

/* As the kernel writes it. */
static const char *mapping_name(struct view_remote *remote, uint64_t address)
{
	const struct target_mapping *mapping;
	size_t n = (size_t)(address - MAPPING_PATH);
	char text[STRING_MAX];

	if (n >= remote->target->mapping_count)
		return NULL;
	mapping = &remote->target->mappings[n];
	if (!mapping->deleted)
		return mapping->path;
	snprintf(text, sizeof text, "%s (deleted)", mapping->path);
	return keep_string(remote, address, text);
}

static const char *view_string(const struct query_view *view,
			       uint64_t address)
{
	struct view_remote *remote = remote_of(view);
	const struct remote_string *string =
		remote->strings[address / 8 % VIEW_REMOTE_CHAINS];
	char text[STRING_MAX];

	if (!address)
		return NULL;
	for (; string; string = string->next)
		if (string->address == address)
			return string->text;
	if (address & MAPPING_PATH)
		return mapping_name(remote, address);
	if (target_read_string(remote->target, address, text, sizeof text))
		return NULL;
	return keep_string(remote, address, text);
}

/* ---- metadata ---- */

struct candidates {
	const struct target *target;
	const char *path;
};

static bool next_candidate(void *context, unsigned int n, char *path,
			   size_t size)
{
	const struct candidates *candidates = context;

	return size >= TARGET_PATH_MAX &&
	       target_file_candidate(candidates->target, candidates->path, n,
				     path);
}

static void open_metadata(const struct query_view *view,
			  const struct allotype_file *file,
			  struct remote_file *entry)
{
	struct view_remote *remote = remote_of(view);
	struct candidates candidates = { remote->target,
					 view_string(view, file->path) };
	struct metadata_source source = {
		.environment = remote->environment,
		.candidate = next_candidate,
		.context = &candidates,
	};

	if (!candidates.path || !file->build_id_size ||
	    file->build_id_size > sizeof source.id.bytes)
		return;
	source.id.size = file->build_id_size;
	memcpy(source.id.bytes, file->build_id, source.id.size);
	entry->has_metadata = !metadata_open(&source, &entry->metadata);
}

static const struct metafile *view_metadata(const struct query_view *view,
					    const struct allotype_file *file,
					    uint64_t node)
{
	struct view_remote *remote = remote_of(view);
	struct remote_file *entry = remote->files;

	(void)node;
	while (entry && entry->serial != file->serial)
		entry = entry->next;
	if (!entry) {
		entry = check_memory(calloc(1, sizeof *entry));
		entry->serial = file->serial;
		entry->next = remote->files;
		remote->files = entry;
		open_metadata(view, file, entry);
	}
	return entry->has_metadata ? &entry->metadata.file : NULL;
}

/* ---- mappings and registers ---- */

/* What the runtime recorded comes first, as it does inside the process; the
 * kernel knows the rest.  gdb leaves out of core files what has never been
 * touched. */
static bool view_mapping(const struct query_view *view, uint64_t address,
			 struct allotype_mapping *mapping)
{
	const struct target *target = remote_of(view)->target;
	const struct target_mapping *m = target_mapping_at(target, address);

	if (!m && !target->is_core)
		return false;
	if (mappings_find(view->space, view->index, address, mapping)) {
		if (mapping->flags & ALLOTYPE_MAPPING_FILE && m && m->path)
			mapping->path = MAPPING_PATH +
					(uint64_t)(m - target->mappings);
		return true;
	}
	if (!m)
		return false;
	*mapping = (struct allotype_mapping){
		.base = m->base, .limit = m->limit, .offset = m->offset,
		.protection = m->protection,
		.flags = m->shared ? ALLOTYPE_MAPPING_SHARED : 0,
	};
	if (!m->path)
		return true;
	mapping->path = MAPPING_PATH + (uint64_t)(m - target->mappings);
	if (!strcmp(m->path, "[stack]"))
		mapping->flags |= ALLOTYPE_MAPPING_STACK;
	else if (!strcmp(m->path, "[heap]"))
		mapping->flags |= ALLOTYPE_MAPPING_BRK;
	return true;
}

static bool view_registers(const struct query_view *view,
			   const struct allotype_thread *thread,
			   struct unwind_frame *frame)
{
	struct target *target = remote_of(view)->target;

	return !target->operations->registers(target, (int)thread->tid, frame);
}

static const struct query_operations remote_operations = {
	.metadata = view_metadata,
	.mapping = view_mapping,
	.registers = view_registers,
	.string = view_string,
};

/* The target's environment as it started: /proc/PID/environ. */
static char **read_environment(const struct target *target)
{
	char path[64];
	char *text, **environment;
	ssize_t size;
	size_t count = 0;
	int fd;

	if (target->is_core)
		return NULL;
	snprintf(path, sizeof path, "/proc/%d/environ", target->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	text = check_memory(malloc(ENVIRONMENT_MAX + 1));
	size = read(fd, text, ENVIRONMENT_MAX);
	close(fd);
	text[size > 0 ? size : 0] = '\0';
	for (ssize_t n = 0; n < size; n++)
		count += !text[n];
	environment = check_memory(calloc(count + 2, sizeof *environment));
	/* The block of text is freed through entry 0. */
	environment[0] = text;
	for (size_t n = 1; n <= count; n++)
		environment[n] = environment[n - 1] +
				 strlen(environment[n - 1]) + 1;
	if (count)
		environment[count] = NULL;
	return environment;
}

void view_remote_init(struct view_remote *remote, struct target *target)
{
	memset(remote, 0, sizeof *remote);
	remote->target = target;
	remote->environment = read_environment(target);
	remote->view = (struct query_view){
		.space = target_space(target),
		.index = &target->index,
		.operations = &remote_operations,
		.context = remote,
	};
}

void view_remote_collect(struct view_remote *remote)
{
	const uint64_t memory = UINT64_C(1) << 32;
	enum alloc_status status = collect_evidence(
		&remote->view, &remote->collected, memory);

	if (status)
		complain("not all that memory tells could be collected: %s",
			 alloc_status_text(status));
	remote->view.collected = &remote->collected;
}

void view_remote_deinit(struct view_remote *remote)
{
	while (remote->files) {
		struct remote_file *next = remote->files->next;

		if (remote->files->has_metadata)
			compiled_unload(&remote->files->metadata);
		free(remote->files);
		remote->files = next;
	}
	for (unsigned int n = 0; n < VIEW_REMOTE_CHAINS; n++) {
		while (remote->strings[n]) {
			struct remote_string *next = remote->strings[n]->next;

			free(remote->strings[n]);
			remote->strings[n] = next;
		}
	}
	if (remote->environment)
		free(remote->environment[0]);
	free(remote->environment);
}
