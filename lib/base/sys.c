/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sys.h"
#include "base/text.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* The initial stack: argc, argv, the environment (System V AMD64 psABI
 * 3.4.1); set by the loader before anything else. */
extern void *__libc_stack_end __attribute__((weak));

static pthread_key_t thread_key;

long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

long sys_mmap(void *hint, size_t size, int protection, int flags, int fd,
	      uint64_t offset)
{
	return sys_call(SYS_mmap, (long)hint, (long)size, protection, flags, fd,
			(long)offset);
}

long sys_munmap(void *address, size_t size)
{
	return sys_call(SYS_munmap, (long)address, (long)size, 0, 0, 0, 0);
}

long sys_mprotect(void *address, size_t size, int protection)
{
	return sys_call(SYS_mprotect, (long)address, (long)size, protection, 0,
			0, 0);
}

long sys_madvise(void *address, size_t size, int advice)
{
	return sys_call(SYS_madvise, (long)address, (long)size, advice, 0, 0,
			0);
}

long sys_mremap(void *old, size_t old_size, size_t new_size, int flags,
		void *target)
{
	return sys_call(SYS_mremap, (long)old, (long)old_size, (long)new_size,
			flags, (long)target, 0);
}

long sys_move(void *from, size_t size, void *to)
{
	return sys_mremap(from, size, size,
			  MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to);
}

void sys_keep_small(void *address, size_t size)
{
	sys_madvise(address, size, MADV_NOHUGEPAGE);
}

void *sys_reserve(size_t size, size_t align)
{
	size_t span = align > SYS_PAGE_SIZE ? size + align : size;
	long result;
	uintptr_t start, base;

	if (span < size)
		return NULL;
	result = sys_mmap(NULL, span, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (sys_failed(result))
		return NULL;
	start = (uintptr_t)result;
	base = (start + align - 1) & ~(uintptr_t)(align - 1);
	if (base > start)
		sys_munmap((void *)start, base - start);
	if (start + span > base + size)
		sys_munmap((void *)(base + size), start + span - base - size);
	sys_madvise((void *)base, size, MADV_DONTDUMP);
	return (void *)base;
}

/*
 * A new mapping in place of the reservation's part: mprotect would leave it
 * out of core files until a second call.  When there is no memory for it,
 * some kernels have already taken the old one away: then its place must not
 * become anybody else's.
 */
long sys_commit(void *address, size_t size)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	long result = sys_mmap(address, size, PROT_READ | PROT_WRITE,
			       flags | MAP_FIXED, -1, 0);

	if (sys_failed(result))
		sys_mmap(address, size, PROT_NONE, flags | MAP_FIXED_NOREPLACE,
			 -1, 0);
	return result;
}

long sys_open(void *address, size_t size)
{
	return sys_mprotect(address, size, PROT_READ | PROT_WRITE);
}

long sys_close_memory(void *address, size_t size)
{
	return sys_mprotect(address, size, PROT_NONE);
}

void sys_dump(void *address, size_t size)
{
	sys_madvise(address, size, MADV_DODUMP);
}

long sys_populate(void *address, size_t size)
{
	return sys_madvise(address, size, MADV_POPULATE_WRITE);
}

long sys_discard(void *address, size_t size)
{
	return sys_madvise(address, size, MADV_DONTNEED);
}

/* A new file in DIRECTORY without a name, opened. */
static long create_nameless(const char *directory)
{
	char path[4096];
	struct text text;
	long fd;

	fd = sys_call(SYS_openat, AT_FDCWD, (long)directory,
		      O_TMPFILE | O_RDWR | O_CLOEXEC, 0600, 0, 0);
	if (!sys_failed(fd))
		return fd;
	/* Not every file system knows that. */
	text_init(&text, path, sizeof path);
	text_format(&text, "%s/allotype.%d.%llx", directory, sys_pid(),
		    (unsigned long long)sys_monotonic_ns());
	if (text.length >= sizeof path)
		return -ENAMETOOLONG;
	fd = sys_call(SYS_openat, AT_FDCWD, (long)path,
		      O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600, 0, 0);
	if (!sys_failed(fd))
		sys_call(SYS_unlinkat, AT_FDCWD, (long)path, 0, 0, 0, 0);
	return fd;
}

long sys_commit_file(void *address, size_t size, const char *directory)
{
	long fd = create_nameless(directory), result;

	if (sys_failed(fd))
		return fd;
	result = sys_call(SYS_ftruncate, fd, (long)size, 0, 0, 0, 0);
	if (!sys_failed(result))
		result = sys_call(SYS_fallocate, fd, 0, 0, (long)size, 0, 0);
	/* Where storage cannot be taken in advance, a full disk is SIGBUS. */
	if (!sys_failed(result) || result == -EOPNOTSUPP)
		result = sys_mmap(address, size, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_FIXED, (int)fd, 0);
	sys_close((int)fd);
	return sys_failed(result) ? result : 0;
}

long sys_discard_file(void *address, size_t size)
{
	return sys_madvise(address, size, MADV_REMOVE);
}

long sys_keep_from_children(void *address, size_t size)
{
	return sys_madvise(address, size, MADV_DONTFORK);
}

void sys_fence(void *address, size_t size)
{
	sys_mmap(address, size, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		 0);
}

