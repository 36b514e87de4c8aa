/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers that a function keeps, lets grow and shows to its caller. */
#include <stdlib.h>
#include <string.h>

struct line {
	size_t size;
	char *text;
};
struct line first, second;

__attribute__((noinline)) void *grow(void *old, size_t size)
{
	void *p;

	if (old)
		p = realloc(old, size); /* -> wrapper */
	else
		p = malloc(size); /* -> wrapper */
	if (!p)
		abort();
	return p;
}

/* No copy of its own, so that only the inlined ones tell. */
static inline __attribute__((always_inline)) char *
line_set(struct line *line, const char *text)
{
	size_t size = strlen(text) + 1;

	if (size > line->size) {
		line->text = grow(line->text, size); /* -> bytes */
		line->size = size;
	}
	return memcpy(line->text, text, size);
}

__attribute__((noinline)) int both(const char *a, const char *b)
{
	char *one = line_set(&first, a);
	char *other = line_set(&second, b);

	return one[0] > other[0];
}

/* What is made anew is its caller's, though the wrapper could resize. */
static inline __attribute__((always_inline)) char *copy(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(grow(NULL, size), text, size);
}

__attribute__((noinline)) void keep(const char *a, const char *b)
{
	first.text = copy(a); /* -> bytes */
	second.text = copy(b); /* -> bytes */
}

int main(int argc, char **argv)
{
	keep(argv[0], argv[0]);
	return argc > 5 && both(argv[1], argv[2]);
}
