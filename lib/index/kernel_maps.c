/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel has mapped: one ioctl where there is PROCMAP_QUERY (Linux
 * 6.11), a search through the text of /proc/PID/maps elsewhere. */
#include "index/mappings.h"

#include <linux/ioctl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/sys.h"

/* The header of Debian 12 does not have it yet: include/uapi/linux/fs.h. */
struct procmap_request {
	uint64_t size; /* of this struct */
	uint64_t query_flags;
	uint64_t query_address;
	uint64_t start, end;
	uint64_t flags;
	uint64_t page_size;
	uint64_t offset;
	uint64_t inode;
	uint32_t device_major, device_minor;
	uint32_t name_size;
	uint32_t build_id_size;
	uint64_t name_address;
	uint64_t build_id_address;
};
#define PROCMAP_REQUEST _IOWR('f', 17, struct procmap_request)
enum {
	AREA_READABLE = 1, AREA_WRITABLE = 2, AREA_EXECUTABLE = 4,
	AREA_SHARED = 8,
};
enum { LINE_MAX_SIZE = 1024, BLOCK_SIZE = 4096, NAME_SIZE = 1024 };

static void name_flags(struct allotype_mapping *mapping, const char *name)
{
	if (name[0] == '/')
		mapping->flags |= ALLOTYPE_MAPPING_FILE;
	else if (strcmp(name, "[stack]") == 0)
		mapping->flags |= ALLOTYPE_MAPPING_STACK;
	else if (strcmp(name, "[heap]") == 0)
		mapping->flags |= ALLOTYPE_MAPPING_BRK;
}

static void copy_name(char *path, size_t size, const char *name)
{
	size_t length = strlen(name);

	if (!size)
		return;
	if (length >= size)
		length = size - 1;
	memcpy(path, name, length);
	path[length] = '\0';
}

static long ask_ioctl(int fd, uint64_t address,
		      struct allotype_mapping *mapping, char name[NAME_SIZE])
{
	struct procmap_request request = {
		.size = sizeof request,
		.query_address = address,
		.name_size = NAME_SIZE,
		.name_address = (uintptr_t)name,
	};
	long result = sys_ioctl(fd, PROCMAP_REQUEST, &request);

	if (sys_failed(result))
		return result;
	if (!request.name_size)
		name[0] = '\0';
	memset(mapping, 0, sizeof *mapping);
	mapping->base = request.start;
	mapping->limit = request.end;
	mapping->offset = request.offset;
	if (request.flags & AREA_READABLE)
		mapping->protection |= PROT_READ;
	if (request.flags & AREA_WRITABLE)
		mapping->protection |= PROT_WRITE;
	if (request.flags & AREA_EXECUTABLE)
		mapping->protection |= PROT_EXEC;
	if (request.flags & AREA_SHARED)
		mapping->flags |= ALLOTYPE_MAPPING_SHARED;
	return 0;
}

/* ---- the text ---- */

struct lines {
	int fd;
	size_t at, size;
	char block[BLOCK_SIZE];
};

static int next_char(struct lines *lines)
{
	if (lines->at == lines->size) {
		long size = sys_read(lines->fd, lines->block, BLOCK_SIZE);

		if (size <= 0)
			return -1;
		lines->at = 0;
		lines->size = (size_t)size;
	}
	return (unsigned char)lines->block[lines->at++];
}

/* The next line, cut to fit, without its newline. */
static bool next_line(struct lines *lines, char line[LINE_MAX_SIZE])
{
	size_t length = 0;

	for (;;) {
		int c = next_char(lines);

		if (c < 0 && !length)
			return false;
		if (c < 0 || c == '\n')
			break;
		if (length < LINE_MAX_SIZE - 1)
			line[length++] = (char)c;
	}
	line[length] = '\0';
	return true;
}

static uint64_t parse_hex(const char **at)
{
	uint64_t value = 0;

	for (;; ++*at) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			return value;
	}
}

static const char *skip_field(const char *at)
{
	while (*at && *at != ' ')
		at++;
	while (*at == ' ')
		at++;
	return at;
}

/* "base-limit rwxp offset device inode   name" (proc(5)) */
static const char *parse_line(const char *line,
			      struct allotype_mapping *mapping)
{
	const char *at = line;

	memset(mapping, 0, sizeof *mapping);
	mapping->base = parse_hex(&at);
	if (*at == '-')
		at++;
	mapping->limit = parse_hex(&at);
	at = skip_field(at);
	for (; *at && *at != ' '; at++) {
		if (*at == 'r')
			mapping->protection |= PROT_READ;
		else if (*at == 'w')
			mapping->protection |= PROT_WRITE;
		else if (*at == 'x')
			mapping->protection |= PROT_EXEC;
		else if (*at == 's')
			mapping->flags |= ALLOTYPE_MAPPING_SHARED;
	}
	at = skip_field(at);
	mapping->offset = parse_hex(&at);
	return skip_field(skip_field(skip_field(at)));
}

static bool read_text(int fd, uint64_t address,
		      struct allotype_mapping *mapping, char name[NAME_SIZE])
{
	struct lines lines = { .fd = fd };
	char line[LINE_MAX_SIZE];

	while (next_line(&lines, line)) {
		struct allotype_mapping seen;
		const char *seen_name = parse_line(line, &seen);

		if (address < seen.base || address >= seen.limit)
			continue;
		*mapping = seen;
		copy_name(name, NAME_SIZE, seen_name);
		return true;
	}
	return false;
}

bool mappings_query_kernel_path(uint64_t address,
				struct allotype_mapping *mapping, char *path,
				size_t size)
{
	enum { NOT_MAPPED = -2 }; /* ENOENT */
	const uint64_t VSYSCALL = 0xffffffffff600000;
	char name[NAME_SIZE] = "";
	/* Not /proc/self: empty when the first thread has gone. */
	long fd = sys_open_read("/proc/thread-self/maps"), result;
	bool found;

	if (sys_failed(fd))
		return false;
	result = ask_ioctl((int)fd, address, mapping, name);
	/* The ioctl does not know [vsyscall]; the text does. */
	found = result == 0 ||
		((result != NOT_MAPPED || address >= VSYSCALL) &&
		 read_text((int)fd, address, mapping, name));
	sys_close((int)fd);
	if (!found)
		return false;
	name_flags(mapping, name);
	copy_name(path, size, name);
	return true;
}

bool mappings_query_kernel(uint64_t address, struct allotype_mapping *mapping)
{
	return mappings_query_kernel_path(address, mapping, NULL, 0);
}
