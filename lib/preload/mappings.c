/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of mmap and its kin: raw system calls with libc's conventions,
 * and a record of what was mapped.  Async-signal-safe, as libc's are in
 * practice; errno changes only on failure.
 */
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/export.h"
#include "base/sys.h"
#include "index/mapped.h"
#include "index/mappings.h"
#include "index/root.h"
#include "preload/doors.h"

static void *map(void *hint, size_t length, int protection, int flags, int fd,
		 off_t offset, uint64_t site)
{
	struct allotype_mapping mapping;
	long result =
		sys_mmap(hint, length, protection, flags, fd, (uint64_t)offset);

	if (sys_failed(result))
		return (void *)doors_fail(result);
	mapping = (struct allotype_mapping){
		.base = (uint64_t)result,
		.limit = (uint64_t)result + doors_round_up(length),
		.site = site,
		.protection = (uint32_t)protection,
	};
	if (!(flags & MAP_ANONYMOUS)) {
		mapping.flags |= ALLOTYPE_MAPPING_FILE;
		mapping.offset = (uint64_t)offset;
	}
	/* Also the bit of MAP_SHARED_VALIDATE. */
	if (flags & MAP_SHARED)
		mapping.flags |= ALLOTYPE_MAPPING_SHARED;
	mapped_add(&mapping);
	return (void *)result;
}

EXPORT void *mmap(void *hint, size_t length, int protection, int flags, int fd,
		  off_t offset)
{
	return map(hint, length, protection, flags, fd, offset, DOORS_CALLER);
}

EXPORT void *mmap64(void *hint, size_t length, int protection, int flags,
		    int fd, off64_t offset)
{
	return map(hint, length, protection, flags, fd, offset, DOORS_CALLER);
}

EXPORT int munmap(void *address, size_t length)
{
	uint64_t base = (uintptr_t)address,
		 limit = base + doors_round_up(length);
	uint64_t ticket;
	long result;

	if (base % SYS_PAGE_SIZE || limit <= base) /* let the kernel refuse */
		result = sys_munmap(address, length);
	else {
		ticket = mapped_unmap_begin(base, limit);
		result = sys_munmap(address, length);
		mapped_unmap_end(ticket, !sys_failed(result));
	}
	return sys_failed(result) ? (int)doors_fail(result) : 0;
}

EXPORT int mprotect(void *address, size_t length, int protection)
{
	uint64_t base = (uintptr_t)address;
	long result = sys_mprotect(address, length, protection);

	if (sys_failed(result))
		return (int)doors_fail(result);
	mapped_protect(base, base + doors_round_up(length), protection);
	return 0;
}

/* The record of what moved: like the old one, elsewhere and of another size. */
static void record_move(const struct allotype_mapping *old, uint64_t old_base,
			uint64_t base, size_t length, uint64_t site)
{
	struct allotype_mapping mapping = *old;

	if (mapping.flags & ALLOTYPE_MAPPING_FILE)
		mapping.offset += old_base - mapping.base;
	mapping.base = base;
	mapping.limit = base + doors_round_up(length);
	mapping.site = site;
	mapped_add(&mapping);
}

EXPORT void *mremap(void *address, size_t old_length, size_t length, int flags,
		    ...)
{
	struct allotype_mapping old;
	uint64_t base = (uintptr_t)address, ticket = 0, site = DOORS_CALLER;
	bool known, leaves;
	void *target = NULL;
	va_list list;
	long result;

	va_start(list, flags);
	if (flags & MREMAP_FIXED)
		target = va_arg(list, void *);
	va_end(list);
	known = mappings_find(NULL, &allotype_index, base, &old);
	/* Of length 0 it is a copy, and the old one stays. */
	leaves = old_length && base % SYS_PAGE_SIZE == 0 &&
		 !(flags & MREMAP_DONTUNMAP);
	if (leaves)
		ticket = mapped_unmap_begin(base,
					    base + doors_round_up(old_length));
	result = sys_mremap(address, old_length, length, flags, target);
	if (leaves)
		mapped_unmap_end(ticket, !sys_failed(result));
	if (sys_failed(result))
		return (void *)doors_fail(result);
	/* Of an unknown one only the kernel knows the protection. */
	if (!known)
		old = (struct allotype_mapping){
			.flags = ALLOTYPE_MAPPING_MIXED,
		};
	record_move(&old, base, (uint64_t)result, length, site);
	return (void *)result;
}
