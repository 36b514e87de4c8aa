/* SPDX-License-Identifier: Apache-2.0 */
#include "type/metadata.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/lock.h"
#include "base/private.h"
#include "base/sys.h"
#include "type/cache.h"

enum { DIRECTORIES_MAX = 4, HUGE_PAGE = 2 << 20 };

struct loaded_metafile {
	struct metafile file; /* first: what node->metadata points to */
	struct loaded_metafile *next;
	const char *path;
};

/* Taken under the lock of the list of files only, which fork waits for. */
static struct lock metadata_lock = LOCK_INIT(LOCK_RANK_TYPES);
/* Guarded by metadata_lock. */
static struct loaded_metafile *loaded;
static char *directories[DIRECTORIES_MAX]; /* written once, by init */
static unsigned int directory_count;

void metadata_init(char *const environment[])
{
	char path[CACHE_PATH_MAX];
	enum status status;

	if (getauxval(AT_SECURE))
		environment = NULL;
	for (unsigned int n = 0; directory_count < DIRECTORIES_MAX; n++) {
		status = cache_directory(environment, n, path);
		if (status == STATUS_NOT_FOUND)
			break;
		if (status != STATUS_OK)
			continue;
		directories[directory_count] =
			private_copy_string(path, strlen(path));
		if (directories[directory_count])
			directory_count++;
	}
}

/*
 * A mapping of LENGTH bytes, at least a huge page, would begin at a multiple of
 * one, and a first touch map all that the page cache keeps in one piece there,
 * up to 2 MiB, as the program's own.  Page by page off that, it does not.
 */
static long map_askew(int fd, size_t length)
{
	long place =
		sys_mmap(NULL, length + 2 * SYS_PAGE_SIZE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (sys_failed(place))
		return place;
	place += SYS_PAGE_SIZE;
	if (place % HUGE_PAGE == 0)
		place += SYS_PAGE_SIZE;
	return sys_mmap((void *)place, length, PROT_READ,
			MAP_PRIVATE | MAP_FIXED, fd, 0);
}

static long map_descriptor(int fd, long length)
{
	if (length <= 0)
		return -1;
	if (length >= HUGE_PAGE)
		return map_askew(fd, (size_t)length);
	return sys_mmap(NULL, (size_t)length, PROT_READ, MAP_PRIVATE, fd, 0);
}

/*
 * A first touch maps what the page cache keeps in one piece around the place,
 * but not beyond the mapping's end: what only queries read becomes another
 * mapping, which differs in its advice, for HEADER's file of LENGTH bytes.
 */
static void part(char *data, size_t length,
		 const struct allotype_meta_header *header)
{
	size_t front = metafile_front_size(header), rest;

	if (front >= length)
		return;
	rest = (front + SYS_PAGE_SIZE - 1) & ~(size_t)(SYS_PAGE_SIZE - 1);
	if (rest < length)
		sys_madvise(data + rest, length - rest, MADV_RANDOM);
}

static enum status map_file(const char *path, void **data, size_t *size)
{
	struct allotype_meta_header header;
	long fd = sys_open_read(path), length, address;

	if (sys_failed(fd))
		return STATUS_NOT_FOUND;
	length = sys_file_size((int)fd);
	address = map_descriptor((int)fd, length);
	if (!sys_failed(address) &&
	    sys_read((int)fd, &header, sizeof header) == (long)sizeof header)
		part((char *)address, (size_t)length, &header);
	sys_close((int)fd);
	if (sys_failed(length) || sys_failed(address))
		return STATUS_BAD_INPUT;
	*data = (void *)address;
	*size = (size_t)length;
	return STATUS_OK;
}

/* Maps the file at PATH and puts it on the list. */
static enum status load_path(const char *path, const uint8_t *build_id,
			     size_t build_id_size,
			     struct loaded_metafile **result)
{
	struct loaded_metafile *entry;
	struct metafile file;
	enum status status;
	size_t size;
	void *data;

	status = map_file(path, &data, &size);
	if (status)
		return status;
	status =
		metafile_init(&file, data, size, build_id, build_id_size, NULL);
	if (status)
		goto unmap;
	entry = private_allocate(sizeof *entry);
	status = STATUS_NO_MEMORY;
	if (!entry) {
		metafile_deinit(&file);
		goto unmap;
	}
	entry->file = file;
	entry->path = private_copy_string(path, strlen(path));
	entry->next = loaded;
	loaded = entry;
	*result = entry;
	return STATUS_OK;
unmap:
	sys_munmap(data, size);
	return status;
}

static struct loaded_metafile *find_loaded(const uint8_t *build_id, size_t size)
{
	for (struct loaded_metafile *entry = loaded; entry;
	     entry = entry->next) {
		const struct allotype_meta_header *header = entry->file.header;

		if (header->build_id_size == size &&
		    memcmp(header->build_id, build_id, size) == 0)
			return entry;
	}
	return NULL;
}

static enum status find(const uint8_t *build_id, size_t build_id_size,
			struct loaded_metafile **result)
{
	enum status status = STATUS_NOT_FOUND;
	char path[CACHE_PATH_MAX];

	*result = find_loaded(build_id, build_id_size);
	if (*result)
		return STATUS_OK;
	for (unsigned int i = 0; i < directory_count; i++) {
		enum status found = cache_file(directories[i], build_id,
					       build_id_size, path);

		if (!found)
			found = load_path(path, build_id, build_id_size,
					  result);
		if (!found)
			return STATUS_OK;
		/* A bad file does not hide a good one further on. */
		if (found != STATUS_NOT_FOUND)
			status = found;
	}
	return status;
}

enum status metadata_load(struct allotype_file *node)
{
	struct loaded_metafile *entry;
	enum status status;

	if (!node->build_id_size || node->build_id_size > sizeof node->build_id)
		return STATUS_NOT_FOUND;
	lock_acquire(&metadata_lock);
	status = find(node->build_id, node->build_id_size, &entry);
	lock_release(&metadata_lock);
	if (status)
		return status;
	node->metadata_path = (uint64_t)(uintptr_t)entry->path;
	__atomic_store_n(&node->metadata, (uint64_t)(uintptr_t)&entry->file,
			 __ATOMIC_RELEASE);
	return STATUS_OK;
}
