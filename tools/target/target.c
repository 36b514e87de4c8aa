/* SPDX-License-Identifier: Apache-2.0 */
#include "target/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static enum status open_number(struct target *target, const char *name)
{
	long pid = strtol(name, NULL, 10);

	if (pid <= 0 || pid > INT32_MAX) {
		complain("there is no process %s", name);
		return STATUS_NOT_FOUND;
	}
	return process_open(target, (int)pid);
}

enum status target_open(const char *name, struct target **target)
{
	struct target *opened = check_memory(calloc(1, sizeof *opened));
	enum status status;

	opened->label = check_memory(strdup(name));
	cache_init(&opened->cache, &opened->source);
	status = is_number(name) ? open_number(opened, name) :
				   core_open(opened, name);
	if (status)
		target_close(opened);
	else
		*target = opened;
	return status;
}

void target_close(struct target *target)
{
	if (!target)
		return;
	if (target->operations)
		target->operations->close(target);
	maps_free(target->mappings, target->mapping_count);
	cache_deinit(&target->cache);
	free(target->label);
	free(target);
}

const struct target_mapping *target_mapping_at(const struct target *target,
					       uint64_t address)
{
	size_t low = 0, high = target->mapping_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct target_mapping *m = &target->mappings[middle];

		if (address < m->base)
			high = middle;
		else if (address >= m->limit)
			low = middle + 1;
		else
			return m;
	}
	return NULL;
}

static bool mapped_candidate(const struct target *target, const char *path,
			     char candidate[TARGET_PATH_MAX])
{
	for (size_t n = 0; n < target->mapping_count; n++) {
		const struct target_mapping *m = &target->mappings[n];

		if (!m->path || strcmp(m->path, path))
			continue;
		snprintf(candidate, TARGET_PATH_MAX,
			 "/proc/%d/map_files/%llx-%llx", target->pid,
			 (unsigned long long)m->base,
			 (unsigned long long)m->limit);
		return true;
	}
	return false;
}

/* A name that was right for the target comes first; the mapped file itself,
 * which only a privileged user may open, works even without a name. */
bool target_file_candidate(const struct target *target, const char *path,
			   unsigned int n, char candidate[TARGET_PATH_MAX])
{
	if (target->is_core && n > 0)
		return false;
	candidate[0] = '\0';
	switch (n) {
	case 0:
		snprintf(candidate, TARGET_PATH_MAX, "%s", path);
		return true;
	case 1:
		snprintf(candidate, TARGET_PATH_MAX, "/proc/%d/root%s",
			 target->pid, path);
		return true;
	case 2:
		return mapped_candidate(target, path, candidate);
	default:
		return false;
	}
}

enum status target_read_string(const struct target *target, uint64_t address,
			       char *buffer, size_t size)
{
	const struct space *space = target_space(target);

	for (size_t n = 0; n + 1 < size; n++) {
		if (!space->read(space, address + n, buffer + n, 1))
			return STATUS_NOT_FOUND;
		if (!buffer[n])
			return STATUS_OK;
	}
	buffer[size - 1] = '\0';
	return STATUS_OK;
}
