/* SPDX-License-Identifier: Apache-2.0 */
/* Misuses the heap as its argument says; death.sh knows the lines that are
 * told.  Every call stands on a line of its own. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <allotype/heap.h>

struct node {
	struct node *next;
	long key;
	char name[24];
};

#define CALL __attribute__((noinline, noclone))
/* Keeps a call from becoming a jump, and the compiler from knowing it. */
#define DONE __asm__ volatile("" ::: "memory")

static void *hide(void *pointer)
{
	__asm__ volatile("" : "+r"(pointer));
	return pointer;
}

CALL static struct node *make_node(void)
{
	struct node *node = malloc(sizeof *node);

	DONE;
	return node;
}

CALL static char *make_bytes(size_t size)
{
	char *bytes = malloc(size);

	DONE;
	return bytes;
}

CALL static char *make_block(void)
{
	char *block = malloc(40000);

	DONE;
	return block;
}

CALL static void drop(void *pointer)
{
	free(hide(pointer)); /* first */
	DONE;
}

static volatile int misuses;

CALL static void misuse(void *pointer)
{
	misuses++;
	free(hide(pointer)); /* second */
	DONE;
}

CALL static int resize(void *pointer)
{
	void *moved = realloc(hide(pointer), 100);

	DONE;
	return moved || errno != EINVAL;
}

static char letters[100];
static __thread char own_letters[100];

CALL static int free_stack(void)
{
	char room[100];

	misuse(room + 4);
	return 0;
}

CALL static int free_mapped(void)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	misuse(pages + 16);
	munmap(pages, 8192);
	misuse(pages + 16);
	return 0;
}

CALL static int free_twice(void *pointer)
{
	drop(pointer);
	misuse(pointer);
	return 0;
}

CALL static int free_inside_freed(char *pointer)
{
	drop(pointer);
	misuse(pointer + 8);
	return 0;
}

/* The byte behind an object of 40, and what finds it. */
CALL static int write_past_end(int how)
{
	struct node *node = make_node();
	char *end = hide(node + 1);

	*end = 0;
	if (how == 'r')
		free(realloc(node, 400)); /* grows */
	else if (how == 'c')
		alloc_heap_check();
	else
		misuse(node);
	return 0;
}

/* 40000 bytes are ten pages and their guard. */
CALL static int cross_guard(int how)
{
	volatile char *bytes = hide(make_block());

	if (how == 'r')
		return bytes[40960];
	bytes[41000] = 1; /* beyond */
	return 0;
}

CALL static int write_after_free(int how)
{
	struct node *node = make_node();

	drop(node);
	((struct node *)hide(node))->key = 1;
	DONE;
	if (how == 'c')
		return alloc_heap_check() != 1;
	malloc_trim(0);
	return 0;
}

CALL static int write_after_big_free(void)
{
	volatile char *bytes = hide(make_block());

	drop((void *)bytes);
	bytes[50] = 1; /* late */
	return 0;
}

static int run_secured(const char *what)
{
	if (!strcmp(what, "past-end"))
		return write_past_end('f');
	if (!strcmp(what, "past-end-realloc"))
		return write_past_end('r');
	if (!strcmp(what, "past-end-check"))
		return write_past_end('c');
	if (!strcmp(what, "guard-read"))
		return cross_guard('r');
	if (!strcmp(what, "guard-write"))
		return cross_guard('w');
	if (!strcmp(what, "after-free"))
		return write_after_free('f');
	if (!strcmp(what, "after-free-check"))
		return write_after_free('c');
	if (!strcmp(what, "after-free-big"))
		return write_after_big_free();
	return 2;
}

static int run(const char *what)
{
	if (!strcmp(what, "double"))
		return free_twice(make_node());
	if (!strcmp(what, "double-big"))
		return free_twice(make_bytes(100000));
	if (!strcmp(what, "inside"))
		return misuse(&make_node()->key), 0;
	if (!strcmp(what, "inside-big"))
		return misuse(make_bytes(100000) + 50000), 0;
	if (!strcmp(what, "inside-freed"))
		return free_inside_freed((char *)make_node());
	if (!strcmp(what, "unused"))
		return misuse((char *)make_node() + 48 * 1000), 0;
	if (!strcmp(what, "static"))
		return misuse(letters + 16), 0;
	if (!strcmp(what, "function"))
		return misuse((void *)(uintptr_t)free_twice), 0;
	if (!strcmp(what, "thread-local"))
		return misuse(own_letters), 0;
	if (!strcmp(what, "stack"))
		return free_stack();
	if (!strcmp(what, "foreign"))
		return free_mapped();
	if (!strcmp(what, "unmapped"))
		return misuse((void *)16), 0;
	if (!strcmp(what, "realloc-inside"))
		return resize(&make_node()->key);
	if (!strcmp(what, "realloc-freed")) {
		struct node *node = make_node();

		drop(node);
		return resize(node);
	}
	return run_secured(what);
}

int main(int argc, char **argv)
{
	return argc == 2 ? run(argv[1]) : 2;
}
