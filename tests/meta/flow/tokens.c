/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls with the allocation tokens of clang's -fsanitize=alloc-token (LLVM 22),
 * whichever compiler this is; see chains.c for the comments.  A token is a hash
 * of the name of a type; that of int is in LLVM's own tests, too.
 */
#include <stddef.h>
#include <stdlib.h>

void *__alloc_token_malloc(size_t size, size_t token);
void *__alloc_token_calloc(size_t count, size_t size, size_t token);
void *__alloc_token_realloc(void *old, size_t size, size_t token);
int __alloc_token_posix_memalign(void **result, size_t align, size_t size,
				 size_t token);
void *__alloc_token_0_malloc(size_t size);

#define INT 2689373973731826898u
#define WEASEL 14143296695909235225u          /* typehashpointersplit */
#define POINTER_TO_WEASEL 14144305183867959713u
#define POINTER_TO_WEASEL_UNSPLIT 4920933147013183906u /* typehash */
#define LONG 1746326344452541503u
#define UNKNOWN 17u                           /* as with few tokens */

struct weasel {
	long age;
	struct weasel *next;
};
struct weasel *first, *second, **all;

void *volatile sink;

__attribute__((noinline)) void numbers(size_t n)
{
	sink = __alloc_token_malloc(n, INT); /* -> int */
	sink = __alloc_token_calloc(n, sizeof(long), LONG); /* -> long */
}

__attribute__((noinline)) void records(size_t n)
{
	sink = __alloc_token_malloc(n, WEASEL); /* -> struct weasel */
	sink = __alloc_token_malloc(n, POINTER_TO_WEASEL); /* -> struct weasel * */
	sink = __alloc_token_calloc(n, 8, POINTER_TO_WEASEL_UNSPLIT); /* -> struct weasel * */
	sink = __alloc_token_realloc(sink, n, WEASEL); /* -> struct weasel */
}

/* A token of no type; one in the name; what is stored elsewhere. */
__attribute__((noinline)) void others(size_t n)
{
	void *result = NULL;

	first = __alloc_token_malloc(n, UNKNOWN); /* -> struct weasel */
	second = __alloc_token_0_malloc(n); /* -> struct weasel */
	if (!__alloc_token_posix_memalign(&result, 64, n, WEASEL)) /* -> struct weasel */
		sink = result;
}

/* ---- the allocator that such a program is linked with ---- */

__attribute__((noinline)) void *__alloc_token_malloc(size_t size, size_t token)
{
	void *p = malloc(size); /* -> wrapper */

	sink = (void *)token;
	return p;
}

__attribute__((noinline)) void *__alloc_token_calloc(size_t count, size_t size,
						     size_t token)
{
	void *p = calloc(count, size); /* -> wrapper */

	sink = (void *)token;
	return p;
}

__attribute__((noinline)) void *__alloc_token_realloc(void *old, size_t size,
						      size_t token)
{
	void *p = realloc(old, size); /* -> wrapper */

	sink = (void *)token;
	return p;
}

__attribute__((noinline)) int __alloc_token_posix_memalign(void **result,
							   size_t align,
							   size_t size,
							   size_t token)
{
	int error = posix_memalign(result, align, size); /* -> wrapper */

	sink = (void *)token;
	return error;
}

__attribute__((noinline)) void *__alloc_token_0_malloc(size_t size)
{
	void *p = malloc(size); /* -> wrapper */

	sink = (void *)size;
	return p;
}

int main(int argc, char **argv)
{
	(void)argv;
	numbers((size_t)argc * 64);
	records((size_t)argc * 64);
	others((size_t)argc * 64);
	return !first;
}
