/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the size asked for tells of an object, and what follows when nobody
 * holds a pointer to its beginning; see chains.c for the comments.
 */
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

int main(int argc, char **argv)
{
	struct message *m = message_make(); /* has struct message */

	if (!m || entry_add(argc, argv[0]) || queued_add(argv[0]))
		return 1;
	m->next = NULL;
	address_set();
	middle_make((size_t)argc, 5);
	aligned_make((size_t)argc, 64);
	printf("%d %p %p %p %p %p\n", allocated, (void *)entries, (void *)head,
	       (void *)address, (void *)middle, (void *)aligned);
	return message_send(stdout, argv[0]);
}
