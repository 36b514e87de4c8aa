/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the heap alone can do besides malloc's work, beside another malloc:
 * classes, attempts, handlers, parts, places, alignments, numbers.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allotype/heap_static.h"

#define CHECK(condition)                                                       \
	((condition) ? (void)0 : fail(#condition, __LINE__))

enum { THREADS = 4, ROUNDS = 2000, PLACES = 16, SHEET = 100000 };

/* More than limit_memory leaves. */
static const size_t too_much = (size_t)1 << 40;

static void fail(const char *condition, int line)
{
	fprintf(stderr, "features.c:%d: not so: %s\n", line, condition);
	_exit(1);
}

/* ---- classes ---- */

struct node {
	struct node *next;
	long key;
};

static struct alloc_class *nodes, *sheets, *files;
static void *exchange[PLACES];

static void register_classes(void)
{
	static const struct alloc_class_config configs[] = {
		{ .name = "nodes", .size = sizeof(struct node),
		  .zero_init = true },
		{ .name = "sheets", .size = SHEET, .zero_init = true },
		{ .name = "files", .size = 3000, .mapper = "file" },
		{ .name = "none", .size = 8, .mapper = "nobody's" },
	};
	struct alloc_class *none = NULL;

	CHECK(!allotype_class_register(&configs[0], &nodes));
	CHECK(!allotype_class_register(&configs[1], &sheets));
	CHECK(!allotype_class_register(&configs[2], &files));
	CHECK(allotype_class_register(&configs[3], &none) == ALLOC_INVALID);
	CHECK(allotype_class_next(NULL) == nodes);
	CHECK(allotype_class_next(files) == NULL && !none);
	CHECK(!strcmp(allotype_class_name(sheets), "sheets"));
}

static void check_class(struct alloc_class *of, size_t size)
{
	struct alloc_class_stats before, after;
	struct allotype_object object;
	char *first = allotype_class_allocate(of);
	void *batch[20];

	CHECK(first && allotype_class_of(first + size - 1) == of);
	CHECK(allotype_find(first + size / 2, &object));
	CHECK(object.base == first && object.size == size && object.site);
	CHECK(allotype_usable_size(first) == size);
	memset(first, 7, size);
	CHECK(!allotype_class_get_stats(of, &before));
	CHECK(allotype_class_allocate_batch(of, batch, 20) == 20);
	CHECK(!allotype_class_get_stats(of, &after));
	CHECK(after.live == before.live + 20 && after.object_size == size);
	allotype_class_release_batch(of, batch, 20);
	allotype_class_release(of, first);
	allotype_class_release(of, NULL);
	CHECK(first[size - 1] == 7);
	CHECK(allotype_find(first, &object) && object.free_site);
	allotype_class_trim(of);
	CHECK(allotype_class_of(first) == of);
}

static void *trade(void *argument)
{
	uintptr_t seed = (uintptr_t)argument;

	for (int i = 0; i < ROUNDS; i++) {
		long *mine = allotype_class_allocate(sheets), *other;
		struct node *node = allotype_class_allocate(nodes);

		CHECK(!node->next && !node->key && !mine[SHEET / 8 - 1]);
		node->key = i + 1;
		mine[0] = mine[SHEET / 8 - 1] = (long)(uintptr_t)mine;
		seed = seed * 1103515245u + 12345u;
		other = __atomic_exchange_n(&exchange[(seed >> 16) % PLACES],
					    mine, __ATOMIC_ACQ_REL);
		if (other)
			CHECK(other[SHEET / 8 - 1] == (long)(uintptr_t)other);
		allotype_class_release(sheets, other);
		allotype_class_release(nodes, node);
	}
	return NULL;
}

static void trade_in_threads(void)
{
	struct alloc_class_stats stats;
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, trade,
				      (void *)(i + 1)));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	for (int i = 0; i < PLACES; i++) {
		allotype_class_release(sheets, exchange[i]);
		exchange[i] = NULL;
	}
	CHECK(!allotype_class_get_stats(sheets, &stats) && !stats.live);
}

/* ---- when memory runs out ---- */

static int handled, handled_here;

static bool give_up(size_t size, enum alloc_failure cause)
{
	handled += size == too_much && cause == ALLOC_FAILURE_MEMORY;
	return false;
}

static bool give_up_here(size_t size, enum alloc_failure cause)
{
	handled_here += size == too_much && cause == ALLOC_FAILURE_MEMORY;
	return false;
}

/* The system gives no more; returns what was the limit. */
static struct rlimit limit_memory(void)
{
	struct rlimit before, less;

	CHECK(!getrlimit(RLIMIT_AS, &before));
	less = before;
	if (less.rlim_cur > 1 << 30)
		less.rlim_cur = 1 << 30;
	CHECK(!setrlimit(RLIMIT_AS, &less));
	return before;
}