long sys_protect(void *address, size_t size, bool accessible)
{
	return sys_mprotect(address, size,
			    accessible ? PROT_READ | PROT_WRITE : PROT_NONE);
}

void sys_release(void *address, size_t size)
{
	sys_munmap(address, size);
}

void *sys_allocate(size_t size)
{
	long result = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return sys_failed(result) ? NULL : (void *)result;
}

long sys_open_read(const char *path)
{
	/* Nonblocking: a fifo must not keep us waiting for its writer. */
	return sys_call(SYS_openat, AT_FDCWD, (long)path,
			O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, 0, 0);
}

long sys_open_append(const char *path)
{
	return sys_call(SYS_openat, AT_FDCWD, (long)path,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY |
				O_NONBLOCK,
			0666, 0, 0);
}

long sys_read(int fd, void *buffer, size_t size)
{
	return sys_call(SYS_read, fd, (long)buffer, (long)size, 0, 0, 0);
}

long sys_write(int fd, const void *buffer, size_t size)
{
	return sys_call(SYS_write, fd, (long)buffer, (long)size, 0, 0, 0);
}

long sys_close(int fd)
{
	return sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

long sys_file_size(int fd)
{
	struct stat status;
	long result = sys_call(SYS_fstat, fd, (long)&status, 0, 0, 0, 0);

	return sys_failed(result) ? result : (long)status.st_size;
}

long sys_readlink(const char *path, char *buffer, size_t size)
{
	return sys_call(SYS_readlinkat, AT_FDCWD, (long)path, (long)buffer,
			(long)size, 0, 0);
}

long sys_getcwd(char *buffer, size_t size)
{
	return sys_call(SYS_getcwd, (long)buffer, (long)size, 0, 0, 0, 0);
}

long sys_ioctl(int fd, unsigned long request, void *argument)
{
	return sys_call(SYS_ioctl, fd, (long)request, (long)argument, 0, 0, 0);
}

long sys_probe(uint64_t address, void *buffer, size_t size)
{
	struct iovec to = { buffer, size };
	struct iovec from = { (void *)(uintptr_t)address, size };

	return sys_call(SYS_process_vm_readv, sys_pid(), (long)&to, 1,
			(long)&from, 1, 0);
}

int sys_pid(void)
{
	return (int)sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

int sys_tid(void)
{
	return (int)sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

void sys_futex_wait(uint32_t *word, uint32_t expected)
{
	sys_call(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, expected, 0, 0, 0);
}

void sys_futex_wake(uint32_t *word, int waiters)
{
	sys_call(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, waiters, 0, 0, 0);
}

bool sys_thread_init(void (*end)(void *argument))
{
	return !pthread_key_create(&thread_key, end);
}

bool sys_thread_arm(void *argument)
{
	return !pthread_setspecific(thread_key, argument);
}

uint64_t sys_thread_pointer(void)
{
	uint64_t pointer;

	__asm__("mov %%fs:0, %0" : "=r"(pointer));
	return pointer;
}

bool sys_at_fork(void (*prepare)(void), void (*parent)(void),
		 void (*child)(void))
{
	return !pthread_atfork(prepare, parent, child);
}

uint64_t sys_main_stack_end(void)
{
	return getauxval(AT_EXECFN);
}

char **sys_environment(void)
{
	char **argv;

	if (environ)
		return environ;
	if (!&__libc_stack_end || !__libc_stack_end)
		return NULL;
	argv = (char **)__libc_stack_end + 1;
	return argv + *(long *)__libc_stack_end + 1;
}

bool sys_is_privileged(void)
{
	return getauxval(AT_SECURE);
}

uint64_t sys_limit(enum sys_limit limit)
{
	static const int resources[] = {
		[SYS_LIMIT_ADDRESS_SPACE] = RLIMIT_AS,
		[SYS_LIMIT_DATA] = RLIMIT_DATA,
		[SYS_LIMIT_LOCKED] = RLIMIT_MEMLOCK,
		[SYS_LIMIT_STACK] = RLIMIT_STACK,
	};
	struct rlimit now;
	long result = sys_call(SYS_prlimit64, 0, resources[limit], 0,
			       (long)&now, 0, 0);

	if (sys_failed(result) || now.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return now.rlim_cur;
}

/* Where the kernel has no entropy yet, or a filter forbids the call, there
 * are the 16 bytes that it gives every process. */
void sys_random(uint64_t numbers[2])
{
	size_t size = 2 * sizeof *numbers;
	const uint64_t *given = (const uint64_t *)getauxval(AT_RANDOM);

	if (sys_call(SYS_getrandom, (long)numbers, (long)size, GRND_NONBLOCK,
		     0, 0, 0) == (long)size)
		return;
	numbers[0] = given ? given[0] : 0;
	numbers[1] = given ? given[1] : sys_monotonic_ns();
}

uint64_t sys_coarse_ms(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

uint64_t sys_monotonic_ns(void)
{
	struct timespec now = { 0, 0 };

	sys_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0, 0, 0);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void sys_yield(void)
{
	sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

void sys_abort(void)
{
	sys_call(SYS_tgkill, sys_pid(), sys_tid(), SIGABRT, 0, 0, 0);
	for (;;)
		__builtin_trap();
}
