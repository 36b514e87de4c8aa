/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations through wrappers of all kinds.  The comment with an arrow on a
 * line tells what the call there allocates: a type, bytes, unknown; or that
 * it is in a wrapper.  Lines without one have no site.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
	struct node *next;
	int key;
};
struct table {
	struct node **buckets;
	double load[5];
	char *name;
};
typedef struct { int refs; void *data; } object_t;

struct node *list;
struct table *tables;

/* Two wrappers deep, and one that cannot fail. */
__attribute__((noinline)) void *xmalloc(size_t size)
{
	void *p = malloc(size); /* -> wrapper */

	if (!p)
		abort();
	return p;
}

__attribute__((noinline)) void *xzalloc(size_t size)
{
	void *p = xmalloc(size); /* -> wrapper */

	memset(p, 0, size);
	return p;
}

static inline void *inlined_alloc(size_t count, size_t size)
{
	void *p = xzalloc(count * size);

	if (!p)
		puts("never");
	return p;
}

__attribute__((noinline)) struct node *node_push(int key)
{
	struct node *n = xmalloc(sizeof *n); /* -> struct node */

	n->key = key;
	n->next = list;
	list = n;
	return n;
}

/* Stored to a member, a static, returned, in an array. */
__attribute__((noinline)) struct table *table_create(size_t count)
{
	struct table *t = xzalloc(sizeof *t); /* -> struct table */

	t->buckets = xzalloc(count * sizeof *t->buckets); /* -> struct node * */
	t->name = strdup("table"); /* -> bytes */
	tables = t;
	return t;
}

__attribute__((noinline)) void table_grow(struct table *t, size_t count)
{
	t->buckets = realloc(t->buckets, count * sizeof *t->buckets); /* -> struct node * */
	t->buckets[0] = NULL;
}

/* An out-parameter, and a copy of a string. */
__attribute__((noinline)) int get_memory(void **out, size_t size)
{
	*out = malloc(size); /* -> wrapper */
	return *out ? 0 : -1;
}

__attribute__((noinline)) char *xstrdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *p = xmalloc(size); /* -> wrapper */

	memcpy(p, s, size);
	return p;
}

__attribute__((noinline)) char *xstrndup(const void *s, size_t most)
{
	const char *end = memchr(s, 0, most);
	size_t length = end ? (size_t)(end - (const char *)s) : most;
	char *p = xmalloc(length + 1); /* -> wrapper */

	memcpy(p, s, length);
	p[length] = 0;
	return p;
}

/* Through pointers to functions. */
struct hooks {
	void *(*allocate)(void *context, size_t size, int flags);
	void *context;
};

__attribute__((noinline)) void *hook_allocate(void *context, size_t size,
					       int flags)
{
	void *p = malloc(size); /* at -O0 -> wrapper */

	if (flags && p)
		memset(p, 0, size);
	(void)context;
	return p;
}

struct hooks hooks = { hook_allocate, NULL };

__attribute__((noinline)) object_t *object_create(struct hooks *h)
{
	object_t *o = h->allocate(h->context, sizeof *o, 1); /* -> object_t */

	if (o)
		o->refs = 1;
	return o;
}

__attribute__((noinline)) object_t *out_create(void)
{
	void *p;
	object_t *o;

	if (get_memory(&p, sizeof(object_t))) /* -> object_t */
		return NULL;
	o = p;
	o->refs = 2;
	return o;
}

/* asprintf by other names: with an out-parameter, too, and as a result. */
__attribute__((noinline)) int format_into(char **out, const char *format,
					  va_list arguments)
{
	int length = vasprintf(out, format, arguments); /* -> wrapper */

	if (length < 0)
		*out = NULL;
	return length;
}

__attribute__((noinline)) char *format_text(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	format_into(&text, format, arguments); /* -> wrapper */
	va_end(arguments);
	return text;
}

/* Only ever inlined: makes any record that begins with its own. */
struct shape {
	int kind;
	struct shape *next;
};
struct circle {
	struct shape shape;
	double radius;
};
struct label {
	struct shape shape;
	long length;
	char *text;
};

__attribute__((always_inline)) static inline struct shape *
shape_new(int kind, size_t size)
{
	struct shape *shape = malloc(size);

	if (!shape)
		abort();
	shape->kind = kind;
	return shape;
}

__attribute__((noinline)) struct circle *circle_new(void)
{
	struct circle *c = (void *)shape_new(1, sizeof *c); /* -> struct circle */

	c->radius = 1;
	return c;
}

