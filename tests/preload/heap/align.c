/* SPDX-License-Identifier: Apache-2.0 */
/* Alignment, size, errno and corner cases of every function of the malloc
 * family. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPECT(condition)                                                      \
	((condition) ? (void)0 :                                               \
		       (fprintf(stderr, "%d: %s\n", __LINE__, #condition),     \
			exit(1)))

static volatile size_t huge = (size_t)1 << 62, top = SIZE_MAX;

static void check(void *pointer, size_t align, size_t size)
{
	EXPECT(pointer);
	EXPECT((uintptr_t)pointer % align == 0);
	EXPECT(malloc_usable_size(pointer) == size);
	memset(pointer, 0xa5, size);
	errno = 4711;
	free(pointer);
	EXPECT(errno == 4711);
}

/* Not a constant: compilers refuse the call otherwise. */
static volatile size_t odd = 24;

static void check_sizes(void)
{
	for (size_t size = 0; size < 40000; size += 1 + size / 16) {
		void *pointer;

		check(malloc(size), 16, size);
		check(calloc(size, 1), 16, size);
		check(realloc(malloc(7), size + 1), 16, size + 1);
		check(reallocarray(NULL, size, 2), 16, 2 * size);
		check(valloc(size), 4096, size);
		check(pvalloc(size), 4096, (size + 4095) / 4096 * 4096);
		for (size_t align = 8; align <= 1 << 21; align *= 2) {
			check(memalign(align, size), align, size);
			check(aligned_alloc(align, size), align, size);
			EXPECT(!posix_memalign(&pointer, align, size));
			check(pointer, align, size);
		}
	}
	/* glibc rounds odd alignments up. */
	check(memalign(odd, 100), 32, 100);
	check(memalign(odd - 24, 100), 16, 100);
}

#define FAILS(expression, error)                                               \
	(errno = 0, EXPECT(!(expression)), EXPECT(errno == (error)))

static void check_failures(void)
{
	void *pointer = malloc(10), *untouched = &pointer;

	FAILS(malloc(huge * 2), ENOMEM);
	FAILS(malloc(top), ENOMEM);
	FAILS(calloc(huge, 8), ENOMEM);
	FAILS(calloc(top / 2, 2), ENOMEM);
	FAILS(realloc(NULL, top), ENOMEM);
	FAILS(reallocarray(NULL, huge, 8), ENOMEM);
	FAILS(memalign(64, top), ENOMEM);
	FAILS(memalign(top, 1), EINVAL);
	FAILS(aligned_alloc(64, top - 4096), ENOMEM);
	FAILS(valloc(top), ENOMEM);
	FAILS(pvalloc(top), ENOMEM);
	EXPECT(posix_memalign(&untouched, 0, 8) == EINVAL);
	EXPECT(posix_memalign(&untouched, 4, 8) == EINVAL);
	EXPECT(posix_memalign(&untouched, 24, 8) == EINVAL);
	EXPECT(posix_memalign(&untouched, 64, top) == ENOMEM);
	EXPECT(untouched == &pointer);
	/* A failed realloc leaves the object alone. */
	memcpy(pointer, "still here", 10);
	FAILS(realloc(pointer, top), ENOMEM);
	EXPECT(!memcmp(pointer, "still here", 10));
	EXPECT(!realloc(pointer, 0));
	EXPECT(malloc_usable_size(NULL) == 0);
	free(NULL);
}

static void check_information(void)
{
	struct mallinfo2 before = mallinfo2(), after;
	char *pointer = malloc(10 << 20), *text = NULL;
	size_t size;
	FILE *stream;

	memset(pointer, 1, 10 << 20);
	after = mallinfo2();
	EXPECT(after.uordblks >= before.uordblks + (10 << 20));
	EXPECT(after.hblkhd >= 10 << 20);
	free(pointer);
	after = mallinfo2();
	EXPECT(after.uordblks < before.uordblks + (1 << 20));
	/* So much went back at once; less is kept. */
	pointer = malloc(500000);
	memset(pointer, 1, 500000);
	free(pointer);
	EXPECT(malloc_trim(0) == 1);
	EXPECT(mallopt(M_MMAP_THRESHOLD, 100000) == 1);
	stream = open_memstream(&text, &size);
	EXPECT(stream && malloc_info(0, stream) == 0);
	EXPECT(malloc_info(1, stream) == EINVAL);
	fclose(stream);
	EXPECT(!strncmp(text, "<malloc version=", 16));
	free(text);
}

int main(void)
{
	check_sizes();
	check_failures();
	check_information();
	return 0;
}
