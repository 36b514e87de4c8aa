/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operating system contract: everything that the heap and the layers
 * above ask of the system, with what it needs and what it returns.  Nothing
 * here touches errno, allocates or locks unless it says so; failures are
 * negative errno values (Linux x86-64 ABI).
 *
 * sys.c alone knows the system and the C library's threads.  For the heap on
 * another system (liballotype-heap.a) it is the file to write anew, without
 * what is marked "not for the heap"; see "Porting the heap" in HACKING.md.
 */
#ifndef BASE_SYS_H
#define BASE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYS_PAGE_SIZE 4096UL

/* Thread-local storage that takes no call and no allocation to reach. */
#define SYS_THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))

/* Is RESULT, of any call here, a failure? */
static inline bool sys_failed(long result)
{
	return (unsigned long)result >= (unsigned long)-4095L;
}

/* ---- memory: sizes and addresses are multiples of the page size ---- */

/* Address space without memory behind it, left out of core files.  ALIGN is
 * a power of two, at least a page.  NULL when there is none. */
void *sys_reserve(size_t size, size_t align);
/* Makes an unused part of a reservation readable, writable, zeroed and part
 * of core files, in one system call; what sys_keep_small said is forgotten. */
long sys_commit(void *address, size_t size);
/* Makes part of a reservation readable and writable, but leaves it out of
 * core files until sys_dump; and inaccessible again. */
long sys_open(void *address, size_t size);
long sys_close_memory(void *address, size_t size);
void sys_dump(void *address, size_t size);
/* Has memory for all of it at once, as if each page were written to. */
long sys_populate(void *address, size_t size);
/* Gives the memory back; reads as zeros afterwards, stays accessible. */
long sys_discard(void *address, size_t size);
void sys_release(void *address, size_t size);
/* Makes committed memory inaccessible, or accessible again as it was. */
long sys_protect(void *address, size_t size, bool accessible);
/* Private zeroed memory, or NULL. */
void *sys_allocate(size_t size);
/* Moves the memory at FROM, not its addresses, to TO, where there is some;
 * FROM reads as zeros afterwards.  May fail anywhere: then nothing moved. */
long sys_move(void *from, size_t size, void *to);
/* Memory of which little will be used: no huge pages for it.  A hint. */
void sys_keep_small(void *address, size_t size);

/* ---- memory of files: parts of a reservation ---- */
/* As sys_commit, with the pages of a new file without a name in DIRECTORY,
 * all of whose storage is taken now.  No descriptor stays open. */
long sys_commit_file(void *address, size_t size, const char *directory);
/* As sys_discard, and of the file's storage. */
long sys_discard_file(void *address, size_t size);
/* Leaves memory out of children of fork(2); and in a child, makes its
 * addresses a reservation again. */
long sys_keep_from_children(void *address, size_t size);
void sys_fence(void *address, size_t size);

/* ---- memory, not for the heap ---- */
long sys_mremap(void *old, size_t old_size, size_t new_size, int flags,
		void *target);
long sys_madvise(void *address, size_t size, int advice);
long sys_mprotect(void *address, size_t size, int protection);
long sys_mmap(void *hint, size_t size, int protection, int flags, int fd,
	      uint64_t offset);
long sys_munmap(void *address, size_t size);

/* Copies SIZE bytes at ADDRESS, which need not be mapped, or may go in that
 * moment.  Returns how many, from the front, could be read, or -EFAULT. */
long sys_probe(uint64_t address, void *buffer, size_t size);

/* ---- files: always close-on-exec ---- */
long sys_write(int fd, const void *buffer, size_t size);
long sys_close(int fd);

/* ---- files, not for the heap ---- */
long sys_open_read(const char *path);
/* For appending, made if need be; does not wait for a fifo's reader. */
long sys_open_append(const char *path);
long sys_read(int fd, void *buffer, size_t size);
long sys_file_size(int fd);
long sys_readlink(const char *path, char *buffer, size_t size);
/* The length, the NUL included. */
long sys_getcwd(char *buffer, size_t size);
long sys_ioctl(int fd, unsigned long request, void *argument);

/* ---- threads ---- */
/* Once: END is what sys_thread_arm asks for. */
bool sys_thread_init(void (*end)(void *argument));
/* END will be called with ARGUMENT, not NULL, when the calling thread ends,
 * once.  END may ask again, to come after others' destructors: at least four
 * rounds are granted.  May allocate by malloc. */
bool sys_thread_arm(void *argument);
/* Where the calling thread's own block is, above its stack unless that is
 * not of the system's making (a coroutine's). */
uint64_t sys_thread_pointer(void);
/* The handlers of fork(2), as pthread_atfork(3).  May allocate by malloc. */
bool sys_at_fork(void (*prepare)(void), void (*parent)(void),
		 void (*child)(void));
void sys_futex_wait(uint32_t *word, uint32_t expected);
void sys_futex_wake(uint32_t *word, int waiters);
void sys_yield(void);
/* While spinning: lets the sibling thread of the processor run. */
static inline void sys_relax(void)
{
#if defined __x86_64__ || defined __i386__
	__builtin_ia32_pause();
#endif
}

/* ---- the process ---- */
int sys_pid(void);
void sys_abort(void) __attribute__((noreturn));
/* Where the main thread's stack ends; 0 when not known. */
uint64_t sys_main_stack_end(void);
/* NAME=value strings, ended by NULL; NULL when there are none.  Works before
 * the C library is up. */
char **sys_environment(void);
/* Does the program run with more rights than its user (AT_SECURE)? */
bool sys_is_privileged(void);
/* Soft limits, in bytes; UINT64_MAX when unlimited. */
enum sys_limit {
	SYS_LIMIT_ADDRESS_SPACE,
	SYS_LIMIT_DATA, /* private writable mappings */
	SYS_LIMIT_LOCKED,
	SYS_LIMIT_STACK,
};
uint64_t sys_limit(enum sys_limit limit);
uint64_t sys_monotonic_ns(void);
/* Without entering the kernel, as exact as its ticks: milliseconds. */
uint64_t sys_coarse_ms(void);
/* Two numbers that nobody outside knows; never waits. */
void sys_random(uint64_t numbers[2]);

/* ---- not for the heap ---- */
long sys_call(long number, long a, long b, long c, long d, long e, long f);
int sys_tid(void);

#endif
