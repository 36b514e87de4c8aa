/* SPDX-License-Identifier: Apache-2.0 */
/* Growth and shrinkage keep contents; calloc's memory is zero however it was
 * used before. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(int condition, const char *what, size_t size)
{
	if (condition)
		return;
	fprintf(stderr, "%s at %zu\n", what, size);
	exit(1);
}

static unsigned char pattern(size_t i)
{
	return (unsigned char)(i * 7 + i / 251);
}

static void write_pattern(unsigned char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		p[i] = pattern(i);
}

static void check_pattern(const unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size; i += 1 + size / 1000)
		expect(p[i] == pattern(i), "contents are lost", size);
	expect(!size || p[size - 1] == pattern(size - 1), "end is lost", size);
}

static void grow_and_shrink(size_t numerator, size_t denominator, size_t limit)
{
	unsigned char *p = NULL;
	size_t size = 0, next;
	void *fence = NULL;

	while (size < limit) {
		next = size * numerator / denominator + 1;
		p = realloc(p, next);
		expect(p != NULL, "realloc failed", next);
		check_pattern(p, size);
		write_pattern(p, size, next);
		size = next;
		if (size % 3 == 0) {
			free(fence);
			fence = malloc(size / 2);
		}
	}
	while (size > 1) {
		size = size * denominator / numerator;
		if (!size)
			break;
		p = realloc(p, size);
		check_pattern(p, size);
	}
	free(p);
	free(fence);
}

static void check_calloc(void)
{
	static unsigned char *objects[400];

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 400; i++) {
			size_t size = i * i * 3 % 300000;

			objects[i] = calloc(1, size);
			for (size_t k = 0; k < size; k++)
				expect(!objects[i][k], "calloc not zero", size);
			memset(objects[i], 0xff, size);
		}
		for (size_t i = 0; i < 400; i++)
			free(objects[i]);
	}
}

int main(void)
{
	grow_and_shrink(9, 8, 30000000);
	grow_and_shrink(3, 2, 30000000);
	grow_and_shrink(2, 1, 60000000);
	grow_and_shrink(101, 100, 200000);
	check_calloc();
	return 0;
}