static void check_failures(void)
{
	void *pointer = &handled;
	struct rlimit before;

	CHECK(!allotype_try(100, &pointer));
	CHECK(allotype_usable_size(pointer) == 100);
	allotype_free(pointer);
	pointer = &handled;
	before = limit_memory();
	CHECK(!allotype_set_oom_handler(give_up));
	CHECK(!allotype_set_thread_oom_handler(give_up_here));
	CHECK(allotype_try(too_much, &pointer) == ALLOC_NO_MEMORY);
	CHECK(pointer == &handled && !handled && !handled_here);
	CHECK(!allotype_malloc(too_much) && errno == ENOMEM);
	CHECK(handled == 1 && handled_here == 1);
	CHECK(allotype_failure_cause() == ALLOC_FAILURE_MEMORY);
	CHECK(!setrlimit(RLIMIT_AS, &before));
	CHECK(!allotype_malloc(SIZE_MAX - 100));
	CHECK(allotype_failure_cause() == ALLOC_FAILURE_SIZE);
	CHECK(*allotype_failure_text(ALLOC_FAILURE_SIZE));
	CHECK(allotype_set_oom_handler(NULL) == give_up);
	CHECK(allotype_set_thread_oom_handler(NULL) == give_up_here);
	CHECK(allotype_try(1, NULL) == ALLOC_INVALID);
}

/* ---- parts, places, alignments ---- */

static void check_shapes(void)
{
	char *first = allotype_malloc(1000), *second, *third, *odd;

	memset(first, 3, 1000);
	second = allotype_split(first, 600);
	CHECK(second >= first + 600 && second <= first + 616);
	CHECK(allotype_usable_size(first) == 600 && second[100] == 3);
	allotype_free(first);
	CHECK(second[100] == 3);
	allotype_free(second);
	errno = 0;
	third = malloc(100);
	CHECK(!allotype_split(NULL, 10) && errno == EINVAL);
	free(third);

	third = allotype_malloc(200000);
	CHECK(allotype_resize_in_place(third, 150000));
	CHECK(allotype_usable_size(third) == 150000);
	CHECK(!allotype_resize_in_place(third, too_much));
	CHECK(!allotype_resize_in_place(third, 0));
	allotype_free(third);

	odd = allotype_aligned(48, 100);
	CHECK(odd && (uintptr_t)odd % 48 == 0);
	CHECK(allotype_usable_size(odd) == 100);
	allotype_free(odd);
	CHECK(!allotype_aligned(0, 100) && errno == EINVAL);
}

/* ---- numbers ---- */

struct sum {
	uint64_t objects, bytes;
	const void *wanted, *site;
};

static bool add(void *context, const struct allotype_object *object)
{
	struct sum *sum = context;

	sum->objects++;
	sum->bytes += object->size;
	if (object->base == sum->wanted)
		sum->site = object->site;
	return true;
}

static bool stop(void *context, const struct allotype_object *object)
{
	add(context, object);
	return false;
}

static void check_numbers(void)
{
	struct alloc_heap_totals before, after;
	struct alloc_size_class rows[200];
	struct sum sum = { 0 }, one = { 0 };
	void *some = malloc(5000), *big;
	size_t count;

	CHECK(allotype_heap_stats(&before, NULL, 0) > 2);
	sum.wanted = allotype_malloc(5000);
	big = allotype_malloc(123456);
	count = allotype_heap_stats(&after, rows, 200);
	CHECK(count > 2 && count <= 200 && rows[count - 1].live >= 1);
	CHECK(after.live == before.live + 2);
	CHECK(after.live_bytes == before.live_bytes + 5000 + 123456);
	allotype_walk(add, &sum);
	CHECK(sum.objects == after.live && sum.bytes == after.live_bytes);
	CHECK(sum.site);
	allotype_walk(stop, &one);
	CHECK(one.objects == 1);
	allotype_free((void *)sum.wanted);
	allotype_free(big);
	CHECK(allotype_heap_check() == 0);
	free(some);
}

/* ---- misuse ---- */

static void release_to_wrong_class(void)
{
	allotype_class_release(nodes, allotype_class_allocate(sheets));
}

static void release_to_wrong_class_again(void)
{
	allotype_class_release(sheets, allotype_class_allocate(nodes));
}

static void release_of_malloc(void)
{
	allotype_class_release(nodes, malloc(100));
}

static void free_of_class(void)
{
	allotype_free(allotype_class_allocate(sheets));
}

/* The child that runs ACTION says, in its last words, what TOLD has. */
static void expect_death(void (*action)(void), const char *told)
{
	char text[1000] = "";
	int pipes[2], status;
	pid_t child;

	CHECK(!pipe(pipes));
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		dup2(pipes[1], 2);
		action();
		_exit(0);
	}
	close(pipes[1]);
	CHECK(read(pipes[0], text, sizeof text - 1) > 0);
	close(pipes[0]);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	CHECK(!strncmp(text, "allotype: ", 10) && strstr(text, told));
}

int main(void)
{
	check_numbers();
	register_classes();
	check_class(nodes, sizeof(struct node));
	check_class(sheets, SHEET);
	check_class(files, 3000);
	CHECK(!allotype_mapper_set_directory("/nonexistent"));
	CHECK(!allotype_mapper_set_directory(NULL));
	CHECK(allotype_class_of(&nodes) == NULL);
	trade_in_threads();
	check_failures();
	check_shapes();
	expect_death(release_to_wrong_class,
		     "an object of class sheets: 100000 bytes at ");
	expect_death(release_to_wrong_class_again,
		     "an object of class nodes: 16 bytes at ");
	expect_death(release_of_malloc, "release of a foreign object: ");
	expect_death(free_of_class, "to be released to class sheets: ");
	return 0;
}
