/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the tools look into: objects of every kind of memory.
 * Prints "NAME ADDRESS" lines, "ready", and waits for the end of its input.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct point {
	int x, y;
};

struct weasel {
	int weight;
	char name[12];
	struct weasel *next;
	struct point at[4];
};

static struct weasel static_home;
static pthread_barrier_t barrier;

static void show(const char *name, const volatile void *address)
{
	printf("%s %p\n", name, (void *)(size_t)address);
}

static struct weasel *make_weasel(int weight)
{
	struct weasel *weasel = malloc(sizeof *weasel);

	weasel->weight = weight;
	weasel->next = NULL;
	return weasel;
}

static void *be_thread(void *unused)
{
	struct point corner = { 3, 4 };

	show("thread-local", &corner.y);
	pthread_barrier_wait(&barrier);
	pause();
	return unused;
}

static void wait_for_end(void)
{
	struct weasel on_stack = { .weight = 1 };
	char buffer[16];

	show("on-stack", &on_stack.next);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, buffer, sizeof buffer) > 0)
		;
}

/* Of functions whose names libc's symbols give with a version, and a file. */
static void show_more(const char *path)
{
	char *printed = NULL;

	if (asprintf(&printed, "%s.", path) < 0)
		return;
	show("printed", printed);
	show("opened", fopen(path, "r"));
	show("mapped-file", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE,
				 open(path, O_RDONLY), 0));
}

int main(int argc, char *argv[])
{
	double *table = malloc(300 * sizeof *table);
	struct weasel **pack = calloc(10, sizeof *pack);
	void *untyped = malloc(42 * sizeof(int));
	char *string = strdup("a string of the subject");
	void *freed = malloc(1000);
	void *mapped = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	pthread_t thread;

	(void)argc;
	if (!table || !pack || !untyped || !string || !freed)
		return 1;
	for (int n = 0; n < 10; n++)
		pack[n] = make_weasel(n);
	free(freed);
	show("weasel", &pack[0]->weight);
	show("weasel-point", &pack[0]->at[3].y);
	show("table", &table[7]);
	show("pack", &pack[2]);
	show("untyped", untyped);
	show("string", string);
	show("freed", freed);
	show("mapped", mapped);
	show("untouched", sbrk(8192));
	show_more(argv[0]);
	show("static", &static_home.at[3].y);
	show("function", (void *)(size_t)main);
	show("argv", argv);
	pthread_barrier_init(&barrier, NULL, 2);
	if (pthread_create(&thread, NULL, be_thread, NULL))
		return 1;
	pthread_barrier_wait(&barrier);
	wait_for_end();
	return 0;
}

/* Of what it allocates only the pointer to it tells the type. */
__attribute__((constructor)) static void make_untyped(void)
{
	static void *(*volatile allocate)(size_t, size_t) = calloc;
	static void *(*volatile copy)(void *, const void *, size_t) = memcpy;
	static volatile size_t size = sizeof(struct weasel);
	void *made = allocate(1, size);

	show("led-to", made);
	copy(&static_home.next, &made, sizeof made);
}

/* Gives out parts of a block. */
static char *block;

__attribute__((noinline)) static void *block_take(size_t size)
{
	void *part = block;

	block += size;
	return part;
}

__attribute__((constructor)) static void carve_block(void)
{
	block = malloc(4096);
	if (block)
		show("carved", block_take(16));
}
