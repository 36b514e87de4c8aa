/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects behind headers of sizes that their classes say.  Prints "NAME
 * ADDRESS" lines, what the runtime says of some of them, "ready", and waits
 * for the end of its input.
 */
#include <allotype.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#pragma weak alloc_describe
#pragma weak alloc_get_inner_type
#pragma weak alloc_type_name

struct class {
	const char *name;
	size_t size, item_size, header_size;
};
struct object {
	long references;
	const struct class *class;
};
struct number {
	struct object base;
	double value;
};
struct list {
	struct object base;
	size_t count;
	struct object *items[1];
};
struct plain {
	int id;
	char text[20];
};

static const struct class numbers = { "number", sizeof(struct number), 0, 16 };
static const struct class lists = {
	"list", sizeof(struct list), sizeof(void *), 32
};
/* Instances have slots that C knows nothing of. */
static const struct class extended = { "extended", 40, 0, 48 };

/* Pointers to what objects begin with say nothing of what they are. */
struct object *known[2];

static struct object *make_object(const struct class *class, size_t items)
{
	size_t size = class->size + items * class->item_size;
	char *memory = calloc(1, size + class->header_size);
	struct object *object =
		(struct object *)(void *)(memory + class->header_size);

	((void **)(void *)memory)[0] = memory;
	object->references = 1;
	object->class = class;
	return object;
}

static struct number *new_number(double value)
{
	struct number *number = (struct number *)make_object(&numbers, 0);

	number->value = value;
	return number;
}

static struct list *new_list(size_t count)
{
	struct object *object = make_object(&lists, count);
	struct list *list = (struct list *)object;

	list->count = count;
	return list;
}

static struct object *new_extended(void)
{
	struct object *object = make_object(&extended, 0);

	object->references++;
	return object;
}

/* Plain memory behind as much as the heap says: nothing in it tells where it
 * begins but that it ends with what was asked for. */
struct heap {
	size_t header_size;
};
static void *take(const struct heap *heap, size_t size)
{
	char *memory = malloc(heap->header_size + size);

	return memory + heap->header_size;
}

static struct plain *new_plain(const struct heap *heap)
{
	struct plain *plain = take(heap, sizeof *plain);

	plain->id = 1;
	return plain;
}

static void show(const char *name, const void *address)
{
	char line[256] = "";

	printf("%s %p\n", name, (void *)(size_t)address);
	if (!alloc_describe)
		return;
	alloc_describe(address, line, sizeof line);
	printf("says-%s %s\n", name, line);
	printf("inner-%s %s\n", name,
	       alloc_type_name(alloc_get_inner_type(address)));
}

int main(int argc, char **argv)
{
	struct heap heap = { (size_t)argc * 24 };
	struct number *number = new_number(1.5);
	struct list *list = new_list(4);
	char buffer[16];

	(void)argv;
	known[0] = &number->base;
	known[1] = &list->base;
	show("number", number);
	show("value", &number->value);
	show("header", (char *)number - 16);
	show("list", list);
	show("count", &list->count);
	show("extended", new_extended());
	show("plain", new_plain(&heap));
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, buffer, sizeof buffer) > 0)
		;
	return 0;
}
