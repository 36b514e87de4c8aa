/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the size asked for tells of an object, and what follows when nobody
 * holds a pointer to its beginning; see chains.c for the comments.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tail of several kinds, that need not be there whole. */
struct entry {
	struct entry *next;
	long key;
	union {
		char text[50];
		char *far;
	} name;
};
static struct entry *entries;

__attribute__((noinline)) int entry_add(long key, char *far)
{
	struct entry *e = malloc(sizeof *e - 50 + sizeof far); /* -> struct entry */

	if (!e)
		return -1;
	e->key = key;
	e->name.far = far;
	e->next = entries;
	entries = e;
	return 0;
}

/* Asked for without its last members, or with the least of the last's. */
struct counted {
	long *table;
	void (*drop)(void *);
	const char *name;
};
struct place {
	unsigned int length;
	union {
		struct {
			unsigned short family;
			char text[14];
		} near;
		struct {
			unsigned short family;
			unsigned int flow, words[6];
		} far;
	} at;
};

__attribute__((noinline)) struct counted *counted_make(size_t count)
{
	struct counted *c =
		malloc(offsetof(struct counted, drop)); /* -> struct counted */

	if (!c)
		return NULL;
	c->table = calloc(count, sizeof *c->table); /* -> long */
	return c;
}

__attribute__((noinline)) struct place *place_make(unsigned short family)
{
	struct place *p = malloc( /* -> struct place */
		offsetof(struct place, at) + sizeof p->at.near);

	if (!p)
		return NULL;
	p->length = sizeof p->at.near;
	p->at.near.family = family;
	return p;
}

/* Known to others as the smaller record that they begin with. */
struct link {
	struct link *before, *after;
};
union address {
	struct link link;
	long parts[9];
};
struct queued {
	struct link link;
	const char *name;
	int length;
};
static struct link *head;
static struct link *address;
static union address own_address;

__attribute__((noinline)) int queued_add(const char *name)
{
	struct link *l = malloc(sizeof(struct queued)); /* -> struct queued */

	if (!l)
		return -1;
	l->after = head;
	head = l;
	((struct queued *)(void *)head)->name = name;
	return 0;
}

__attribute__((noinline)) void address_set(void)
{
	address = calloc(1, sizeof(union address)); /* -> union address */
	if (address)
		address->before = &own_address.link;
}

/* Nobody keeps where it begins. */
static long *middle;

__attribute__((noinline)) void middle_make(size_t before, size_t after)
{
	long *all = malloc((before + after) * 2 * sizeof *all); /* -> long */

	if (all)
		middle = all + before;
}

static uint32_t *aligned;

__attribute__((noinline)) void aligned_make(size_t count, size_t line)
{
	void *all = malloc(count * sizeof *aligned + line); /* -> uint32_t */

	all = (void *)(((uintptr_t)all + line - 1) & -line);
	aligned = all;
}

/* A message, whose length comes first: no array of lengths. */
__attribute__((noinline)) int message_send(FILE *to, const char *text)
{
	unsigned char *packet = malloc(4096 + 3); /* -> bytes */
	uint16_t *length = (uint16_t *)(void *)packet;
	int result;

	if (!packet)
		return -1;
	snprintf((char *)packet + 2, 4096, "%s", text);
	*length = (uint16_t)strlen(text);
	result = fwrite(packet, 2u + *length, 1, to) == 1;
	free(packet);
	return result;
}

/* Jumps to an allocator that a pointer leads to. */
static int allocated;

static void *count_and_allocate(size_t size)
{
	void *p = malloc(size); /* -> wrapper */

	allocated += p != NULL;
	return p;
}
void *(*allocate)(size_t size) = count_and_allocate;

struct message {
	struct message *next;
	double when;
};

__attribute__((noinline)) struct message *message_make(void)
{
	return allocate(sizeof(struct message)); /* -> struct message */
}

/* Jumps to the C library's, which is nowhere called by its name. */
static struct {
	void *(*make)(size_t size);
	void *(*grow)(void *old, size_t size);
} hooks = { malloc, realloc };

void hooks_set(void *(*make)(size_t size),
	       void *(*grow)(void *old, size_t size))
{
	hooks.make = make;
	hooks.grow = grow;
}

__attribute__((noinline)) void *grow_memory(void *old, size_t size)
{
	return hooks.grow(old, size); /* at -O0 -> wrapper */
}

__attribute__((noinline)) struct message *messages_make(size_t count)
{
	struct message *m = grow_memory(NULL, count * sizeof *m); /* -> struct message */

	if (m)
		m->next = NULL;
	return m;
}

/* The C library's, which is nowhere called by its name. */
char *(*copy_text)(const char *text, size_t size) = strndup;

