/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What variables in the frame say of objects, where code that is not
 * optimized keeps all; see chains.c for the comments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
	long users;
	char *error;
	long version;
};
/* Of one size, and all begin with a table. */
struct name_table {
	struct table base;
	char *name;
};
struct part_table {
	struct table base;
	long part;
};
struct cursor {
	struct table *table;
};
struct row_cursor {
	struct cursor base;
	long row;
	char *text;
	struct row_cursor *parent;
};

__attribute__((noinline)) void complain(int code, int size)
{
	fprintf(stderr, "%d: %d bytes\n", code, size);
}

/* The size before what it gives out. */
__attribute__((noinline)) void *counted_take(int size)
{
	long *p = malloc((size_t)size + 8); /* -> wrapper */

	if (p) {
		p[0] = size;
		p++;
	} else {
		complain(7, size);
	}
	return (void *)p;
}

__attribute__((noinline)) int table_open(struct table **out)
{
	struct table *table = counted_take(sizeof *table); /* -> struct table +8 */

	*out = table;
	if (!table)
		return 1;
	memset(table, 0, sizeof *table);
	return 0;
}

/* What is beyond a cursor is not in a second one. */
__attribute__((noinline)) int row_filter(struct cursor *cursor,
					 const char *text)
{
	struct row_cursor *row = (struct row_cursor *)cursor;
	size_t size = strlen(text) + 1;

	row->row++;
	row->parent = malloc(size); /* -> struct row_cursor */
	row->text = malloc(size); /* -> bytes */
	if (!row->text)
		return 1;
	memcpy(row->text, text, size);
	return cursor->table == NULL;
}

/* Displacements may be as far as an instruction can say. */
__attribute__((noinline)) struct table *far_table(void)
{
	struct table *table = malloc(sizeof *table); /* -> struct table */

#ifdef __x86_64__
	__asm__ volatile("movq $0, 0x7fffffff(%0)" : : "r"(&table->error));
#endif
	return table;
}

struct node {
	long users;
	char *text;
	long length;
	struct node *next;
};
struct node *separator;

__attribute__((noinline)) void hold(void *p)
{
	fprintf(stderr, "%p\n", p);
}

__attribute__((noinline)) struct node *force(struct node *node)
{
	return node->users ? node : node->next;
}

static inline void *take(size_t size, const char *what)
{
	void *p;

	if (size == 0)
		exit(puts("zero"));
	p = malloc(size);
	if (!p)
		exit(puts(what));
	return p;
}

/* More is live than there are registers: "nodes" is in the frame, and a
 * variable there only behind the test for null. */
__attribute__((noinline)) struct node *join(struct node *in, int count,
					    const char *text, size_t length)
{
	struct node *node, **nodes;
	long size, a = in->users, b = in->length, c = a * b, d = a - b,
	     e = b ^ 9;
	char *string, *at;

	if (count == 1)
		return force(in);
	nodes = take((size_t)count * 8, "nodes"); /* -> struct node * */
	length = (size_t)separator->next->length;
	text = separator->next->text;
	hold(in);
	size = -(long)length;
	for (int i = 0; i < count; i++) {
		node = force(in);
		a += b * i, b ^= c, c -= d, d += e, e ^= a;
		size += node->length + (long)length;
		nodes[i] = node;
		in = in->next;
	}
	string = take((size_t)size + 1, "string"); /* -> bytes */
	node = nodes[0];
	memcpy(string, node->text, (size_t)node->length);
	at = string + node->length;
	for (int i = 1; i < count; i++) {
		if (length == 1) {
			*at++ = *text;
		} else if (length) {
			memcpy(at, text, length);
			at += length;
		}
		node = nodes[i];
		memcpy(at, node->text, (size_t)node->length);
		at += node->length;
	}
	free(nodes);
	node->users = a + b + c + d + e;
	node->text = string;
	return node;
}

/* A pointer that steps through them leads to any of several kinds. */
union pointers {
	void *any[40];
	struct table *tables[40];
	struct node *nodes[40];
};

__attribute__((noinline)) int collect(char **texts)
{
	union pointers pointers;
	void *at = &pointers;
	int n = 0;

	for (; *texts && n < 40; texts++, n++) {
		((union pointers *)at)->nodes[0] =
			malloc(sizeof(struct node)); /* -> struct node */
		at = (char *)at + sizeof(void *);
	}
	hold(&pointers);
	return n;
}

/* The place for a new one is in a table of the thread or at a list's end; and
 * nothing but the place tells. */
struct name {
	struct name *next;
	long key, value[3];
};
static __thread struct name *names[64];

