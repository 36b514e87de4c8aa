/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read by truth.py, never run.  A comment at the end of a line says what the
 * calls of that line allocate, in order.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
	struct node *next;
	long keys[2];
	char tail[];
};
typedef struct node node_type, node_array[1];
typedef struct {
	int x;
} unnamed;
typedef int (*callback)(const char **);
struct generator {
	unnamed one;
	struct node *(*make)(void *closure);
};

static struct generator table[16];

#define NEW(T) ((T *)malloc(sizeof(T)))
#define BOTH(p, q)                      \
	do {                            \
		(p) = malloc(sizeof *(p)); \
		(q) = malloc(sizeof *(q)); \
	} while (0)

static void take(unnamed *object)
{
	free(object);
}

static void *checked(void *memory)
{
	return memory ? memory : (abort(), NULL);
}

/* Wrappers: their own calls are no sites. */
void *get_memory(size_t size)
{
	void *memory = malloc(size);

	return checked(memory);
}

void *get_more(void *memory, size_t count, size_t size)
{
	void *grown = realloc(memory, count * size);

	if (!grown)
		abort();
	return grown;
}

void *get_inner(size_t size)
{
	return get_more(NULL, 1, size);
}

/* No wrapper: what it gives is known. */
void *make_node(void)
{
	return malloc(sizeof(struct node)); /* struct node */
}

struct node *objects(size_t count, void *any, unsigned char *raw,
		     size_t element)
{
	node_type *node = malloc(sizeof(*node) + count); /* struct node */
	unnamed *other = get_inner(count * sizeof *other); /* unnamed */
	callback *calls = calloc(count, sizeof(callback)); /* int (*)(char **) */
	char **names = calloc(count, 8); /* char * */
	size_t size = sizeof(struct generator) + 2 * count;
	struct { long a, b; } *bare = malloc(sizeof *bare); /* (anonymous at subject.c:81) */

	size_t first = sizeof(struct generator) * count, second = first + count;
	size_t third = second + count, fourth = third + count;
	size_t whole = fourth + sizeof(struct node) * count;

	any = malloc(whole); /* struct generator */
	node->next = NEW(node_type); /* struct node */
	BOTH(node, other); /* struct node, unnamed */
	any = malloc(size); /* struct generator */
	any = malloc(offsetof(struct node, tail) + count); /* struct node */
	raw = malloc(offsetof(struct node, keys[1]) + count); /* struct node */
	raw = malloc(count * sizeof(struct node *)); /* struct node * */
	raw = malloc(sizeof(struct node *) + count); /* bytes */
	raw = malloc(count * sizeof(unsigned char *)); /* bytes */
	char *chunk = malloc(count); /* struct node as bytes */
	node = (struct node *)chunk;
	raw = aligned_alloc(sizeof(struct node), count); /* bytes */
	any = malloc(sizeof(struct node) - offsetof(struct node, tail)); /* unknown */
	take(malloc(4)); /* unnamed */
	take(count ? calloc(1, 4) : NULL); /* unnamed */
	names[0] = strdup("x"); /* bytes */
	raw = get_more(raw, count, 1); /* bytes */
	any = malloc(count); /* unknown */
	any = malloc(count * sizeof(int)); /* int */
	raw = malloc(sizeof(table) / sizeof(struct generator)); /* bytes */
	raw = get_more(raw, count, element); /* unknown */
	any = realloc(any, 0);
	if (posix_memalign((void **)&bare, 16, count)) /* (anonymous at subject.c:81) */
		return NULL;
	if (asprintf(&names[1], "%p", calls) < 0) /* bytes */
		return NULL;
#line 200 "grammar.y"
	return malloc(40); /* struct node */
}
