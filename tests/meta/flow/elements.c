/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of arrays and buffers that nothing else tells of: what is put into them.  See
 * chains.c for the arrows.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) int visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
	return what != NULL;
}

/* Flags, by an address that is kept as a number. */
__attribute__((noinline)) int words_match(const char *text, const char *words)
{
	size_t count = strlen(words);
	uintptr_t matches = (uintptr_t)malloc(count * sizeof(int)); /* -> int */

	visit((void *)matches);
	for (size_t i = 0; i < count; i++)
		if (strchr(text, words[i]))
			((int *)matches)[i] = 1;
	return visit((void *)matches);
}

/* Pointers, likewise. */
struct route {
	struct route *next;
	int metric;
};

__attribute__((noinline)) int routes_list(struct route *first)
{
	size_t count = (size_t)first->metric, i = 0;
	uintptr_t list = (uintptr_t)malloc(count * sizeof(void *)); /* -> struct route * */

	for (struct route *r = first; r; r = r->next)
		((struct route **)list)[i++] = r;
	return visit((void *)list);
}

/* Of any size, where an index counts them: as processors have it. */
#ifdef __OPTIMIZE__
__attribute__((noinline)) int routes_place(struct route *first,
					   const char *text)
{
	size_t most = strlen(text);
	uintptr_t list = (uintptr_t)malloc(most + 16); /* at -O2 -> struct route * */

	((struct route **)list)[first->metric] = first;
	return visit((void *)list);
}
#else
#define routes_place(first, text) ((first) && (text))
#endif

/* A number is as large as a pointer: what is returned as such an array is one of
 * pointers where it is made. */
__attribute__((noinline)) unsigned long *routes_copy(struct route *from)
{
	struct route **copy = malloc((size_t)from->metric); /* -> struct route * */
	struct route **at = copy;

	for (; from; from = from->next)
		*at++ = from;
	return (unsigned long *)copy;
}

/* A file's header is the beginning of its bytes. */
#pragma pack(1)
struct file_header {
	uint16_t magic;
	uint32_t size;
	uint32_t reserved;
	uint32_t offset;
};
struct file_info {
	int32_t height, width;
	uint16_t planes[16];
};
#pragma pack()

__attribute__((noinline)) int file_make(const unsigned char *rows)
{
	unsigned int height = rows[0], width = rows[1];
	struct file_header header;
	struct file_info info = { rows[0], rows[1], { 1, 8 } };
	unsigned int size = height * width + 54 + width;
	unsigned char *file = malloc(size); /* -> struct file_header */

	if (!file)
		return 0;
	for (unsigned int i = 0; i < height * width; i++)
		file[54 + i] = rows[i] ^ 1;
	header.magic = 0x4d42;
	header.size = size;
	header.reserved = 0;
	header.offset = 54 + width;
	memcpy(file, &header, sizeof header);
	memcpy(file + sizeof header, &info, sizeof info);
	return visit(file);
}

/* But not where it only replaces another one. */
__attribute__((noinline)) int file_update(const unsigned char *old)
{
	struct file_header header;
	unsigned int size = old[0] + 1000u;
	unsigned char *file = malloc(size); /* -> bytes */

	memcpy(file, old, size);
	header.magic = 0x4d42;
	header.size = size;
	header.reserved = 0;
	header.offset = old[1];
	memcpy(file, &header, sizeof header);
	return visit(file);
}

/* So it is where that is what the size is added to. */
struct message {
	int kind, length;
	char name[40];
};
volatile size_t message_size = sizeof(struct message);

__attribute__((noinline)) int message_send(const struct message *header,
					   const char *text)
{
	size_t length = strlen(text);
	char *bytes = malloc(sizeof *header + length); /* -> struct message */

	memcpy(bytes, header, message_size);
	memcpy(bytes + sizeof *header, text, length);
	return visit(bytes);
}

/* But not where it is one of the things that are put there. */
__attribute__((noinline)) int packet_send(const struct message *header,
					  const char *text)
{
	size_t length = strlen(text);
	char *bytes = malloc(length); /* -> bytes */

	memcpy(bytes, header, message_size);
	memcpy(bytes + sizeof *header, text, length - sizeof *header);
	return visit(bytes);
}

/* Both compilers have names of their own for it. */
__attribute__((noinline)) int roots_find(size_t count)
{
	double _Complex *roots = malloc(count * sizeof *roots); /* -> complex double */

	return visit(roots);
}

/* Records, as many as are asked for, that only the file's functions know. */
struct lane {
	long from, until;
	const char *names[3];
	long lanes[4];
};
uintptr_t lanes;

__attribute__((noinline)) int lane_length(const struct lane *lane)
{
	return (int)(lane->until - lane->from);
}

__attribute__((noinline)) int lanes_make(size_t count, size_t number)
{
	lanes = (uintptr_t)calloc(count, sizeof(struct lane)); /* -> struct lane */

	*(long *)(lanes + sizeof(struct lane) + 8) = 1;
	return lane_length((void *)(lanes + sizeof(struct lane) * number));
}

int main(int argc, char **argv)
{
	struct route route = { NULL, argc };
	struct message message = { argc, argc, "" };

	return words_match(argv[0], argv[1]) + routes_list(&route) +
	       lanes_make((size_t)argc + 1, (size_t)argc) +
	       routes_place(&route, argv[0]) +
	       visit(routes_copy(&route)) + file_make((void *)argv[0]) +
	       file_update((void *)argv[0]) +
	       roots_find((size_t)argc) + message_send(&message, argv[0]) +
	       packet_send(&message, argv[0]);
}