__attribute__((noinline)) size_t text_length(const char *text)
{
	char *copy = copy_text(text, 16); /* -> bytes */
	size_t length = copy ? strlen(copy) : 0;

	free(copy);
	return length;
}

/* A record that is only got back, by those who are in the same file. */
struct handle {
	long opened, closed;
	char name[40];
};

__attribute__((noinline)) void *handle_make(void)
{
	return malloc(sizeof(struct handle)); /* -> struct handle */
}

__attribute__((noinline)) long handle_close(void *data)
{
	struct handle *handle = data;

	return ++handle->closed - handle->opened;
}

/* One gives out parts of its memory, the other reads its own. */
struct arena {
	char *start;
	size_t used;
	char *next, *end;
};

__attribute__((noinline)) void arena_open(struct arena *a, size_t size)
{
	a->start = malloc(size); /* -> bytes, carved */
	a->used = 0;
	a->next = malloc(size); /* -> bytes, carved */
	a->end = a->next ? a->next + size : NULL;
}

__attribute__((noinline)) void *arena_take(struct arena *a, size_t size)
{
	char *p = a->next;

	if ((size_t)(a->end - p) < size)
		return NULL;
	a->next = p + size;
	return p;
}

__attribute__((noinline)) void *arena_place(struct arena *a, size_t size)
{
	void *p = a->start + a->used;

	a->used += size;
	return p;
}

struct input {
	char *text;
	size_t at;
};

__attribute__((noinline)) void input_open(struct input *in, size_t size)
{
	in->text = calloc(1, size); /* -> bytes */
	in->at = 0;
}

__attribute__((noinline)) const char *input_word(struct input *in, size_t size)
{
	const char *word = in->text + in->at;

	in->at += size;
	return word;
}

static int use_parts(size_t size)
{
	struct arena arena;
	struct input input;
	void *handle = handle_make(); /* has struct handle */

	arena_open(&arena, 4 * size);
	input_open(&input, 4 * size);
	return arena_take(&arena, size) && arena_place(&arena, size) &&
	       input_word(&input, size) && handle_close(handle);
}

/* Of the members of a union, that with elements: records by themselves have
 * a constant size. */
struct holder {
	int kind;
	union {
		struct link *link;
		struct {
			struct entry **all;
			int count;
		} list;
	} value;
};
static struct holder holder;

__attribute__((noinline)) void holder_set(struct holder *h, struct link *from,
					  size_t size)
{
	void *all = malloc(size); /* -> struct entry * */

	h->value.list.all = all;
	from->after = from->before;
}

/* What is behind the bytes is no record at their beginning. */
struct trailer {
	struct trailer *next;
	void *page;
};
static struct trailer *trailers;

__attribute__((noinline)) void page_make(size_t whole, size_t page)
{
	void *p = malloc(whole); /* -> bytes */
	struct trailer *t = (struct trailer *)((uintptr_t)p + page);

	t->page = p;
	t->next = trailers;
	trailers = t;
}

/* Stored to an element whose address was made before the call. */
static unsigned short *rows[8];

__attribute__((noinline)) void rows_make(unsigned short **table, unsigned int i)
{
	unsigned short *row = table[i] = malloc(64); /* -> unsigned short */

	row[0] = 1;
}

/* How many another function finds out: not none, as there were before. */
struct frame {
	const char *file;
	int line, method;
};
static void *frames;
int frames_count(int *count, int level);

__attribute__((noinline)) void frames_pack(int level)
{
	int count = 0;

	frames_count(&count, level);
	frames = malloc((size_t)count * sizeof(struct frame)); /* by 16 -> struct frame */
}

__attribute__((noinline)) int frames_count(int *count, int level)
{
	const struct frame *all = frames;

	while (level--)
		*count += all ? all[level].line : level;
	return *count;
}

int main(int argc, char **argv)
{
	struct message *m = message_make(); /* has struct message */
	struct message *more = messages_make(4);

	if (!m || !more || entry_add(argc, argv[0]) || queued_add(argv[0]))
		return 1;
	m->next = more;
	if (!counted_make((size_t)argc) || !place_make(2))
		return 1;
	hooks_set(NULL, NULL);
	frames_pack(argc);
	address_set();
	rows_make(rows, (unsigned int)argc);
	holder_set(&holder, &own_address.link, 8 * (size_t)argc);
	page_make(4096 + sizeof(struct trailer), 4096);
	middle_make((size_t)argc, 5);
	aligned_make((size_t)argc, 64);
	printf("%d %p %p %p %p %p\n", allocated, (void *)entries, (void *)head,
	       (void *)address, (void *)middle, (void *)aligned);
	return message_send(stdout, argv[0]) + use_parts(16) +
	       (text_length(argv[0]) > 16);
}
