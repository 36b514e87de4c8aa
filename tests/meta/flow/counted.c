/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays, asked for as a number of elements: what one of them takes tells of
 * the type.  See chains.c for the arrows.
 */
#include <stdlib.h>

__attribute__((noinline)) void visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
}

/* Blocks behind what the allocator keeps of them. */
struct block {
	size_t size;
	struct block *self;
};

__attribute__((noinline)) void *take(size_t size)
{
	struct block *block = malloc(size + sizeof *block); /* -> wrapper */

	if (!block)
		abort();
	block->size = size;
	block->self = block;
	return block + 1;
}

__attribute__((noinline)) void *take_array(int count, int size)
{
	return take((size_t)count * (size_t)size); /* at -O0 -> wrapper */
}

/* Of a union's members, the one that is as large. */
struct edge {
	struct edge *next;
	long cost;
};
struct city {
	const char *name;
	double x, y, height;
};
struct map {
	int kind, count;
	union {
		struct city *cities;
		struct edge *edges;
		long **names;
	} of;
};

__attribute__((noinline)) void map_fill(struct map *map, int count)
{
	map->count = count;
	map->of.edges = take_array(count, sizeof(struct edge)); /* by 16 -> struct edge +16 */
}

__attribute__((noinline)) void map_fill_directly(struct map *map, size_t count)
{
	map->count = (int)count;
	map->of.cities = take(count * sizeof(struct city)); /* by 16 -> struct city +16 */
}

/* What also goes by the name of a record is none, if it is no number of them:
 * as with a variable whose register is used again. */
struct context {
	struct context *outer;
	long values[4];
};

__attribute__((noinline)) int *numbers_make(size_t count)
{
	int *numbers = calloc(count, sizeof *numbers); /* -> int */
	struct context *context = (struct context *)(void *)numbers;

	visit(context);
	return numbers;
}

/* Without the first one's first half. */
__attribute__((noinline)) long *halves_make(size_t count)
{
	long *halves = malloc(count * sizeof *halves - 4); /* by 4 -> long */

	halves[0] = 0;
	return halves;
}

int main(int argc, char **argv)
{
	struct map map = { .kind = 1 };

	visit(argv);
	map_fill(&map, argc);
	visit(&map);
	map_fill_directly(&map, (size_t)argc);
	visit(&map);
	visit(numbers_make((size_t)argc));
	visit(halves_make((size_t)argc));
	return 0;
}
