/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks about its own memory and checks the answers.  Linked with the stub,
 * so that it also runs without the runtime.
 *
 *	answers full     with the runtime and metadata
 *	answers cold     with the runtime, without metadata
 *	answers absent   without the runtime
 */
#include <allotype.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __clang__
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noclone))
#endif

static int failures;

static void fail(const char *what, int line)
{
	fprintf(stderr, "line %d: %s\n", line, what);
	failures++;
}

#define CHECK(condition)                                                       \
	((condition) ? (void)0 : fail(#condition, __LINE__))
#define CHECK_TEXT(actual, expected)                                           \
	check_text((actual), (expected), __LINE__)

static void check_text(const char *actual, const char *expected, int line)
{
	if (actual && strcmp(actual, expected) == 0)
		return;
	fprintf(stderr, "line %d: expected \"%s\", got \"%s\"\n", line,
		expected, actual ? actual : "(null)");
	failures++;
}

struct point {
	int x, y;
};

struct weasel {
	char *name;
	double weight;
	struct point at[4];
	struct weasel *next;
};

struct weasel static_home;
static int counter;

/* Keeps POINTER and what it points to in memory. */
static void keep(const void *pointer)
{
	__asm__ volatile("" : : "g"(pointer) : "memory");
}

static const char *type_of(const void *address)
{
	return alloc_type_name(alloc_get_type(address));
}

static const char *allocator_of(const void *address)
{
	return alloc_get_allocator(address)->name;
}

/* ---- heap ---- */

NOINLINE static double *make_table(size_t n)
{
	double *table = malloc(n * sizeof(double));

	keep(table);
	return table;
}

NOINLINE static void *opaque_malloc(size_t size)
{
	static void *(*volatile allocate)(size_t) = malloc;

	return allocate(size);
}

NOINLINE static void check_heap_array(void)
{
	double *table = make_table(300);
	struct alloc_info info;
	char line[256], expected[128];

	CHECK(alloc_get_info(&table[7], &info) == ALLOC_OK);
	CHECK_TEXT(info.allocator->name, "heap");
	CHECK(info.base == table && info.limit == table + 300);
	CHECK(info.size == 2400);
	CHECK_TEXT(alloc_type_name(info.type), "double[300]");
	CHECK(info.evidence & ALLOC_EVIDENCE_SIZEOF);
	CHECK(info.confidence > 50 && info.confidence <= 100);
	CHECK_TEXT(info.site.function, "make_table");
	CHECK(info.site.line > 0 && strstr(info.site.file, "answers.c"));
	CHECK(strstr(info.site.module, "answers"));
	CHECK(alloc_get_site(table) == info.site.address);
	CHECK_TEXT(alloc_type_name(alloc_get_inner_type(&table[7])),
		   "double");

	snprintf(expected, sizeof expected,
		 "%p heap: element 7 of double[300], 2400 bytes at %p +56, ",
		 (void *)&table[7], (void *)table);
	CHECK(alloc_describe(&table[7], line, sizeof line) == strlen(line));
	CHECK(strncmp(line, expected, strlen(expected)) == 0);
	CHECK(strstr(line, "allocated in make_table ("));
	free(table);
}

NOINLINE static void check_heap_struct(void)
{
	struct weasel *weasel = malloc(sizeof *weasel);
	struct weasel *weasels = calloc(5, sizeof *weasels);
	struct alloc_info info;
	const void *gone;

	keep(weasel);
	keep(weasels);
	CHECK_TEXT(type_of(weasel), "struct weasel");
	CHECK_TEXT(type_of(&weasels[3]), "struct weasel[5]");
	CHECK(alloc_type_target(alloc_get_type(weasels)) ==
	      alloc_get_type(weasel));
	CHECK(alloc_get_type(&static_home) == alloc_get_type(weasel));
	CHECK_TEXT(alloc_type_name(alloc_get_inner_type(&weasel->at[2].y)),
		   "int");
	CHECK(alloc_get_size(weasel) == sizeof *weasel);
	/* Behind the compiler's back. */
	__asm__("mov %1, %0" : "=r"(gone) : "r"(weasel));
	free(weasel);
	CHECK(alloc_get_info(gone, &info) == ALLOC_FREED);
	CHECK_TEXT(info.site.function, "check_heap_struct");
	CHECK_TEXT(info.free_site.function, "check_heap_struct");
	CHECK(info.free_site.line > info.site.line);
	free(weasels);
}

NOINLINE static void *xmalloc(size_t size)
{
	void *pointer = malloc(size);

	if (!pointer)
		abort();
	return pointer;
}

/* Charged to the caller of the wrapper. */
NOINLINE static void check_wrapper(void)
{
	struct point *point = xmalloc(sizeof *point);
	struct alloc_info info;

	keep(point);
	CHECK(alloc_get_info(point, &info) == ALLOC_OK);
	CHECK_TEXT(alloc_type_name(info.type), "struct point");
	CHECK_TEXT(info.site.function, "check_wrapper");
	free(point);
}

struct weasel *one_or;
struct point *other;

/* What is stored as both is one of them. */
NOINLINE static void check_candidates(void)
{
	volatile size_t size = 320;
	struct alloc_candidate candidates[4];
	struct alloc_info info;
	size_t count = 0;
	void *either = malloc(size);

	one_or = either;
	other = either;
	keep(either);
	CHECK(alloc_get_info(either, &info) == ALLOC_OK);
	CHECK(alloc_get_candidates(either, candidates, 4, &count) == ALLOC_OK);
	CHECK(count == 2);
	CHECK(candidates[0].type == info.type);
	CHECK(candidates[0].confidence == info.confidence);
	CHECK(candidates[1].type != info.type && candidates[1].offset == 0);
	CHECK(candidates[1].evidence & ALLOC_EVIDENCE_GLOBAL);
	CHECK(candidates[1].confidence && candidates[1].confidence < 99);
	CHECK(alloc_get_candidates(either, candidates, 1, &count) ==
	      ALLOC_NO_SPACE);
	CHECK(count == 2);
	CHECK(alloc_get_candidates(&static_home, candidates, 4, &count) ==
	      ALLOC_OK);
	CHECK(count == 1);
	CHECK_TEXT(alloc_type_name(candidates[0].type), "struct weasel");
	CHECK(alloc_get_candidates(either, NULL, 1, &count) == ALLOC_INVALID);
	CHECK(alloc_get_candidates(either, NULL, 0, NULL) == ALLOC_INVALID);
	CHECK(alloc_get_candidates((void *)1, NULL, 0, &count) ==
	      ALLOC_UNMAPPED);
	free(either);
}

NOINLINE static void check_sizes(void)
{
	for (size_t size = 1; size < 100000; size += size / 3 + 1) {
		char *block = malloc(size);

		keep(block);
		CHECK(alloc_get_size(block) == size);
		CHECK(alloc_get_base(block + size - 1) == block);
		CHECK(alloc_get_limit(block) == block + size);
		free(block);
	}
}

/* ---- static memory ---- */

NOINLINE static void check_statics(void)
{
	struct alloc_info info;
	struct alloc_level levels[32];
	size_t count;

	CHECK(alloc_get_info(&static_home.at[3].y, &info) == ALLOC_OK);
	CHECK_TEXT(info.allocator->name, "static-symbol");
	CHECK_TEXT(info.name, "static_home");
	CHECK(info.base == &static_home && info.size == sizeof static_home);
	CHECK_TEXT(type_of(&counter), "int");
	CHECK_TEXT(alloc_get_name(&counter), "counter");
	CHECK(alloc_get_path(&static_home.at[3].y, levels, 32, &count) ==
	      ALLOC_OK);
	CHECK(count >= 7);
	for (size_t i = 0; i < count && count <= 32; i++)
		CHECK((char *)levels[i].base <= (char *)&static_home.at[3].y &&
		      (char *)levels[i].limit > (char *)&static_home.at[3].y);
	CHECK_TEXT(levels[count - 1].name, "y");
	CHECK(levels[count - 2].index == 3);
	CHECK(alloc_get_path(&static_home.at[3].y, levels, 2, &count) ==
	      ALLOC_NO_SPACE);
	CHECK(count >= 7);
}

NOINLINE static void check_code(void)
{
	struct alloc_info info;

	CHECK(alloc_get_info((const void *)make_table, &info) == ALLOC_OK);
	CHECK_TEXT(info.allocator->name, "static-symbol");
	CHECK_TEXT(info.name, "make_table");
	CHECK_TEXT(alloc_type_name(info.type), "double *(size_t)");
	CHECK(info.base == (const void *)make_table && info.size > 0);
}

/* ---- stacks ---- */

NOINLINE static void check_callers_variable(struct weasel *outer)
{
	struct point inner = { 1, 2 };
	struct alloc_info info;

	keep(&inner);
	CHECK(alloc_get_info(&inner.y, &info) == ALLOC_OK);
	CHECK_TEXT(info.allocator->name, "stackframe");
	CHECK_TEXT(info.name, "inner");
	CHECK_TEXT(alloc_type_name(info.type), "struct point");
	CHECK(info.base == &inner && info.size == sizeof inner);
	CHECK_TEXT(info.site.function, "check_callers_variable");
	CHECK(alloc_get_info(&outer->at[1], &info) == ALLOC_OK);
	CHECK_TEXT(info.name, "mine");
	CHECK_TEXT(alloc_type_name(info.type), "struct weasel");
	CHECK(info.base == outer);
}

NOINLINE static void check_stack(void)
{
	struct weasel mine;

	memset(&mine, 0, sizeof mine);
	keep(&mine);
	check_callers_variable(&mine);
	keep(&mine);
}

NOINLINE static void *thread_main(void *argument)
{
	(void)argument;
	check_stack();
	return NULL;
}

NOINLINE static void check_thread_stack(void)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, thread_main, NULL) == 0);
	pthread_join(thread, NULL);
}

