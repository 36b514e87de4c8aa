/* SPDX-License-Identifier: Apache-2.0 */
/* Split and aligned objects by the public names, as queries see them; and
 * programs that use the break. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allotype/heap.h"

static int failures;

#define EXPECT(condition)                                                      \
	((condition) ? (void)0 :                                               \
		       (void)(failures++, fprintf(stderr, "%s:%d: %s\n",       \
						  __FILE__, __LINE__,          \
						  #condition)))

struct pair {
	long a, b;
};

static void expect_heap(const void *base, size_t size, const void *site)
{
	struct alloc_info info;

	EXPECT(alloc_get_info((const char *)base + size - 1, &info) ==
	       ALLOC_OK);
	EXPECT(!strcmp(info.allocator->name, "heap"));
	EXPECT(info.base == base && info.size == size);
	EXPECT((const char *)info.limit == (const char *)base + size);
	EXPECT(!site || info.site.address == site);
	EXPECT(malloc_usable_size((void *)base) == size);
}

static void split_pairs(void)
{
	struct pair *pairs = malloc(100 * sizeof *pairs), *rest;
	const void *site = alloc_get_site(pairs);
	struct alloc_info info;

	for (int i = 0; i < 100; i++)
		pairs[i].a = i;
	rest = alloc_split(pairs, 40 * sizeof *pairs);
	EXPECT(rest == pairs + 40);
	expect_heap(pairs, 40 * sizeof *pairs, site);
	expect_heap(rest, 60 * sizeof *pairs, site);
	free(pairs);
	EXPECT(alloc_get_info(pairs, &info) == ALLOC_FREED);
	EXPECT(info.site.address == site && info.free_site.address);
	rest = realloc(rest, 1000 * sizeof *rest);
	EXPECT(rest[0].a == 40 && rest[59].a == 99);
	free(rest);
}

static void refuse(void)
{
	void *p = malloc(64);
	char *text;

	errno = 0;
	EXPECT(!alloc_split(p, 64) && errno == EINVAL);
	errno = 0;
	EXPECT(!alloc_split(NULL, 16) && errno == EINVAL);
	errno = 5;
	EXPECT(!alloc_resize_in_place(p, (size_t)1 << 40) && errno == 5);
	EXPECT(alloc_resize_in_place(p, 60) && errno == 5);
	EXPECT(alloc_get_size(p) == 60);
	free(p);
	/* strdup's caller is its site; splitting keeps it. */
	text = strdup("a string that is not short at all");
	p = alloc_split(text, 16);
	EXPECT(!strcmp(p, " not short at all"));
	EXPECT(alloc_get_site(p) == alloc_get_site(text));
	free(text);
	free(p);
}

static void align(void)
{
	for (size_t step = 1; step < 3000; step = step * 5 / 4 + 1) {
		char *p = alloc_aligned(step, 100);

		EXPECT(p && (size_t)p % step == 0 && (size_t)p % 16 == 0);
		memset(p, 1, 100);
		expect_heap(p, 100, NULL);
		p = realloc(p, 200);
		expect_heap(p, 200, NULL);
		free(p);
	}
}

/* The break is the program's: the heap neither moves it nor minds. */
static void use_break(void)
{
	char *first = sbrk(0), *at = first;
	void *kept[64] = { NULL };

	for (int i = 0; i < 2000; i++) {
		char *more = (i & 1 ? alloc_sbrk : sbrk)(1000);

		EXPECT(more == at);
		memset(more, i, 1000);
		at += 1000;
		free(kept[i % 64]);
		kept[i % 64] = malloc((size_t)i * 97 % 200000);
		EXPECT((char *)kept[i % 64] < first ||
		       (char *)kept[i % 64] >= at);
	}
	EXPECT(!strcmp(alloc_get_allocator(first + 5000)->name, "brk"));
	EXPECT(!strcmp(alloc_get_allocator(at - 1)->name, "brk"));
	for (int i = 0; i < 2000; i++)
		EXPECT(first[i * 1000 + 999] == (char)i);
	EXPECT(alloc_sbrk(-1000 * 2000) == at && sbrk(0) == first);
	EXPECT(brk(first + 100) == 0 && alloc_sbrk(0) == first + 100);
	EXPECT(brk(first) == 0);
	errno = 0;
	EXPECT(alloc_sbrk((intptr_t)1 << 50) == (void *)-1 && errno == ENOMEM);
	for (int i = 0; i < 64; i++)
		free(kept[i]);
}

enum { THREADS = 4, PIECES = 500, PIECE = 256 };
static char *pieces[THREADS][PIECES];

static void *take_pieces(void *argument)
{
	char **mine = argument;

	for (int i = 0; i < PIECES; i++) {
		mine[i] = alloc_sbrk(PIECE);
		memset(mine[i], (int)(mine - pieces[0]) / PIECES + 1, PIECE);
	}
	return NULL;
}

static void use_break_in_threads(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, take_pieces, pieces[i]))
			abort();
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		for (int k = 0; k < PIECES; k++)
			EXPECT(pieces[i][k][0] == i + 1 &&
			       pieces[i][k][PIECE - 1] == i + 1);
}

int main(void)
{
	split_pairs();
	refuse();
	align();
	use_break();
	use_break_in_threads();
	return failures ? 1 : 0;
}
