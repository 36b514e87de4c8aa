/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/mapper.h"

#include <string.h>

#include "base/private.h"
#include "base/sys.h"

enum { DIRECTORY_SIZE = 1024, GRANULE = 1 << ALLOTYPE_GRANULE_SHIFT };

/* What is reserved at once: of the default mapper first, of others. */
static const size_t large_size = (size_t)64 << 30;
static const size_t usual_size = (size_t)1 << 30;
static const size_t limited_size = (size_t)4 << 20;

static char directory[DIRECTORY_SIZE]; /* "": not set */

/* ---- anonymous memory ---- */

static void *reserve_anonymous(void *unused, size_t size, size_t align)
{
	(void)unused;
	return sys_reserve(size, align);
}

static bool commit_anonymous(void *unused, void *base, size_t size)
{
	(void)unused;
	return !sys_failed(sys_commit(base, size));
}

static bool decommit_anonymous(void *unused, void *base, size_t size)
{
	(void)unused;
	return !sys_failed(sys_discard(base, size));
}

static void release_any(void *unused, void *base, size_t size)
{
	(void)unused;
	sys_release(base, size);
}

struct mapper mapper_default = {
	.operations = {
		.name = "default",
		.reserve = reserve_anonymous,
		.commit = commit_anonymous,
		.decommit = decommit_anonymous,
		.release = release_any,
	},
};

/* ---- files ---- */

static const char *find_directory(void)
{
	static const char name[] = "TMPDIR=";
	char **variables = sys_environment();

	if (*directory)
		return directory;
	if (sys_is_privileged())
		return "/tmp";
	for (; variables && *variables; variables++)
		if (!strncmp(*variables, name, sizeof name - 1) &&
		    (*variables)[sizeof name - 1])
			return *variables + sizeof name - 1;
	return "/tmp";
}

static bool commit_file(void *unused, void *base, size_t size)
{
	(void)unused;
	return !sys_failed(sys_commit_file(base, size, find_directory()));
}

static bool decommit_file(void *unused, void *base, size_t size)
{
	(void)unused;
	return !sys_failed(sys_discard_file(base, size));
}

static struct mapper mapper_file = {
	.operations = {
		.name = "file",
		.reserve = reserve_anonymous,
		.commit = commit_file,
		.decommit = decommit_file,
		.release = release_any,
		.shared = true,
	},
	.older = &mapper_default,
};

bool mapper_set_directory(const char *path)
{
	size_t length = path ? strlen(path) : 0;

	if (length >= sizeof directory)
		return false;
	if (length)
		memcpy(directory, path, length);
	directory[length] = '\0';
	return true;
}

/* ---- by name ---- */

static struct mapper *newest = &mapper_file;

struct mapper *mapper_find(const char *name)
{
	struct mapper *mapper = newest;

	if (!name)
		return &mapper_default;
	while (mapper && strcmp(mapper->operations.name, name))
		mapper = mapper->older;
	return mapper;
}

enum status mapper_register(const struct alloc_mapper *operations)
{
	struct mapper *made;

	if (!operations->name || !operations->reserve || !operations->commit ||
	    !operations->release)
		return STATUS_BAD_INPUT;
	if (mapper_find(operations->name))
		return STATUS_MISUSE;
	made = private_allocate(sizeof *made);
	if (!made)
		return STATUS_NO_MEMORY;
	made->operations = *operations;
	made->operations.name = private_copy_string(operations->name,
						    strlen(operations->name));
	if (!made->operations.name)
		return STATUS_NO_MEMORY;
	made->older = newest;
	newest = made;
	return STATUS_OK;
}

/* ---- regions ---- */

uint64_t mapper_room(const struct mapper *mapper)
{
	const struct allotype_region *region;
	uint64_t units;

	if (!mapper->region)
		return 0;
	region = &mapper->region->published;
	units = (region->limit - region->base) >> ALLOTYPE_UNIT_SHIFT;
	return units > mapper->next + 1 ? units - mapper->next - 1 : 0;
}

/* At least SIZE bytes that MAPPER reserves. */
static struct region *create_mapped(struct mapper *mapper, size_t size)
{
	const struct alloc_mapper *operations = &mapper->operations;
	size_t usual = reserve_is_limited() ? limited_size : usual_size;
	struct region *region;
	void *base;

	if (size < usual)
		size = usual;
	base = operations->reserve(operations->context, size, GRANULE);
	if (!base)
		return NULL;
	lock_acquire(&region_lock);
	region = region_create_sparse(base, size);
	lock_release(&region_lock);
	if (!region)
		operations->release(operations->context, base, size);
	return region;
}

bool mapper_find_room(struct mapper *mapper, uint64_t units)
{
	/* A gap before them, and the one that ends a region. */
	size_t size = (units + 2) << ALLOTYPE_UNIT_SHIFT;
	struct region *fresh = NULL;

	if (mapper_room(mapper) >= units)
		return true;
	size = (size + GRANULE - 1) & ~(size_t)(GRANULE - 1);
	if (mapper == &mapper_default && !mapper->region) {
		lock_acquire(&region_lock);
		fresh = region_create_sparse(NULL, large_size);
		lock_release(&region_lock);
	}
	if (!fresh)
		fresh = create_mapped(mapper, size);
	if (!fresh)
		return false;
	mapper->region = fresh;
	mapper->next = 0;
	return true;
}
