/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that are reached by a part of a variable, or known by what is before
 * or after the pointer; see chains.c for the comments.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Compilers keep the members of a local struct in registers. */
struct list {
	void **first;
	size_t count, room;
};

__attribute__((noinline)) char **words(int (*next)(char **))
{
	struct list l = { .room = 4 };
	char *word;

	l.first = malloc(l.room * sizeof *l.first); /* -> void * */
	while (next(&word)) {
		if (l.count + 1 >= l.room) {
			l.room *= 2;
			l.first = realloc(l.first, l.room * sizeof *l.first); /* -> void * */
		}
		l.first[l.count++] = word;
	}
	l.first[l.count] = NULL;
	return (char **)l.first;
}

/* The allocator's header is part of the record of who counts it. */
struct item {
	struct item *next;
};
struct arena {
	struct item items;
	struct arena *outer;
	long depth;
};
static struct item all;
static struct arena *innermost;

__attribute__((noinline)) void *arena_alloc(size_t size)
{
	struct item *i = malloc(size + sizeof *i); /* -> wrapper */

	if (!i)
		abort();
	i->next = all.next;
	all.next = i;
	return (char *)i + sizeof *i;
}

__attribute__((noinline)) int arena_enter(void)
{
	char *p = arena_alloc(sizeof(struct arena) - sizeof(struct item)); /* -> struct arena */
	struct arena *a = (void *)(p - sizeof(struct item));

	a->outer = innermost;
	a->depth = a->outer ? a->outer->depth + 1 : 0;
	innermost = a;
	return a->depth > 3;
}

/* A record and its elements, held as what the record begins with. */
struct table {
	void **buckets;
	size_t count;
};
struct wild_table {
	struct table table;
	void *value;
};
static struct table *tables;
static struct wild_table *wildest;

__attribute__((noinline)) void table_make(size_t count)
{
	count = count * sizeof(void *) + sizeof(struct wild_table);
	tables = calloc(1, count); /* -> struct wild_table */
	if (tables)
		tables->count = count;
	if (count > 1 && !wildest)
		wildest = (struct wild_table *)(void *)tables;
}

/* Given out as what follows its beginning, and kept as what that begins with. */
struct collected {
	struct collected *next;
	char kind;
};
struct thread {
	struct collected *next;
	char kind;
	long stack[5];
};
struct extended {
	char extra[16];
	struct thread thread;
};
static struct collected *collected;

__attribute__((noinline)) struct thread *thread_make(void)
{
	void *all_of_it = malloc(sizeof(struct extended)); /* -> struct extended */
	struct thread *t = &((struct extended *)all_of_it)->thread;

	if (!all_of_it)
		return NULL;
	t->next = collected;
	collected = (struct collected *)(void *)t;
	return t;
}

/* Characters that are written as numbers. */
static unsigned char *encoded;

__attribute__((noinline)) void encode(const char *name, uint32_t from)
{
	unsigned char *buffer = malloc(strlen(name) + 9); /* -> bytes */
	unsigned char *at = buffer;
	uint32_t *word;

	if (!buffer)
		return;
	word = (uint32_t *)(void *)at;
	*word++ = from;
	at = (unsigned char *)word;
	*at = 0;
	encoded = buffer;
}

/* The product of two parameters, or one byte where there is nothing. */
struct row {
	struct row *next;
	long cells[3];
};
static struct row *rows;

__attribute__((noinline)) void *product_alloc(size_t count, size_t size)
{
	if (!count || !size)
		return malloc(1);
	return count > SIZE_MAX / size ? NULL : malloc(count * size);
}

__attribute__((noinline)) void rows_make(size_t count)
{
	rows = product_alloc(count, sizeof *rows); /* -> struct row */
}

/* Arrays of characters are no more than characters. */
typedef unsigned char set[32];
set *sets[8];

__attribute__((noinline)) void set_make(int i)
{
	sets[i] = malloc(sizeof(set)); /* -> bytes */
	if (sets[i])
		(*sets[i])[0] = 1;
}

static int once(char **word)
{
	static char text[] = "a";
	static int calls;

	*word = text;
	return calls++ < 6;
}

/* Records of up to two words are passed in registers. */
struct slice {
	struct item *at;
	size_t count;
};
struct scaled {
	double scale;
	struct item *at;
};
struct lone {
	struct item *at;
};

__attribute__((noinline)) int take(int n, struct slice slice)
{
	return slice.at->next && n > (int)slice.count;
}
__attribute__((noinline)) int take_scaled(int n, struct scaled scaled)
{
	return scaled.at->next && n > (int)scaled.scale;
}
__attribute__((noinline)) int take_lone(struct lone lone)
{
	return lone.at->next != NULL;
}

__attribute__((noinline)) int pass(size_t n)
{
	void *p = malloc(n); /* -> struct item */

	return take(1, (struct slice){ p, n }) + 1;
}
__attribute__((noinline)) int pass_scaled(size_t n)
{
	void *p = malloc(n); /* -> struct item */

	return take_scaled(1, (struct scaled){ (double)n, p }) + 1;
}
__attribute__((noinline)) int pass_lone(size_t n)
{
	void *p = malloc(n); /* -> struct item */

	return take_lone((struct lone){ p }) + 1;
}

int main(int argc, char **argv)
{
	set_make(argc & 7);
	table_make((size_t)argc);
	rows_make((size_t)argc);
	encode(argv[0], 7);
	return !words(once) + arena_enter() + !thread_make() + !encoded +
	       !tables + !wildest + !rows + pass((size_t)argc) +
	       pass_scaled((size_t)argc) + pass_lone((size_t)argc);
}
