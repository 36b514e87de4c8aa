/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects with a header in front, inside others, behind unions, and resized
 * ones; see chains.c for the comments.  "+N": the type begins N bytes into
 * the allocation.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct leaf {
	int a, b, c, d, e;
};
struct pair {
	struct leaf *left, *right;
};
struct header {
	size_t size;
	long checksum;
};
struct link {
	struct link *next, *previous;
};
struct job {
	struct link link;
	int priority;
	struct leaf *leaves;
	unsigned int leaf_count;
};
struct outer {
	long extra;
	struct pair inner;
};
union value {
	struct leaf *leaf;
	struct job *job;
	char *text;
	long number;
};

struct branch {
	int kind;
	union {
		struct job *job;
		struct outer *outer;
		struct leaf **leaves;
		char *text;
	} of;
	long count;
};

/* A header shared by a macro. */
#define HEADER long tag; struct leaf *owner
struct thing {
	HEADER;
};
struct car {
	HEADER;
	double speeds[4];
};

struct entry {
	long when;
	int kind;
	char name[];
};
struct station {
	long tracks[100];
	struct leaf *platforms[4];
};
struct walker {
	int depth;
	union {
		struct outer_first *first;
		struct chosen *chosen;
	} of;
};
struct outer_first {
	struct job *jobs;
};
struct chosen {
	int *excluded;
	int count;
};

struct station station;
struct entry *list_entry;
struct link queue = { &queue, &queue };
union value stack[16];
struct leaf *shelf[8];

__attribute__((noinline)) void *counted_alloc(size_t size)
{
	struct header *h = malloc(sizeof *h + size); /* -> wrapper */

	if (!h)
		abort();
	h->size = size;
	h->checksum = (long)size;
	return h + 1;
}

__attribute__((noinline)) struct leaf *leaf_create(int a)
{
	struct leaf *l = counted_alloc(sizeof *l); /* -> struct leaf +16 */

	l->a = a;
	return l;
}

__attribute__((noinline)) struct pair *outer_create(void)
{
	struct outer *o = malloc(sizeof *o); /* -> struct outer */

	if (!o)
		return NULL;
	o->extra = 1;
	return &o->inner;
}

__attribute__((noinline)) void link_add(struct link *l)
{
	l->next = queue.next;
	l->previous = &queue;
	queue.next = l;
}

__attribute__((noinline)) void job_create(int priority)
{
	struct job *j = calloc(1, sizeof *j); /* -> struct job */

	if (!j)
		return;
	j->priority = priority;
	link_add(&j->link);
}

__attribute__((noinline)) void job_resize(struct job *j, unsigned int count)
{
	j->leaves = reallocarray(j->leaves, count, sizeof *j->leaves); /* -> struct leaf */
	j->leaf_count = count;
}

__attribute__((noinline)) struct car *car_create(size_t count)
{
	struct thing *t = malloc(count * 16 + 32); /* -> struct car */
	struct car *c = (struct car *)t;

	if (!t)
		return NULL;
	t->tag = 1;
	c->speeds[0] = 1;
	return c;
}

__attribute__((noinline)) void stack_push(int i)
{
	stack[i].leaf = malloc(sizeof(struct leaf)); /* -> struct leaf */
	stack[i + 1].job = malloc(sizeof(struct job)); /* -> struct job */
}

/* Of the members of a union, the one that the size fits. */
__attribute__((noinline)) void branch_spread(struct branch *b, long count)
{
	b->of.leaves = calloc(1, (size_t)count * sizeof(struct leaf *)); /* -> struct leaf * */
	b->count = count;
}

__attribute__((noinline)) void branch_grow(struct branch *b)
{
	size_t count = (size_t)(b->count *= 2);

	b->of.leaves = realloc(b->of.leaves, count * sizeof(struct leaf *)); /* -> struct leaf * */
}

__attribute__((noinline)) void branch_name(struct branch *b, const char *name)
{
	size_t size = strlen(name) + 1;
	char *text = malloc(size); /* -> bytes */

	if (!text)
		return;
	memcpy(text, name, size);
	text[0] = '+';
	b->of.text = text;
}

/* Nothing but the union, and a size that is nobody's. */
__attribute__((noinline)) void branch_label(struct branch *b, const char *name)
{
	b->of.text = malloc(strlen(name) + 2); /* -> bytes */
	if (b->of.text)
		strcpy(b->of.text, name);
}

/* Less than sizeof(struct entry): its padding is not needed. */
__attribute__((noinline)) struct entry *entry_create(void)
{
	struct entry *e = malloc(offsetof(struct entry, name) + 1); /* -> struct entry */

	if (e)
		e->name[0] = 0;
	return e;
}

/* The array's offset may have become a part of the index. */
__attribute__((noinline)) void platform_open(unsigned int i, int a, long b)
{
	struct leaf *l = station.platforms[i];

	if (l && l->a < a)
		l->a = a;
#ifdef __OPTIMIZE__
	if (!l) {
		station.platforms[i] = malloc(20); /* at -O2 -> struct leaf */
		station.platforms[i]->a = a;
		station.platforms[i]->b = (int)b;
	}
#endif
	link_add(&queue);
}

/* By another member of the union it would be a struct. */
__attribute__((noinline)) void exclude(struct walker *w, int i)
{
	struct chosen *c = w->of.chosen;
	int *more = realloc(c->excluded, (size_t)(c->count + 1) * sizeof *more); /* -> int */

	if (!more)
		return;
	c->excluded = more;
	more[c->count++] = i;
}

__attribute__((noinline)) void shelve(int i)
{
	shelf[i] = malloc(sizeof *shelf[i]); /* -> struct leaf */
}

__attribute__((noinline)) void *memdup(const void *from, size_t size)
{
	void *p = malloc(size); /* -> wrapper */

	return p ? memcpy(p, from, size) : NULL;
}

__attribute__((noinline)) struct leaf *leaf_copy(const struct leaf *from)
{
	return memdup(from, sizeof *from); /* -> struct leaf */
}

__attribute__((noinline)) struct pair *pair_create(struct leaf *l)
{
	struct pair *p;

	if (posix_memalign((void **)&p, 64, sizeof *p)) /* -> struct pair */
		return NULL;
	p->left = p->right = l;
	return p;
}

/* What is read as plain memory is what it is resized as. */
__attribute__((noinline)) struct leaf *leaves_read(size_t size)
{
	void *memory = malloc(size); /* -> struct leaf */
	struct leaf *leaves;

	if (!memory || !fread(memory, 1, size, stdin))
		return NULL;
	leaves = realloc(memory, 2 * size * sizeof *leaves); /* -> struct leaf */
	if (leaves)
		leaves->a = 1;
	return leaves;
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	struct leaf *copy;
	struct branch branch = { .kind = argc };

	struct chosen chosen = { .count = 0 };
	struct walker walker = { .of = { .chosen = &chosen } };

	platform_open((unsigned int)argc, argc, argc);
	exclude(&walker, argc);
	branch_spread(&branch, argc);
	branch_grow(&branch);
	branch_name(&branch, argv[0]);
	branch_label(&branch, argv[0]);
	list_entry = entry_create();
	if (argc > 5 && getline(&line, &size, stdin) > 0) /* -> bytes */
		puts(line);
	job_create(argc);
	job_resize((struct job *)queue.next, 10);
	car_create((size_t)argc);
	stack_push(argc);
	shelve(argc);
	copy = leaf_copy(leaf_create(argc)); /* at -O2 -> struct leaf */
	pair_create(copy);
	leaves_read((size_t)argc - 1);
	return outer_create() == NULL;
}