NOINLINE static void check_start(char **argv, char **envp)
{
	struct alloc_info info;
	int argc = 0;
	char type[32];

	while (argv[argc])
		argc++;
	CHECK(alloc_get_info(&argv[1], &info) == ALLOC_OK);
	CHECK_TEXT(info.allocator->name, "auxv");
	snprintf(type, sizeof type, "char *[%d]", argc + 1);
	CHECK_TEXT(alloc_type_name(info.type), type);
	CHECK(info.base == argv);
	CHECK_TEXT(allocator_of(argv[1] + 1), "auxv");
	CHECK(alloc_get_base(argv[1] + 1) == argv[1]);
	CHECK(alloc_get_size(argv[1]) == strlen(argv[1]) + 1);
	CHECK_TEXT(allocator_of(envp), "auxv");
}

/* ---- conduct ---- */

NOINLINE static void check_nothing(void)
{
	struct alloc_info info;
	size_t count;

	CHECK(alloc_get_info((void *)1, &info) == ALLOC_UNMAPPED);
	CHECK_TEXT(allocator_of((void *)1), "none");
	CHECK(alloc_get_info((void *)UINT64_MAX, &info) == ALLOC_UNMAPPED);
	CHECK(alloc_get_type(NULL) == NULL);
	CHECK(alloc_get_size(NULL) == 0);
	CHECK(alloc_get_info(&info, NULL) == ALLOC_INVALID);
	CHECK(alloc_get_path(&info, NULL, 5, &count) == ALLOC_INVALID);
	CHECK(alloc_get_path(&info, NULL, 0, NULL) == ALLOC_INVALID);
}