__attribute__((noinline)) long *name_value(long key)
{
	struct name **p = &names[key & 63];

	for (; *p; p = &(*p)->next)
		if ((*p)->key == key)
			return (*p)->value;
	*p = malloc(sizeof **p); /* -> struct name */
	if (!*p)
		return NULL;
	(*p)->key = key;
	hold((*p)->value);
	(*p)->next = NULL;
	return (*p)->value;
}

/* What was taken is known by its place, and tells of what is put into it. */
struct nest {
	struct nest *inner;
	struct name **names;
};

__attribute__((noinline)) int nest_grow(struct nest *nest)
{
	nest->inner = counted_take(sizeof *nest); /* -> struct nest +8 */
	if (!nest->inner)
		return 1;
	nest->inner->names = counted_take(80); /* -> struct name * +8 */
	return !nest->inner->names;
}

/* Strings of a pool, which keeps its blocks on a list. */
struct pool {
	char *blocks, *at;
	size_t left;
};

static inline __attribute__((always_inline)) void *
pool_take(struct pool *pool, size_t size)
{
	char *block;

	if (size <= pool->left) {
		block = pool->at;
		pool->at += size;
		pool->left -= size;
		return block;
	}
	block = malloc(size + 8);
	if (!block)
		return NULL;
	*(char **)block = pool->blocks;
	pool->blocks = block;
	return block + 8;
}

__attribute__((noinline)) char *pool_copy(struct pool *pool, const char *text)
{
	size_t size = strlen(text) + 1;
	void *copy = pool_take(pool, size); /* -> wrapper */

	return copy ? memcpy(copy, text, size) : NULL;
}

struct word {
	char *text, *other;
};

__attribute__((noinline)) int word_fill(struct word *word, struct pool *pool,
					const char *text)
{
	word->text = pool_copy(pool, text); /* -> bytes */
	word->other = pool_copy(pool, text + 1); /* -> bytes */
	return word->text && word->other;
}

/* The slot of a variable that is not needed any more holds the object. */
__attribute__((noinline)) unsigned pack(unsigned char **data,
					const char *value, int code,
					const char *error, const char *more)
{
	unsigned size = 16, value_size = 0, error_size = 0, more_size = 0;
	unsigned char *p;

	if (value)
		size += value_size = (unsigned)strlen(value) + 1;
	if (error)
		size += error_size = (unsigned)strlen(error) + 1;
	if (more)
		size += more_size = (unsigned)strlen(more) + 1;
	*data = malloc(size); /* -> bytes */
	p = *data;
	memcpy(p, &value_size, 4);
	if (value_size)
		memcpy(p + 4, value, value_size);
	p += 4 + value_size;
	memcpy(p, &code, 4);
	p += 4;
	memcpy(p, &error_size, 4);
	if (error_size)
		memcpy(p + 4, error, error_size);
	p += 4 + error_size;
	memcpy(p, &more_size, 4);
	if (more_size)
		memcpy(p + 4, more, more_size);
	return size;
}

/* Who is told where the number of items is puts it there, by a parameter that
 * registers have no room for: it is not the 0 that it was before. */
__attribute__((noinline)) int window_ask(int window, long a, long b, long c,
					 long d, long e, size_t *items)
{
	*items = (size_t)(window + a + b + c + d + e);
	return window;
}

__attribute__((noinline)) void *window_property(int window, const char *from)
{
	char *result = NULL;
	size_t items = 0, limit;

	if (window_ask(window, 1, 2, 3, 4, 5, &items)) {
		limit = items;
		result = malloc(limit + 1); /* -> wrapper */
		memcpy(result, from, limit);
		result[limit] = 0;
	}
	return result;
}

__attribute__((noinline)) long window_find(int window, const char *from)
{
	long *found = window_property(window, from); /* -> long */
	long first = found ? *found : 0;

	free(found);
	return first;
}

int main(int argc, char **argv)
{
	struct row_cursor row = { .row = argc };
	struct name_table names = { .name = argv[0] };
	struct nest nest = { NULL, NULL };
	struct pool pool = { NULL, NULL, 0 };
	struct word word;
	struct part_table parts = { .part = argc };
	unsigned char *packed;
	int failed = table_open(&row.base.table);

	failed += (int)pack(&packed, argv[0], argc, argv[1], argv[2]);
	failed += row_filter(&row.base, argv[0]);
	failed += collect(argv) + nest_grow(&nest);
	failed += word_fill(&word, &pool, argv[0]);
	failed += name_value(argc) == name_value(failed);
	failed += (int)window_find(argc, argv[0]);
	hold(join((struct node *)argv, argc, argv[0], (size_t)argc));
	return failed + (names.name == NULL) + (int)parts.part;
}
