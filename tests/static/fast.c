/* SPDX-License-Identifier: Apache-2.0 */
/* The heap alone knows its sites from their first call on: the second one takes
 * the fast paths. */
#include <stdio.h>

#include "heap/class.h"

static struct alloc_class *numbers;
static int slow;

static __attribute__((noinline)) void *take(void)
{
	void *pointer = heap_allocate_fast(100, HEAP_RETURNED);

	slow += !pointer;
	return pointer ? pointer : heap_allocate(100, HEAP_FRAME);
}

static __attribute__((noinline)) void give(void *pointer)
{
	if (heap_free_fast(pointer, HEAP_RETURN))
		return;
	slow++;
	heap_free_slow(pointer, HEAP_RETURN);
}

static __attribute__((noinline)) void *take_number(void)
{
	void *number = class_allocate_fast(numbers, HEAP_RETURNED);

	slow += !number;
	return number ? number : class_allocate_slow(numbers, HEAP_FRAME);
}

static __attribute__((noinline)) void give_number(void *number)
{
	if (class_release_fast(numbers, number, HEAP_RETURN))
		return;
	slow++;
	class_release_slow(numbers, number, HEAP_RETURN);
}

int main(void)
{
	const struct alloc_class_config config = { .size = 8 };

	if (class_register(&config, 1, &numbers) != STATUS_OK)
		return 1;
	for (int i = 0; i < 100; i++) {
		give(take());
		give_number(take_number());
	}
	/* The first of each. */
	if (slow <= 4)
		return 0;
	fprintf(stderr, "fast.c: %d slow calls\n", slow);
	return 1;
}
