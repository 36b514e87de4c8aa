/* SPDX-License-Identifier: Apache-2.0 */
/* What memcheck must find, or must not: one thing a run, by its name. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allotype.h"

static void *volatile kept;

static __attribute__((noinline)) void *leak(size_t size)
{
	return malloc(size);
}

static void overwrite_stack(void)
{
	volatile char bytes[4096];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = 0;
}

/* SIZE bytes that nobody knows any more, and what is kept before and after
 * them, so that they are found wherever they lie. */
static void leak_one(size_t size)
{
	memset(leak(size), 1, size);
	overwrite_stack();
}

static void *use(void *argument)
{
	char *objects[50] = { NULL };

	for (int i = 0; i < 2000; i++) {
		size_t size = i % 97 ? (size_t)i % 600 : 100000;
		char **slot = &objects[i % 50];

		free(*slot);
		*slot = i % 3 ? malloc(size) : calloc(size, 1);
		if (i % 3)
			memset(*slot, 7, size);
		if (i % 5 == 0) {
			*slot = realloc(*slot, size * 2 + 1);
			memset(*slot, 7, size * 2 + 1);
		}
		if (size && (*slot)[size - 1] == 5)
			puts("five");
	}
	for (int i = 0; i < 50; i++)
		free(objects[i]);
	return argument;
}

static void be_clean(void)
{
	struct alloc_info info;
	char line[300], *aligned = NULL;
	pthread_t thread;

	pthread_create(&thread, NULL, use, NULL);
	use(NULL);
	pthread_join(thread, NULL);
	if (!posix_memalign((void **)&aligned, 256, 100))
		memset(aligned, 1, 100);
	kept = strdup("kept");
	if (alloc_get_info(aligned + 50, &info) || info.size != 100)
		puts("no answer");
	alloc_describe(aligned, line, sizeof line);
	alloc_describe(line, line, sizeof line);
	free(aligned);
	printf("%s\n", (char *)kept);
	free(kept);
}

int main(int count, char *arguments[])
{
	const char *what = count > 1 ? arguments[1] : "";
	size_t size = count > 2 ? strtoul(arguments[2], NULL, 10) : 40;
	volatile char *bytes;

	if (!strcmp(what, "clean")) {
		be_clean();
	} else if (!strcmp(what, "leak")) {
		leak_one(size);
	} else if (!strcmp(what, "uninitialised")) {
		bytes = malloc(size);
		if (bytes[size / 2])
			puts("set");
		free((void *)bytes);
	} else if (!strcmp(what, "grown")) {
		bytes = calloc(size, 1);
		bytes = realloc((void *)bytes, size + 8);
		if (bytes[size - 1] || bytes[size + 7])
			puts("set");
		free((void *)bytes);
	} else if (!strcmp(what, "freed")) {
		bytes = calloc(size, 1);
		free((void *)bytes);
		return bytes[size / 2];
	} else if (!strcmp(what, "beyond")) {
		/* Not side by side: memcheck would name either. */
		bytes = calloc(size, 1);
		kept = calloc(3 * size, 1);
		bytes[size] = 1;
		free((void *)bytes);
		free(kept);
	} else if (!strcmp(what, "twice")) {
		bytes = calloc(size, 1);
		free((void *)bytes);
		free((void *)bytes);
	}
	return 0;
}
