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

/* Numbers of one size are not those of another, and pointers are neither, even
 * where a variable points to such numbers. */
struct glyph {
	struct glyph *next;
	union {
		char *name;
		short *carets;
		unsigned int *codes;
		_Bool *flags;
		char **names;
	} of;
};

__attribute__((noinline)) void glyph_place(struct glyph *glyph, size_t count)
{
	glyph->of.carets = malloc(count * sizeof(short)); /* by 2 "has any" -> short */
	glyph->next = glyph;
}

__attribute__((noinline)) void glyph_name(struct glyph *glyph, size_t count,
					  const unsigned int *codes)
{
	const unsigned int *end = codes + count;

	glyph->of.names = malloc(count * sizeof(char *)); /* by 8 -> char * */
	while (codes < end)
		visit(codes++);
}

/* Blocks before what the allocator watches: it asks for more than its caller,
 * who asks for just one record. */
__attribute__((noinline)) void *take_watched(size_t size)
{
	char *block = malloc(size + 1); /* -> wrapper */

	if (!block)
		abort();
	block[size] = '!';
	return block;
}

struct event {
	size_t size;
	struct event *next;
	int kind;
};
struct key_event {
	struct event base;
	int key, code;
};
struct load_event {
	struct event base;
	double load[3];
};

__attribute__((noinline)) struct event *event_make(int kind, size_t size)
{
	struct event *event = take_watched(size); /* -> wrapper */

	event->size = size;
	event->next = NULL;
	event->kind = kind;
	return event;
}

__attribute__((noinline)) void press(int key)
{
	struct key_event *event = (struct key_event *)
		event_make(1, sizeof *event); /* -> struct key_event */

	event->key = event->code = key;
	visit(event);
}

__attribute__((noinline)) void load(double all)
{
	struct load_event *event = (struct load_event *)
		event_make(2, sizeof *event); /* -> struct load_event */

	event->load[0] = all;
	visit(event);
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
	static const unsigned int codes[8];
	struct map map = { .kind = 1 };
	struct glyph glyph;

	visit(argv);
	map_fill(&map, argc);
	visit(&map);
	map_fill_directly(&map, (size_t)argc);
	visit(&map);
	press(argc);
	load(argc);
	glyph_place(&glyph, (size_t)argc);
	visit(&glyph);
	glyph_name(&glyph, (size_t)argc, codes);
	visit(&glyph);
	visit(numbers_make((size_t)argc));
	visit(halves_make((size_t)argc));
	return 0;
}
