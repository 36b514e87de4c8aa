/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operating system contract: every system call the runtime makes, with
 * what it needs and what it returns.  Nothing here touches errno, allocates
 * or locks; failures are negative errno values (Linux x86-64 ABI).
 */
#ifndef BASE_SYS_H
#define BASE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYS_PAGE_SIZE 4096UL

/* Is RESULT, of any call here, a failure? */
static inline bool sys_failed(long result)
{
	return (unsigned long)result >= (unsigned long)-4095L;
}

long sys_call(long number, long a, long b, long c, long d, long e, long f);

/* ---- memory: sizes and addresses are multiples of the page size ---- */

/* Address space without memory behind it, left out of core files.  ALIGN is
 * a power of two, at least a page.  NULL when there is none. */
void *sys_reserve(size_t size, size_t align);
/* Makes part of a reservation readable and writable, zeroed if it was never
 * used, and part of core files. */
long sys_commit(void *address, size_t size);
/* Gives the memory back; reads as zeros afterwards, stays accessible. */
long sys_discard(void *address, size_t size);
void sys_release(void *address, size_t size);
/* Private zeroed memory, or NULL. */
void *sys_allocate(size_t size);
long sys_mremap(void *old, size_t old_size, size_t new_size, int flags,
		void *target);
long sys_madvise(void *address, size_t size, int advice);
long sys_mprotect(void *address, size_t size, int protection);
long sys_mmap(void *hint, size_t size, int protection, int flags, int fd,
	      uint64_t offset);
long sys_munmap(void *address, size_t size);

/* ---- files: always close-on-exec ---- */
long sys_open_read(const char *path);
long sys_read(int fd, void *buffer, size_t size);
long sys_write(int fd, const void *buffer, size_t size);
long sys_close(int fd);
long sys_file_size(int fd);
long sys_readlink(const char *path, char *buffer, size_t size);
/* The length, the NUL included. */
long sys_getcwd(char *buffer, size_t size);
long sys_ioctl(int fd, unsigned long request, void *argument);

/* ---- the rest ---- */
int sys_pid(void);
int sys_tid(void);
void sys_futex_wait(uint32_t *word, uint32_t expected);
void sys_futex_wake(uint32_t *word, int waiters);
/* Soft limits, in bytes; UINT64_MAX when unlimited. */
uint64_t sys_limit(int resource);
uint64_t sys_monotonic_ns(void);
void sys_yield(void);
void sys_abort(void) __attribute__((noreturn));

#endif