static void *asked; /* by the signal handler */
static volatile sig_atomic_t answered;

static void on_signal(int number)
{
	char line[256];

	(void)number;
	CHECK(alloc_get_size(asked) == 40);
	CHECK_TEXT(type_of(&static_home), "struct weasel");
	CHECK(alloc_describe(asked, line, sizeof line) > 0);
	answered++;
}

NOINLINE static void check_signal_handler(void)
{
	asked = malloc(40);
	CHECK(signal(SIGUSR1, on_signal) != SIG_ERR);
	for (int i = 0; i < 3; i++)
		raise(SIGUSR1);
	CHECK(answered == 3);
	free(asked);
}

NOINLINE static void check_errno(void)
{
	void *block = calloc(1, 10);
	int variable = 0;

	errno = 4321;
	alloc_get_type(block);
	alloc_get_type(&counter);
	alloc_get_type(&variable);
	alloc_get_type((void *)1);
	CHECK(errno == 4321);
	free(block);
}

/* What nobody could know of a block, the program says. */
NOINLINE static void check_declared(void)
{
	const struct alloc_type *weasel = alloc_get_type(&static_home);
	static const size_t sizes[] = { 1, 5, 20000 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size_t size = sizes[i] * sizeof(struct weasel);
		char *block = opaque_malloc(size);
		struct alloc_info info, before;
		const void *gone;

		alloc_get_info(block, &before);
		CHECK(alloc_set_type(block + 8, weasel) == ALLOC_INVALID);
		CHECK(alloc_set_type(block, NULL) == ALLOC_INVALID);
		CHECK(alloc_set_type(block, weasel) == ALLOC_OK);
		CHECK(alloc_get_info(block, &info) == ALLOC_OK);
		CHECK(info.size == size && info.confidence == 100);
		CHECK(info.evidence == ALLOC_EVIDENCE_DECLARED);
		CHECK(i == 0 ? info.type == weasel :
			       alloc_type_target(info.type) == weasel);
		CHECK(info.site.address == before.site.address);
		CHECK_TEXT(info.site.function, before.site.function);
		__asm__("mov %1, %0" : "=r"(gone) : "r"(block));
		free(block);
		CHECK(alloc_get_info(gone, &info) == ALLOC_FREED);
		CHECK(info.type == weasel);
		CHECK(alloc_set_type((void *)gone, weasel) == ALLOC_INVALID);
	}
	CHECK(alloc_set_type(&static_home, weasel) == ALLOC_INVALID);
	CHECK(alloc_set_type(NULL, weasel) == ALLOC_INVALID);
}

