/* SPDX-License-Identifier: Apache-2.0 */
/*
 * victim                    asks the heap for memory in every way, once
 * victim start              starts, and asks for a little
 * victim once FIRST LAST    for every n: in a child, the n-th system call of
 * victim rest FIRST LAST    the runtime fails, or that one and all after it
 *
 * Whatever fails: an allocation gives NULL and ENOMEM, or memory that holds
 * what is written there; after a single failure the rest of the memory is
 * still to be had.  Exits with 0 when all that held.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allotype.h"
#include "trap.h"

/* Answered by the runtime, if it is there. */
enum alloc_status alloc_get_info(const void *address, struct alloc_info *info)
	__attribute__((weak));

enum { OBJECTS = 400, KB = 1024 };

struct object {
	char *data;
	size_t size;
	char mark;
};

static bool any_errno; /* a failure that is not the runtime's own */

static void complain(const char *what)
{
	fprintf(stderr, "victim: %s\n", what);
	_exit(1);
}

/* What was got, or that there was nothing. */
static void keep(struct object *object, void *data, size_t size)
{
	static char mark;

	*object = (struct object){ data, size, ++mark };
	if (!data) {
		if (errno != ENOMEM && !any_errno)
			complain("failed without ENOMEM");
		return;
	}
	if ((uintptr_t)data % 16)
		complain("not aligned");
	object->data[0] = object->data[size - 1] = object->mark;
}

static void check(const struct object *object)
{
	struct alloc_info info;

	if (!object->data)
		return;
	if (object->data[0] != object->mark ||
	    object->data[object->size - 1] != object->mark)
		complain("contents changed");
	if (alloc_get_info &&
	    alloc_get_info(object->data, &info) == ALLOC_OK &&
	    (info.base != object->data || info.size != object->size))
		complain("wrong answer about an object");
}

static void drop(struct object *object)
{
	check(object);
	free(object->data);
	object->data = NULL;
}

static size_t size_of(size_t i)
{
	switch (i % 5) {
	case 0:
		return 16 + i * 10;
	case 1:
		return 20 * KB + i;
	case 2:
		return 40 * KB + i * 100;
	case 3:
		return 300 * KB + i * KB;
	default:
		return 100 + i % 200;
	}
}

static void allocate(struct object *object, size_t i)
{
	size_t size = size_of(i);

	errno = 0;
	switch (i % 7) {
	case 0:
		keep(object, calloc(1, size), size);
		break;
	case 1:
		keep(object, aligned_alloc(4096, size), size);
		break;
	default:
		keep(object, malloc(size), size);
	}
}

static void resize(struct object *object, size_t size)
{
	char *data;

	if (!object->data)
		return;
	check(object);
	errno = 0;
	data = realloc(object->data, size);
	if (!data) {
		if (errno != ENOMEM)
			complain("realloc failed without ENOMEM");
		check(object);
		return;
	}
	if (data[0] != object->mark)
		complain("realloc lost contents");
	object->data = data;
	object->size = size;
	data[size - 1] = object->mark;
}

static void *work(void *argument)
{
	struct object *objects = argument;

	for (size_t i = 0; i < OBJECTS; i += 4)
		drop(&objects[i]);
	for (size_t i = 0; i < OBJECTS; i += 4)
		allocate(&objects[i], i + 1);
	return NULL;
}

static void run_thread(struct object *objects)
{
	pthread_t thread;

	/* No memory for a thread is an answer as well. */
	if (!pthread_create(&thread, NULL, work, objects))
		pthread_join(thread, NULL);
}

static void run_child(struct object *objects)
{
	pid_t child = fork();
	int status;

	if (!child) {
		work(objects);
		for (size_t i = 0; i < OBJECTS; i++)
			drop(&objects[i]);
		_exit(0);
	}
	if (child > 0 && (waitpid(child, &status, 0) != child || status))
		complain("the child failed");
}

static void use(struct object *objects, bool alone)
{
	for (size_t i = 0; i < OBJECTS; i++)
		allocate(&objects[i], i);
	for (size_t i = 0; i < OBJECTS; i += 3)
		resize(&objects[i], size_of(i) * 2);
	if (!alone) {
		run_thread(objects);
		run_child(objects);
	}
	for (size_t i = 0; i < OBJECTS; i++)
		drop(&objects[i]);
	malloc_trim(0);
}

/* ---- failures ---- */

enum { RUN_SECONDS = 20, ROUNDS_MAX = 20, SKIP = 77 };

/* What is left when a single call failed: all but a little. */
static void expect_memory(struct object *objects)
{
	size_t failed = 0;

	for (size_t i = 0; i < OBJECTS; i++) {
		allocate(&objects[i], i);
		failed += !objects[i].data;
	}
	for (size_t i = 0; i < OBJECTS; i++)
		drop(&objects[i]);
	if (failed)
		complain("no memory long after a single failure");
}

static void fail_in_child(struct object *objects, unsigned long n, bool rest)
{
	alarm(RUN_SECONDS);
	trap_arm(n, rest);
	use(objects, false);
	for (int i = 0; i < ROUNDS_MAX && trap_count() < n; i++)
		use(objects, true);
	if (!rest)
		expect_memory(objects);
	_exit(trap_count() < n ? SKIP : 0);
}

/* Each in a child of its own; ends where there are fewer calls. */
static int fail_all(struct object *objects, bool rest, unsigned long first,
		    unsigned long last)
{
	unsigned long n;
	int failures = 0, status;

	if (!trap_install((const void *)(uintptr_t)alloc_get_info))
		return SKIP;
	for (n = first; n <= last; n++) {
		pid_t child = fork();

		if (!child)
			fail_in_child(objects, n, rest);
		if (child < 0 || waitpid(child, &status, 0) != child)
			return 1;
		if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP)
			break;
		if (status) {
			printf("%s, n = %lu: status 0x%x\n",
			       rest ? "rest" : "once", n, (unsigned)status);
			failures++;
		}
	}
	printf("%s: n from %lu to %lu, %d failed\n", rest ? "rest" : "once",
	       first, n - 1, failures);
	return failures != 0;
}

int main(int argc, char **argv)
{
	static struct object objects[OBJECTS];

	if (argc == 2) {
		any_errno = true;
		for (size_t i = 0; i < OBJECTS; i += OBJECTS / 10)
			allocate(&objects[i], i);
		run_thread(objects);
		return 0;
	}
	if (argc < 4) {
		use(objects, false);
		return 0;
	}
	return fail_all(objects, !strcmp(argv[1], "rest"),
			strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
}
