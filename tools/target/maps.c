/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID/maps: proc(5). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "complain.h"
#include "target/target.h"

static uint32_t parse_protection(const char *flags)
{
	return (flags[0] == 'r' ? PROT_READ : 0u) |
	       (flags[1] == 'w' ? PROT_WRITE : 0u) |
	       (flags[2] == 'x' ? PROT_EXEC : 0u);
}

static char *parse_path(char *text, bool *deleted)
{
	static const char suffix[] = " (deleted)";
	size_t length = strcspn(text, "\n");

	text[length] = '\0';
	if (!length)
		return NULL;
	if (text[0] == '/' && length > sizeof suffix &&
	    !strcmp(text + length - (sizeof suffix - 1), suffix)) {
		text[length - (sizeof suffix - 1)] = '\0';
		*deleted = true;
	}
	return check_memory(strdup(text));
}

static bool parse_line(char *line, struct target_mapping *mapping)
{
	char flags[5];
	int path = 0;

	memset(mapping, 0, sizeof *mapping);
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*x:%*x "
		   "%*u %n", &mapping->base, &mapping->limit, flags,
		   &mapping->offset, &path) < 4 || !path)
		return false;
	mapping->protection = parse_protection(flags);
	mapping->shared = flags[3] == 's';
	mapping->path = parse_path(line + path, &mapping->deleted);
	return true;
}

enum status maps_read(int pid, struct target_mapping **mappings,
		      size_t *count)
{
	char path[64];
	char *line = NULL;
	size_t room = 0, capacity = 0, n = 0;
	struct target_mapping *found = NULL, entry;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	file = fopen(path, "re");
	if (!file)
		return STATUS_SYSTEM;
	errno = 0;
	while (getline(&line, &room, file) > 0) {
		if (!parse_line(line, &entry))
			continue;
		if (n == capacity) {
			capacity = capacity ? 2 * capacity : 64;
			found = check_memory(realloc(found, capacity *
						     sizeof *found));
		}
		found[n++] = entry;
	}
	free(line);
	if (ferror(file)) {
		int error = errno;

		fclose(file);
		maps_free(found, n);
		errno = error;
		return STATUS_SYSTEM;
	}
	fclose(file);
	*mappings = found;
	*count = n;
	return STATUS_OK;
}

void maps_free(struct target_mapping *mappings, size_t count)
{
	while (count)
		free(mappings[--count].path);
	free(mappings);
}
