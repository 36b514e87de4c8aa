/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects behind headers whose sizes their classes say; see chains.c for the
 * comments.  "behind": the type begins further on than the site says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct object;
struct class {
	const char *name;
	size_t size, item_size, header_size;
	struct object *(*make)(const struct class *class, size_t items);
};
struct object {
	long references;
	const struct class *class;
};
struct sequence {
	struct object base;
	size_t count;
};
struct number {
	struct object base;
	double value;
};
struct list {
	struct sequence base;
	struct object *items[];
};
struct map {
	struct object base;
	struct object **keys, **values;
	size_t used;
};
struct link {
	struct link *next, *previous;
};
struct record {
	int id;
	char name[28];
};
struct page {
	char *content;
	struct page *next;
	long number;
};

struct link all = { &all, &all };
struct object *found;
struct record *records;
struct page *pages;

static inline struct link *link_of(struct object *object)
{
	return (struct link *)(void *)object - 1;
}

__attribute__((noinline)) void track(struct object *object)
{
	struct link *link = link_of(object);

	link->next = all.next;
	link->previous = &all;
	all.next = link;
	if (!link->next)
		puts("never");
}

/* As characters inside, as what all objects begin with outside. */
__attribute__((noinline)) struct object *allocate_behind(size_t size,
							 size_t header)
{
	char *memory = malloc(size + header); /* -> wrapper */
	struct object *object;

	if (!memory)
		return NULL;
	((void **)memory)[0] = NULL;
	((void **)memory)[1] = NULL;
	object = (struct object *)(void *)(memory + header);
	track(object);
	return object;
}

/* The size is the class's; and nothing else is known. */
__attribute__((noinline)) struct object *
new_object(const struct class *class)
{
	struct object *object = allocate_behind(class->size, class->header_size); /* -> wrapper */

	object->references = 1;
	object->class = class;
	return object;
}

__attribute__((noinline)) struct sequence *
new_sequence(const struct class *class, size_t count)
{
	size_t size = class->size + count * class->item_size;
	struct object *object = allocate_behind(size, class->header_size); /* -> wrapper */
	struct sequence *sequence = (struct sequence *)object;

	sequence->base.references = 1;
	sequence->base.class = class;
	sequence->count = count;
	return sequence;
}

/* Its header is added here, and classes have a pointer to it. */
__attribute__((noinline)) struct object *make_any(const struct class *class,
						  size_t items)
{
	size_t size = (class->size + items * class->item_size + 7) / 8 * 8;
	char *memory = malloc(size + class->header_size); /* -> wrapper */
	struct object *object;

	if (!memory)
		return NULL;
	object = (struct object *)(void *)(memory + class->header_size);
	memset(object, 0, size);
	object->references = 1;
	object->class = class;
	return object;
}

static const struct class numbers = {
	"number", sizeof(struct number), 0, 16, make_any
};
static const struct class lists = {
	"list", sizeof(struct list), sizeof(struct object *), 32, make_any
};
static const struct class maps = {
	"map", sizeof(struct map), 0, 16, make_any
};

/* Those who know what they get. */
__attribute__((noinline)) struct object *number_new(double value)
{
	struct number *n = (struct number *)new_object(&numbers); /* -> struct number behind */

	n->value = value;
	return &n->base;
}

__attribute__((noinline)) struct object *list_new(size_t count)
{
	struct list *l = (struct list *)new_sequence(&lists, count); /* -> struct list behind */

	for (size_t i = 0; i < count; i++)
		l->items[i] = NULL;
	return &l->base.base;
}

/* Through a pointer: of whose class that is. */
__attribute__((noinline)) struct object *
map_new(const struct class *class)
{
	struct map *d = (struct map *)class->make(class, 0); /* -> struct map behind */

	d->keys = d->values = NULL;
	d->used = 0;
	return &d->base;
}

/* It knows no more than that it is an object. */
__attribute__((noinline)) struct object *any_new(const struct class *class)
{
	struct object *object = class->make(class, 0); /* -> struct object behind */

	object->references++;
	return object;
}

/* Plain memory behind a header whose size the heap says. */
struct heap {
	size_t header_size;
	long count;
};
__attribute__((noinline)) void *heap_take(struct heap *heap, size_t size)
{
	char *memory = malloc(heap->header_size + size); /* -> wrapper */

	if (!memory)
		return NULL;
	heap->count++;
	memset(memory, 0, heap->header_size);
	return memory + heap->header_size;
}

__attribute__((noinline)) void record_new(struct heap *heap)
{
	struct record *r = heap_take(heap, sizeof *r); /* -> struct record behind */

	r->id = 1;
	records = r;
}

/* What nothing else begins with is made here: bytes, and then a page. */
__attribute__((noinline)) struct page *page_new(const struct heap *heap,
						long number)
{
	char *memory = malloc(heap->header_size + sizeof(struct page)); /* -> bytes */
	struct page *page;

	if (!memory)
		return NULL;
	page = (struct page *)(void *)(memory + heap->header_size);
	page->content = memory;
	page->number = number;
	page->next = pages;
	return pages = page;
}

/* Aligned memory is no header's business. */
__attribute__((noinline)) struct object *aligned(size_t size, size_t alignment)
{
	char *memory = malloc(size + alignment - 1); /* -> bytes */

	return (struct object *)(void *)
		(((unsigned long)memory + alignment - 1) & -alignment);
}

int main(int count, char **arguments)
{
	struct heap heap = { (size_t)count * 16, 0 };

	(void)arguments;
	found = number_new(count);
	found = list_new((size_t)count);
	found = map_new(&maps);
	found = any_new(&numbers);
	record_new(&heap);
	if (!page_new(&heap, 1))
		return 1;
	found = aligned(sizeof *found, 64);
	puts(found ? "done" : "none");
	return 0;
}
