/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the runtime's published index in a target, or says why there is
 * none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "complain.h"
#include "target/image.h"
#include "target/target.h"

static bool is_library(const struct target_mapping *mapping)
{
	const char *slash = strrchr(mapping->path, '/');

	return slash && strstr(slash, "liballotype");
}

/* The image at MAPPING publishes an index: is it one of ours? */
static enum status check_index(struct target *target, uint64_t address)
{
	const struct space *space = target_space(target);
	struct allotype_index index;

	if (!space->read(space, address, &index, sizeof index) ||
	    index.magic != ALLOTYPE_INDEX_MAGIC)
		return STATUS_NOT_FOUND;
	if (index.version != ALLOTYPE_INDEX_VERSION ||
	    index.size < sizeof index) {
		complain("%s runs another version of the runtime (index "
			 "version %u, this command reads %u)", target->label,
			 index.version, ALLOTYPE_INDEX_VERSION);
		return STATUS_BAD_INPUT;
	}
	target->index_address = address;
	target->index = index;
	return STATUS_OK;
}

/* Files that are called after the library are tried before all others. */
static enum status search_images(struct target *target, bool library)
{
	uint64_t address;

	for (size_t n = 0; n < target->mapping_count; n++) {
		const struct target_mapping *m = &target->mappings[n];
		enum status status;

		if (!m->path || m->path[0] != '/' || m->offset ||
		    is_library(m) != library)
			continue;
		if (image_memory_symbol(target_space(target), m->base,
					"allotype_index", &address))
			continue;
		status = check_index(target, address);
		if (status != STATUS_NOT_FOUND)
			return status;
	}
	return STATUS_NOT_FOUND;
}

/* The library's file is gone or another one by now, and with it its symbols;
 * the index has a mark of its own, in the library's data. */
static enum status search_data(struct target *target)
{
	const struct space *space = target_space(target);

	for (size_t n = 0; n < target->mapping_count; n++) {
		const struct target_mapping *m = &target->mappings[n];
		uint64_t magic;

		if (!m->path || m->path[0] != '/' || !is_library(m) ||
		    !(m->protection & PROT_WRITE))
			continue;
		for (uint64_t at = m->base; at < m->limit &&
		     space->read(space, at, &magic, sizeof magic);
		     at += sizeof magic)
			if (magic == ALLOTYPE_INDEX_MAGIC &&
			    !check_index(target, at))
				return STATUS_OK;
	}
	return STATUS_NOT_FOUND;
}

static const char *reason_in(const struct image_file *file)
{
	if (!file->is_64_bit)
		return "it is not an x86-64 program";
	if (file->is_static)
		return "it is statically linked";
	if (file->is_privileged)
		return "it is set-user-ID or set-group-ID";
	return "start it with `allotype run'";
}

static void explain_absence(const struct target *target)
{
	char path[64];
	struct image_file file;

	if (!target->is_core) {
		snprintf(path, sizeof path, "/proc/%d/exe", target->pid);
		if (!image_file_examine(path, &file) && file.is_elf) {
			complain("there is no Allotype runtime in process %s: "
				 "%s", target->label, reason_in(&file));
			return;
		}
	}
	complain("there is no Allotype runtime in %s", target->label);
}

enum status target_find_runtime(struct target *target)
{
	enum status status = search_images(target, true);

	if (status == STATUS_NOT_FOUND)
		status = search_images(target, false);
	if (status == STATUS_NOT_FOUND)
		status = search_data(target);
	if (status == STATUS_NOT_FOUND)
		explain_absence(target);
	return status;
}

enum status target_open_runtime(const char *name, struct target **target)
{
	struct target *opened;
	enum status status = target_open(name, &opened);

	if (status)
		return status;
	status = target_find_runtime(opened);
	if (status)
		target_close(opened);
	else
		*target = opened;
	return status;
}