__attribute__((noinline)) struct label *label_new(char *text)
{
	struct label *l = (void *)shape_new(2, sizeof *l); /* -> struct label */

	l->text = text;
	return l;
}

/* No wrapper, though it returns plain memory: it says what that is. */
struct context {
	long bits;
	void *provider;
};

__attribute__((always_inline)) static inline void *
context_new(void *provider, size_t bits)
{
	struct context *context = malloc(sizeof *context); /* -> struct context */

	context->bits = (long)bits;
	context->provider = provider;
	return context;
}

__attribute__((noinline)) void *context_new_short(void *provider)
{
	return context_new(provider, 128);
}

__attribute__((noinline)) void *context_new_long(void *provider)
{
	return context_new(provider, 256);
}

/* A string behind a header whose size is known only when it runs. */
__attribute__((noinline)) char *counted_create(size_t length)
{
	size_t header = length < 256 ? 1 : length < 65536 ? 2 : 8;
	void *memory = malloc(header + length + 1); /* -> bytes */
	char *string = (char *)memory + header;

	memcpy(memory, &length, header);
	string[length] = 0;
	return string;
}

/* A wrapper, with or without code of its own, that keeps another object, which
 * is no business of its callers. */
struct registry {
	struct record {
		void *object;
		struct record *next;
	} *records;
	void **newest;
	size_t count;
};

static inline void *register_new(struct registry *r, size_t size)
{
	void *object = malloc(size);
	struct record *record = malloc(sizeof *record); /* -> struct record */

	if (!object || !record)
		exit(1);
	if (!(r->count % 16))
		r->newest = realloc(r->newest, /* -> void * */
				    (r->count + 16) * sizeof *r->newest);
	r->newest[r->count++] = object;
	record->object = object;
	record->next = r->records;
	r->records = record;
	return object;
}

struct nut {
	long weight[5];
};
object_t *last_object;

__attribute__((noinline)) long nuts_create(struct registry *r)
{
	struct nut *nut = register_new(r, sizeof *nut); /* -> struct nut */

	last_object = register_new(r, sizeof *last_object); /* -> object_t */
	nut->weight[0] = last_object->refs;
	return nut->weight[1];
}

/* What is returned through a function that fills it in, or finds it wrong. */
struct user {
	long number;
	const char *name, *home;
};
struct team {
	const char *name;
	long number, members[6];
};
int problem;
char *last_text;

__attribute__((noinline)) void *filled_in(const char *text, void *result)
{
	for (const char *c = text; *c; c++) {
		if (*c == '-')
			problem = 1;
		((long *)result)[(c - text) % 2] += *c;
	}
	if (problem)
		result = NULL;
	return result;
}

__attribute__((noinline)) void *text_parse(const char *text)
{
	char *made = malloc(strlen(text) + 100); /* -> wrapper */

	last_text = made;
	return filled_in(text, made);
}

__attribute__((noinline)) struct user *user_parse(const char *text)
{
	struct user *user = text_parse(text); /* -> struct user */

	problem += !user;
	return user;
}

__attribute__((noinline)) struct team *team_parse(const char *text)
{
	struct team *team = text_parse(text); /* -> struct team */

	last_text += !team;
	return team;
}

int main(int argc, char **argv)
{
	struct registry registry = { 0 };
	struct table *t = table_create((size_t)argc + 4);
	double *numbers = inlined_alloc((size_t)argc, sizeof *numbers); /* -> double */
	char *copy = xstrdup(argv[0]); /* -> bytes */
	char *formatted = format_text("%d", argc); /* -> bytes */
	char *start = xstrndup(argv[0], 4); /* -> bytes */
	char *text;
	FILE *file = fopen("/dev/null", "r"); /* -> FILE */

	if (asprintf(&text, "%d", argc) < 0) /* -> bytes */
		return 1;
	numbers[0] = node_push(argc)->key + text[0] + formatted[0] + start[0];
	table_grow(t, 100);
	object_create(&hooks);
	circle_new()->shape.next = &label_new(copy)->shape;
	context_new_long(context_new_short(t));
	out_create();
	nuts_create(&registry);
	user_parse(copy)->home = team_parse(start)->name;
	numbers[0] += counted_create((size_t)argc)[0];
	if (file)
		fclose(file);
	return numbers[0] + copy[0] > 1e9;
}