NOINLINE static void check_everything(char **argv, char **envp)
{
	CHECK(alloc_runtime_status() == ALLOC_OK);
	check_heap_array();
	check_heap_struct();
	check_wrapper();
	check_declared();
	check_candidates();
	check_sizes();
	check_statics();
	check_code();
	check_stack();
	check_thread_stack();
	check_start(argv, envp);
	check_nothing();
	check_signal_handler();
	check_errno();
}

/* Bounds are exact, and unknown says why. */
NOINLINE static void check_cold(void)
{
	struct weasel *weasel = malloc(sizeof *weasel);
	struct alloc_info info;
	char line[256];

	keep(weasel);
	check_sizes();
	CHECK(alloc_get_info(weasel, &info) == ALLOC_OK);
	CHECK(info.size == sizeof *weasel && info.type == NULL);
	CHECK(info.type_status == ALLOC_NO_METADATA);
	CHECK(info.site.address != NULL);
	CHECK(strstr(info.site.module, "answers"));
	alloc_describe(weasel, line, sizeof line);
	CHECK(strstr(line, "no metadata"));
	CHECK(alloc_get_info(&counter, &info) == ALLOC_OK);
	CHECK(info.type == NULL && info.type_status == ALLOC_NO_METADATA);
	CHECK_TEXT(type_of(NULL), "unknown");
	free(weasel);
}

NOINLINE static void check_absent(void)
{
	void *block = calloc(1, 10);
	struct alloc_info info;
	char line[64];
	size_t count = 7;

	CHECK(alloc_runtime_status() == ALLOC_NOT_PRESENT);
	CHECK(alloc_get_info(block, &info) == ALLOC_NOT_PRESENT);
	CHECK_TEXT(info.allocator->name, "none");
	CHECK_TEXT(allocator_of(block), "none");
	CHECK(alloc_get_size(block) == 0);
	CHECK(alloc_get_path(block, NULL, 0, &count) == ALLOC_NOT_PRESENT);
	CHECK(count == 0);
	count = 7;
	CHECK(alloc_get_candidates(block, NULL, 0, &count) ==
	      ALLOC_NOT_PRESENT);
	CHECK(count == 0);
	CHECK_TEXT(type_of(block), "unknown");
	CHECK(alloc_set_type(block, NULL) == ALLOC_NOT_PRESENT);
	CHECK(alloc_describe(block, line, sizeof line) == strlen(line));
	CHECK_TEXT(line, alloc_status_text(ALLOC_NOT_PRESENT));
	CHECK(alloc_describe(block, line, 4) == 26);
	CHECK_TEXT(line, "the");
	free(block);
}

int main(int argc, char **argv, char **envp)
{
	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "full") == 0)
		check_everything(argv, envp);
	else if (strcmp(argv[1], "cold") == 0)
		check_cold();
	else if (strcmp(argv[1], "absent") == 0)
		check_absent();
	else
		return 2;
	return failures != 0;
}
