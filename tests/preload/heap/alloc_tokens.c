/* SPDX-License-Identifier: Apache-2.0 */
/* What programs call that clang has compiled with -fsanitize=alloc-token: the
 * malloc family and operator new, with a token as one more argument. */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Weak: the runtime has them, or nobody. */
#define WEAK __attribute__((weak))
WEAK void *__alloc_token_malloc(size_t size, size_t token);
WEAK void *__alloc_token_calloc(size_t count, size_t size, size_t token);
WEAK void *__alloc_token_realloc(void *old, size_t size, size_t token);
WEAK void *__alloc_token_reallocarray(void *old, size_t count, size_t size,
				      size_t token);
WEAK void *__alloc_token_memalign(size_t align, size_t size, size_t token);
WEAK void *__alloc_token_aligned_alloc(size_t align, size_t size,
				       size_t token);
WEAK int __alloc_token_posix_memalign(void **result, size_t align, size_t size,
				      size_t token);
WEAK void *__alloc_token_valloc(size_t size, size_t token);
WEAK void *__alloc_token_pvalloc(size_t size, size_t token);
WEAK void *__alloc_token__Znwm(size_t size, size_t token);
WEAK void *__alloc_token__ZnwmSt11align_val_t(size_t size, size_t align,
					      size_t token);
WEAK void *__alloc_token__ZnwmRKSt9nothrow_t(size_t size, const void *tag,
					     size_t token);
WEAK void *__alloc_token__ZnwmSt11align_val_tRKSt9nothrow_t(
	size_t size, size_t align, const void *tag, size_t token);
WEAK void *__alloc_token__Znam(size_t size, size_t token);
WEAK void *__alloc_token__ZnamSt11align_val_t(size_t size, size_t align,
					      size_t token);
WEAK void *__alloc_token__ZnamRKSt9nothrow_t(size_t size, const void *tag,
					     size_t token);
WEAK void *__alloc_token__ZnamSt11align_val_tRKSt9nothrow_t(
	size_t size, size_t align, const void *tag, size_t token);

#define EXPECT(condition)                                                      \
	((condition) ? (void)0 :                                               \
		       (fprintf(stderr, "%d: %s\n", __LINE__, #condition),     \
			exit(1)))

enum { SIZE = 1000, ALIGN = 256 };
static const size_t token = (size_t)0x8badf00ddeadbeef;

static void check(void *pointer, size_t align, size_t size)
{
	EXPECT(pointer);
	EXPECT((uintptr_t)pointer % align == 0);
	EXPECT(malloc_usable_size(pointer) == size);
	memset(pointer, 0xa5, size);
	free(pointer);
}

static void check_new(void)
{
	const char tag = 0;

	check(__alloc_token__Znwm(SIZE, token), 16, SIZE);
	check(__alloc_token__Znam(SIZE, token), 16, SIZE);
	check(__alloc_token__ZnwmRKSt9nothrow_t(SIZE, &tag, token), 16, SIZE);
	check(__alloc_token__ZnamRKSt9nothrow_t(SIZE, &tag, token), 16, SIZE);
	check(__alloc_token__ZnwmSt11align_val_t(SIZE, ALIGN, token), ALIGN,
	      SIZE);
	check(__alloc_token__ZnamSt11align_val_t(SIZE, ALIGN, token), ALIGN,
	      SIZE);
	check(__alloc_token__ZnwmSt11align_val_tRKSt9nothrow_t(
		SIZE, ALIGN, &tag, token), ALIGN, SIZE);
	check(__alloc_token__ZnamSt11align_val_tRKSt9nothrow_t(
		SIZE, ALIGN, &tag, token), ALIGN, SIZE);
}

static void check_malloc(void)
{
	unsigned char *bytes = __alloc_token_calloc(SIZE, 1, token);
	void *pointer;

	for (size_t i = 0; i < SIZE; i++)
		EXPECT(!bytes[i]);
	bytes[SIZE - 1] = 7;
	bytes = __alloc_token_realloc(bytes, (size_t)8 * SIZE, token);
	EXPECT(bytes[SIZE - 1] == 7);
	bytes = __alloc_token_reallocarray(bytes, 16, SIZE, token);
	EXPECT(bytes[SIZE - 1] == 7);
	check(bytes, 16, (size_t)16 * SIZE);
	check(__alloc_token_malloc(SIZE, token), 16, SIZE);
	check(__alloc_token_memalign(ALIGN, SIZE, token), ALIGN, SIZE);
	check(__alloc_token_aligned_alloc(ALIGN, SIZE, token), ALIGN, SIZE);
	EXPECT(!__alloc_token_posix_memalign(&pointer, ALIGN, SIZE, token));
	check(pointer, ALIGN, SIZE);
	check(__alloc_token_valloc(SIZE, token), 4096, SIZE);
	check(__alloc_token_pvalloc(SIZE, token), 4096, 4096);
}

int main(void)
{
	EXPECT(__alloc_token_malloc);
	check_malloc();
	check_new();
	return 0;
}
