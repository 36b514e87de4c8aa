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
typedef int visitor(struct node *);
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
	visitor **visitors = calloc(count, sizeof *visitors); /* int (*)(struct node *) */
	typedef struct node node_pair[2];
	node_pair *pairs = calloc(count, sizeof *pairs); /* struct node */
	char **names = calloc(count, 8); /* char * */
	size_t size = sizeof(struct generator) + 2 * count;
	struct { long a, b; } *bare = malloc(sizeof *bare); /* (anonymous at subject.c:85) */

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
	node = malloc(4096 + sizeof(struct generator)); /* struct node */
	any = malloc(4096 + sizeof(struct generator)); /* struct generator */
	node = malloc(512 + (sizeof(struct generator) + 511) / 512 * 512); /* struct node */
	other = malloc(offsetof(struct node, tail) + 1 + count); /* struct node */
	other = malloc((int)offsetof(struct node, tail) + sizeof(long) * count); /* struct node */
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
	if (posix_memalign((void **)&bare, 16, count)) /* (anonymous at subject.c:85) */
		return NULL;
	if (asprintf(&names[1], "%p", calls) < 0) /* bytes */
		return NULL;
#line 200 "grammar.y"
	return malloc(40); /* struct node */
}

#line 300 "subject.c"
/* Behind a header whose size the class says. */
struct object { long references; const struct class *class; };
struct class {
	size_t size, header;
	struct object *(*alloc_one)(const struct class *class, size_t more);
};
struct number { struct object base; double value; };
struct matrix { struct object base; double values[1]; };

struct object *get_object(const struct class *class, size_t more)
{
	char *memory = malloc(class->header + class->size + more);
	struct object *object = (struct object *)(memory + class->header);

	object->class = class;
	return object;
}

struct object *get_any(const struct class *class)
{
	struct object *object = get_object(class, class->size / 2);

	object->references = 1;
	return object;
}

struct matrix *get_matrix(const struct class *class, size_t size)
{
	struct matrix *matrix = (struct matrix *)get_object(class, size);

	return matrix;
}

struct object *numbers(const struct class *class)
{
	struct number *n = (struct number *)get_any(class); /* struct number */
	struct object *o = get_object(class, 0); /* struct object */
	struct matrix *m = (struct matrix *)class->alloc_one(class, 8); /* struct matrix */

	m = get_matrix(class, 8); /* struct matrix */
	n->base.references = m->base.references + o->references;
	return &n->base;
}

/* Its own: nothing begins with it. */
struct node *node_behind(const struct class *class)
{
	char *memory = malloc(class->header + class->size); /* bytes */
	struct node *node = (struct node *)(memory + class->header);

	return node;
}

/* A pointer behind how many of them there are. */
struct node **node_first(void)
{
	char *memory = malloc(sizeof(size_t) + sizeof(struct node *)); /* struct node * */

	memory += sizeof(size_t);
	return (struct node **)memory;
}

/* What a macro's argument excludes is never called. */
#define NUMBER_SET(to, wanted) \
	do { \
		if (wanted) \
			to = malloc(sizeof(struct number)); \
		else \
			to = NULL; \
	} while (0)

int numbers_set(struct number *to[2])
{
	NUMBER_SET(to[0], 0);
	NUMBER_SET(to[1], 1); /* struct number */
	return to[0] != to[1];
}
