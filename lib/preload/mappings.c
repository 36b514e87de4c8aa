/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of mmap and its kin: raw system calls with libc's conventions,
 * and a record of what was mapped.  Async-signal-safe, as libc's are in
 * practice; errno changes only on failure.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "allotype/heap.h"
#include "base/export.h"
#include "base/sys.h"
#include "index/mapped.h"
#include "index/mappings.h"
#include "index/root.h"

/* libc's own idea of the break; its sbrk must go on agreeing with ours. */
extern void *__curbrk __attribute__((weak));

static uint64_t round_up(uint64_t size)
{
	return (size + SYS_PAGE_SIZE - 1) & ~(SYS_PAGE_SIZE - 1);
}

static uint64_t return_address(void *address)
{
	return (uintptr_t)__builtin_extract_return_addr(address);
}
#define CALLER return_address(__builtin_return_address(0))

static long fail(long result)
{
	errno = (int)-result;
	return -1;
}

static void *map(void *hint, size_t length, int protection, int flags, int fd,
		 off_t offset, uint64_t site)
{
	struct allotype_mapping mapping;
	long result = sys_mmap(hint, length, protection, flags, fd,
			       (uint64_t)offset);

	if (sys_failed(result))
		return (void *)fail(result);
	mapping = (struct allotype_mapping){
		.base = (uint64_t)result,
		.limit = (uint64_t)result + round_up(length),
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
	return map(hint, length, protection, flags, fd, offset, CALLER);
}

EXPORT void *mmap64(void *hint, size_t length, int protection, int flags,
		    int fd, off64_t offset)
{
	return map(hint, length, protection, flags, fd, offset, CALLER);
}

EXPORT int munmap(void *address, size_t length)
{
	uint64_t base = (uintptr_t)address, limit = base + round_up(length);
	uint64_t ticket;
	long result;

	if (base % SYS_PAGE_SIZE || limit <= base) /* let the kernel refuse */
		result = sys_munmap(address, length);
	else {
		ticket = mapped_unmap_begin(base, limit);
		result = sys_munmap(address, length);
		mapped_unmap_end(ticket, !sys_failed(result));
	}
	return sys_failed(result) ? (int)fail(result) : 0;
}

EXPORT int mprotect(void *address, size_t length, int protection)
{
	uint64_t base = (uintptr_t)address;
	long result = sys_mprotect(address, length, protection);

	if (sys_failed(result))
		return (int)fail(result);
	mapped_protect(base, base + round_up(length), protection);
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
	mapping.limit = base + round_up(length);
	mapping.site = site;
	mapped_add(&mapping);
}

EXPORT void *mremap(void *address, size_t old_length, size_t length, int flags,
		    ...)
{
	struct allotype_mapping old;
	uint64_t base = (uintptr_t)address, ticket = 0, site = CALLER;
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
		ticket = mapped_unmap_begin(base, base + round_up(old_length));
	result = sys_mremap(address, old_length, length, flags, target);
	if (leaves)
		mapped_unmap_end(ticket, !sys_failed(result));
	if (sys_failed(result))
		return (void *)fail(result);
	/* Of an unknown one only the kernel knows the protection. */
	if (!known)
		old = (struct allotype_mapping){
			.flags = ALLOTYPE_MAPPING_MIXED,
		};
	record_move(&old, base, (uint64_t)result, length, site);
	return (void *)result;
}

/* ---- the break ---- */

static uint64_t first_break; /* atomic, relaxed: everybody finds the same */

static uint64_t set_break(uint64_t wanted)
{
	uint64_t now = (uint64_t)sys_call(SYS_brk, (long)wanted, 0, 0, 0, 0, 0);

	if (&__curbrk)
		__curbrk = (void *)now;
	return now;
}

static void record_break(uint64_t old, uint64_t now, uint64_t site)
{
	struct allotype_mapping mapping = {
		.limit = round_up(now),
		.site = site,
		.protection = PROT_READ | PROT_WRITE,
		.flags = ALLOTYPE_MAPPING_BRK,
	};
	uint64_t first = __atomic_load_n(&first_break, __ATOMIC_RELAXED);

	if (!first || old < first) {
		first = old;
		__atomic_store_n(&first_break, first, __ATOMIC_RELAXED);
	}
	mapping.base = first & ~(SYS_PAGE_SIZE - 1);
	if (round_up(now) < round_up(old))
		mapped_unmap_end(mapped_unmap_begin(round_up(now),
						    round_up(old)),
				 true);
	mapped_add(&mapping);
}

static uint64_t current_break(void)
{
	if (&__curbrk && __curbrk)
		return (uintptr_t)__curbrk;
	return set_break(0);
}

static int change_break(uint64_t wanted, uint64_t site)
{
	uint64_t old = current_break(), now = set_break(wanted);

	if (now < wanted)
		return (int)fail(-ENOMEM);
	if (now != old)
		record_break(old, now, site);
	return 0;
}

EXPORT int brk(void *address)
{
	return change_break((uintptr_t)address, CALLER);
}

static void *move_break(intptr_t increment, uint64_t site)
{
	uint64_t old = current_break(), wanted = old + (uint64_t)increment;

	if (increment == 0)
		return (void *)old;
	if ((increment > 0) != (wanted > old))
		return (void *)fail(-ENOMEM);
	return change_break(wanted, site) < 0 ? (void *)-1 : (void *)old;
}

EXPORT void *sbrk(intptr_t increment)
{
	return move_break(increment, CALLER);
}

EXPORT_API void *alloc_sbrk(intptr_t increment)
{
	uint64_t site = CALLER;
	void *result;

	lock_acquire(&mapped_break_lock);
	result = move_break(increment, site);
	lock_release(&mapped_break_lock);
	return result;
}
