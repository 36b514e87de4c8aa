/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doors of mappings, threads and the loader must not change, and
 * what the index must know.  Runs with and without the runtime: without it
 * the questions to the index are left out.  One argument: which part.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#include "allotype.h"
#include "index/files.h"
#include "index/mappings.h"
#include "index/threads.h"

enum { PAGE = 4096 };

/* The runtime's; NULL when it is not there. */
static const struct allotype_index *published;
static enum alloc_status (*get_info)(const void *address,
				     struct alloc_info *info);
static size_t (*describe)(const void *address, char *buffer, size_t size);

#define EXPECT(condition)                                                      \
	((condition) ? (void)0 : failed(__LINE__, #condition))

static void failed(int line, const char *condition)
{
	fprintf(stderr, "line %d: %s (errno %d)\n", line, condition, errno);
	exit(1);
}

static struct allotype_mapping find_mapping(const void *address)
{
	struct allotype_mapping mapping = { .base = 0 };

	mappings_find(NULL, published, (uintptr_t)address, &mapping);
	return mapping;
}

/* The record at ADDRESS is exactly [base, base + size); size 0: none. */
static void expect_mapping(const void *address, const void *base, size_t size)
{
	struct allotype_mapping mapping;

	if (!published)
		return;
	mapping = find_mapping(address);
	EXPECT(mapping.base == (size ? (uintptr_t)base : 0));
	EXPECT(mapping.limit - mapping.base == size);
}

static char *map(void *hint, size_t size, int flags)
{
	return mmap(hint, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void test_mmap(void)
{
	char *memory, *again;
	int fd;

	errno = 77;
	memory = map(NULL, 5 * PAGE + 1, 0);
	EXPECT(memory != MAP_FAILED);
	memset(memory, 1, 5 * PAGE + 1);
	expect_mapping(memory + PAGE, memory, 6 * PAGE);
	EXPECT(munmap(memory + PAGE, PAGE) == 0);
	EXPECT(errno == 77);
	expect_mapping(memory, memory, PAGE);
	expect_mapping(memory + PAGE, NULL, 0);
	expect_mapping(memory + 2 * PAGE, memory + 2 * PAGE, 4 * PAGE);
	/* Hints and fixed addresses are followed. */
	again = map(memory + PAGE, PAGE, 0);
	EXPECT(again == memory + PAGE);
	again = map(memory + PAGE, 2 * PAGE, MAP_FIXED);
	EXPECT(again == memory + PAGE && again[0] == 0);
	expect_mapping(memory + 2 * PAGE, memory + PAGE, 2 * PAGE);
	EXPECT(map(memory, PAGE, MAP_FIXED_NOREPLACE) == MAP_FAILED);
	EXPECT(errno == EEXIST);
	EXPECT(munmap(memory, 6 * PAGE) == 0);

	EXPECT(map(NULL, 0, 0) == MAP_FAILED && errno == EINVAL);
	EXPECT(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED &&
	       errno == EBADF);
	EXPECT(mmap64(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      5) == MAP_FAILED &&
	       errno == EINVAL);
	EXPECT(munmap(memory + 1, PAGE) == -1 && errno == EINVAL);
	EXPECT(munmap(memory, 0) == -1 && errno == EINVAL);
	EXPECT(map(NULL, (size_t)1 << 60, 0) == MAP_FAILED && errno == ENOMEM);

	fd = open("/proc/self/exe", O_RDONLY);
	memory = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
	EXPECT(memory != MAP_FAILED);
	close(fd);
	if (published) {
		struct allotype_mapping mapping = find_mapping(memory);

		EXPECT(mapping.flags == (ALLOTYPE_MAPPING_SHARED |
					 ALLOTYPE_MAPPING_FILE));
		EXPECT(mapping.offset == PAGE);
		EXPECT(mapping.protection == PROT_READ);
	}
	munmap(memory, 2 * PAGE);
}

static void test_mremap(void)
{
	char *memory = map(NULL, 4 * PAGE, 0), *moved, *target;

	memory[3 * PAGE] = 9;
	EXPECT(mremap(memory, 4 * PAGE, 2 * PAGE, 0) == memory);
	expect_mapping(memory + PAGE, memory, 2 * PAGE);
	expect_mapping(memory + 3 * PAGE, NULL, 0);
	memory[PAGE] = 7;
	moved = mremap(memory, 2 * PAGE, 4000 * PAGE, MREMAP_MAYMOVE);
	EXPECT(moved != MAP_FAILED && moved[PAGE] == 7);
	expect_mapping(moved + 3999 * PAGE, moved, 4000 * PAGE);
	if (moved != memory)
		expect_mapping(memory, NULL, 0);
	target = map(NULL, 8 * PAGE, 0);
	EXPECT(mremap(moved, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		      target + PAGE) == target + PAGE);
	EXPECT(target[2 * PAGE] == 7);
	expect_mapping(target + PAGE, target + PAGE, 3 * PAGE);
	expect_mapping(target, target, PAGE);
	expect_mapping(target + 4 * PAGE, target + 4 * PAGE, 4 * PAGE);
	EXPECT(mremap(moved + 1, PAGE, PAGE, 0) == MAP_FAILED &&
	       errno == EINVAL);
	EXPECT(mremap(moved, PAGE, PAGE, 0) == MAP_FAILED && errno == EFAULT);
}

static void test_mprotect(void)
{
	char *memory = map(NULL, 4 * PAGE, 0);

	EXPECT(mprotect(memory, 4 * PAGE, PROT_READ) == 0);
	if (published)
		EXPECT(find_mapping(memory).protection == PROT_READ);
	EXPECT(mprotect(memory + PAGE, 1, PROT_NONE) == 0);
	expect_mapping(memory + 3 * PAGE, memory, 4 * PAGE);
	if (published)
		EXPECT(find_mapping(memory + PAGE).flags ==
		       ALLOTYPE_MAPPING_MIXED);
	EXPECT(mprotect(memory + 1, PAGE, PROT_READ) == -1 && errno == EINVAL);
}

static void test_break(void)
{
	char *first = sbrk(0);

	EXPECT(sbrk(3 * PAGE) == first);
	EXPECT((char *)sbrk(0) == first + 3 * PAGE);
	first[2 * PAGE] = 1;
	if (published) {
		struct allotype_mapping mapping = find_mapping(first + 2 * PAGE);

		EXPECT(mapping.flags == ALLOTYPE_MAPPING_BRK);
		EXPECT(mapping.base <= (uintptr_t)first);
		EXPECT(mapping.limit >= (uintptr_t)first + 3 * PAGE);
	}
	EXPECT(brk(first + PAGE) == 0);
	EXPECT((char *)sbrk(-PAGE) == first + PAGE);
	EXPECT((char *)sbrk(0) == first);
	expect_mapping(first + 2 * PAGE, NULL, 0);
	EXPECT(sbrk((intptr_t)1 << 50) == (void *)-1 && errno == ENOMEM);
	EXPECT((char *)sbrk(0) == first);
}

/* ---- threads ---- */

static bool find_thread(const void *address, struct allotype_thread *thread)
{
	return threads_find(NULL, published->threads, (uintptr_t)address,
			    thread);
}

static size_t count_alive(void)
{
	size_t count = 0;
	uint64_t at = published->threads;

	while (at) {
		const struct allotype_thread *thread = (void *)(uintptr_t)at;

		count += thread->alive == 1;
		at = thread->next;
	}
	return count;
}

static void *check_stack(void *argument)
{
	pthread_attr_t attributes;
	struct allotype_thread thread;
	void *base;
	size_t size = 0;

	if (!published)
		return argument;
	EXPECT(find_thread(&size, &thread));
	EXPECT((pid_t)thread.tid == gettid());
	EXPECT(find_thread(&errno, &thread));
	EXPECT((pid_t)thread.tid == gettid());
	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstack(&attributes, &base, &size);
	pthread_attr_destroy(&attributes);
	EXPECT(thread.stack_base == (uintptr_t)base);
	EXPECT(thread.stack_limit <= (uintptr_t)base + size);
	EXPECT(thread.stack_limit > (uintptr_t)&thread);
	return argument;
}

static void *exit_early(void *argument)
{
	check_stack(argument);
	pthread_exit(argument);
	return NULL;
}

static void *wait_for_ever(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static int return_number(void *argument)
{
	return *(int *)argument;
}

static void test_threads(void)
{
	enum { MANY = 100 };
	pthread_t threads[MANY];
	pthread_attr_t attributes;
	int results[MANY];
	void *result;
	int number = 42, returned = 0;
	thrd_t other;

	for (int i = 0; i < MANY; i++)
		EXPECT(pthread_create(&threads[i], NULL,
				      i % 2 ? check_stack : exit_early,
				      &results[i]) == 0);
	for (int i = 0; i < MANY; i++) {
		EXPECT(pthread_join(threads[i], &result) == 0);
		EXPECT(result == &results[i]);
	}
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 192 * 1024);
	EXPECT(pthread_create(&threads[0], &attributes, check_stack, NULL) ==
	       0);
	pthread_join(threads[0], NULL);
	EXPECT(pthread_create(&threads[0], NULL, wait_for_ever, NULL) == 0);
	pthread_cancel(threads[0]);
	pthread_join(threads[0], &result);
	EXPECT(result == PTHREAD_CANCELED);
	EXPECT(thrd_create(&other, return_number, &number) == thrd_success);
	thrd_join(other, &returned);
	EXPECT(returned == 42);
	if (published)
		EXPECT(count_alive() == 1);
	/* More than the machine gives: refused, and nothing is left behind. */
	pthread_attr_setstacksize(&attributes, (size_t)1 << 46);
	EXPECT(pthread_create(&threads[0], &attributes, check_stack, NULL) ==
	       EAGAIN);
	if (published)
		EXPECT(count_alive() == 1);
}

/* ---- children ---- */

static void *check_forked(void *argument)
{
	int status = 0;
	pid_t child = fork();

	(void)argument;
	if (child == 0) {
		struct allotype_thread thread;
		bool good = !published || (count_alive() == 1 &&
					   find_thread(&status, &thread) &&
					   (pid_t)thread.tid == getpid());

		_exit(good ? 3 : 4);
	}
	waitpid(child, &status, 0);
	EXPECT(WEXITSTATUS(status) == 3);
	return NULL;
}

static void test_children(void)
{
	char *const arguments[] = { (char *)"sh", (char *)"-c",
				    (char *)"exit 5", NULL };
	pthread_t thread;
	pid_t child;
	int status;

	check_forked(NULL);
	pthread_create(&thread, NULL, check_forked, NULL);
	pthread_join(thread, NULL);
	child = vfork();
	if (child == 0) {
		execv("/bin/sh", arguments);
		_exit(9);
	}
	waitpid(child, &status, 0);
	EXPECT(WEXITSTATUS(status) == 5);
	EXPECT(posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ) ==
	       0);
	waitpid(child, &status, 0);
	EXPECT(WEXITSTATUS(status) == 5);
	EXPECT(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
	if (published)
		EXPECT(count_alive() == 1);
}

/* ---- the loader ---- */

#define LIBRARY "libresolv.so.2"
#define FUNCTION "ns_makecanon"

static bool find_file(uint64_t address, struct allotype_file *file)
{
	return files_find(NULL, published->files, address, file, NULL);
}

static void test_loader(void)
{
	char path[PAGE];
	struct allotype_file file;
	void *library, *function;

	EXPECT(dlopen("no/such/file", RTLD_NOW) == NULL);
	snprintf(path, sizeof path, "%s", dlerror());
	EXPECT(strstr(path, "no/such/file"));
	EXPECT(dlopen(NULL, RTLD_NOW) != NULL);
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_DEEPBIND);
	EXPECT(library);
	function = dlsym(library, FUNCTION);
	EXPECT(function);
	EXPECT(dlinfo(library, RTLD_DI_ORIGIN, path) == 0);
	EXPECT(dlclose(library) == 0);
	if (published)
		EXPECT(!find_file((uintptr_t)function, &file));
	strcat(path, "/" LIBRARY);
	library = dlopen(path, RTLD_NOW);
	EXPECT(library);
	function = dlsym(library, FUNCTION);
	if (published) {
		EXPECT(find_file((uintptr_t)function, &file));
		EXPECT(strcmp((char *)(uintptr_t)file.path, path) == 0);
	}
	EXPECT(dlclose(library) == 0);
	if (published)
		EXPECT(!find_file((uintptr_t)function, &file));
}

static bool stopping;

static void *open_and_close(void *argument)
{
	while (!__atomic_load_n(&stopping, __ATOMIC_RELAXED)) {
		void *library = dlopen(LIBRARY, RTLD_NOW);

		EXPECT(library && dlsym(library, FUNCTION));
		EXPECT(dlclose(library) == 0);
	}
	return argument;
}

/* Files come and go in two threads, a third starts threads and forks. */
static void test_loader_threads(void)
{
	pthread_t threads[2], other;

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, open_and_close, NULL);
	for (int i = 0; i < 30; i++) {
		pthread_create(&other, NULL, check_stack, NULL);
		pthread_join(other, NULL);
		if (fork() == 0)
			_exit(0);
		wait(NULL);
	}
	__atomic_store_n(&stopping, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

/* ---- queries, while everything changes ---- */

static void *shared_function;
static uint64_t named;

static void *ask_for_ever(void *argument)
{
	while (!__atomic_load_n(&stopping, __ATOMIC_RELAXED)) {
		void *function =
			__atomic_load_n(&shared_function, __ATOMIC_ACQUIRE);
		struct alloc_info info = { .status = ALLOC_OK };
		char line[512];

		if (!get_info)
			continue;
		if (get_info(function, &info) == ALLOC_OK && info.name &&
		    strcmp(info.name, FUNCTION) == 0)
			__atomic_add_fetch(&named, 1, __ATOMIC_RELAXED);
		describe(function, line, sizeof line);
		EXPECT(get_info(&info, &info) == ALLOC_OK);
		EXPECT(get_info(argument, &info) == ALLOC_OK);
	}
	return NULL;
}

static void test_queries(void)
{
	pthread_t threads[2];
	void *object = malloc(100);

	shared_function = (void *)dlopen;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, ask_for_ever, object);
	for (int i = 0; i < 100; i++) {
		void *library = dlopen(LIBRARY, RTLD_NOW);
		char *memory = map(NULL, 8 * PAGE, 0);

		EXPECT(library && memory != MAP_FAILED);
		__atomic_store_n(&shared_function, dlsym(library, FUNCTION),
				 __ATOMIC_RELEASE);
		for (int k = 0; k < 5; k++)
			sched_yield();
		munmap(memory, 8 * PAGE);
		EXPECT(dlclose(library) == 0);
	}
	__atomic_store_n(&stopping, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	if (published)
		EXPECT(named > 0);
	free(object);
}

static volatile sig_atomic_t asked, good_answers;
static char *asked_memory;

static void ask_in_handler(int number)
{
	struct alloc_info info = { .status = ALLOC_OK };
	int saved = errno;

	asked++;
	if (!get_info) {
		good_answers++;
		return;
	}
	good_answers += get_info(asked_memory, &info) == ALLOC_OK &&
			info.size == 3 * PAGE &&
			get_info(&number, &info) == ALLOC_OK &&
			get_info((void *)ask_in_handler, &info) == ALLOC_OK &&
			errno == saved;
}

/* In a handler that interrupts the writers of the index. */
static void test_signals(void)
{
	struct itimerval interval = { { 0, 300 }, { 0, 300 } };

	asked_memory = map(NULL, 3 * PAGE, 0);
	signal(SIGALRM, ask_in_handler);
	setitimer(ITIMER_REAL, &interval, NULL);
	while (asked < 500) {
		char *memory = map(NULL, 2 * PAGE, 0);

		EXPECT(memory != MAP_FAILED);
		EXPECT(mprotect(memory, PAGE, PROT_READ) == 0);
		EXPECT(munmap(memory, 2 * PAGE) == 0);
	}
	signal(SIGALRM, SIG_IGN);
	EXPECT(good_answers == asked);
}

static int ask_about_myself(void *argument)
{
	struct alloc_info info = { .status = ALLOC_OK };

	(void)argument;
	if (!get_info)
		return 1;
	return get_info(&info, &info) == ALLOC_OK &&
	       (uintptr_t)info.base <= (uintptr_t)&info &&
	       strcmp(info.allocator->name, "mmap") != 0;
}

/* A thread that came by another door is met when it asks. */
static void test_met_thread(void)
{
	for (int i = 0; i < 20; i++) {
		thrd_t thread;
		int result = 0;

		EXPECT(thrd_create(&thread, ask_about_myself, NULL) ==
		       thrd_success);
		thrd_join(thread, &result);
		EXPECT(result == 1);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} parts[] = {
		{ "mmap", test_mmap },
		{ "mremap", test_mremap },
		{ "mprotect", test_mprotect },
		{ "break", test_break },
		{ "threads", test_threads },
		{ "children", test_children },
		{ "loader", test_loader },
		{ "loader-threads", test_loader_threads },
		{ "queries", test_queries },
		{ "signals", test_signals },
		{ "met-thread", test_met_thread },
	};

	published = dlsym(RTLD_DEFAULT, "allotype_index");
	*(void **)&get_info = dlsym(RTLD_DEFAULT, "alloc_get_info");
	*(void **)&describe = dlsym(RTLD_DEFAULT, "alloc_describe");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (argc < 2 || strcmp(argv[1], parts[i].name) != 0)
			continue;
		parts[i].run();
		printf("%s done\n", parts[i].name);
		return 0;
	}
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		puts(parts[i].name);
	return argc < 2 ? 0 : 2;
}
