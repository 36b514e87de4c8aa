/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heap's reader from outside, on memory that makes no sense: it may
 * answer anything, but must not fault, nor run for long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allotype/heap_layout.h"
#include "heap/lookup.h"

enum { HEAP = 0x1000, REGIONS = 0x100000, MEMORY_SIZE = 1 << 22 };
/* Slow under ThreadSanitizer, and about one thread. */
#ifdef __SANITIZE_THREAD__
enum { ROUNDS = 2, LOOKUPS = 500 };
#else
enum { ROUNDS = 6, LOOKUPS = 2000 };
#endif

/* One piece of memory, addressed from 0; all else is not there. */
static unsigned char memory[MEMORY_SIZE];
static unsigned long reads;

static bool read_memory(const struct space *space, uint64_t address,
			void *buffer, size_t size)
{
	(void)space;
	reads++;
	if (address > MEMORY_SIZE || size > MEMORY_SIZE - address)
		return false;
	memcpy(buffer, memory + address, size);
	return true;
}

static const struct space space = { read_memory };
static uint64_t state = 1;

static uint64_t next_random(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 20;
}

static bool visit(void *context, const struct heap_object *object)
{
	(void)object;
	return ++*(unsigned long *)context < 100000;
}

static struct allotype_heap *heap_header(void)
{
	struct allotype_heap *heap = (struct allotype_heap *)(memory + HEAP);

	heap->version = ALLOTYPE_HEAP_VERSION;
	heap->size = sizeof *heap;
	heap->regions = REGIONS;
	heap->region_size = sizeof(struct allotype_region) + 64;
	return heap;
}

static struct allotype_region *region_at(uint32_t index)
{
	return (struct allotype_region *)(memory + REGIONS +
		index * (sizeof(struct allotype_region) + 64));
}

static void make_noise(void)
{
	for (size_t i = 0; i < MEMORY_SIZE; i += 8) {
		uint64_t value = next_random();

		/* Small numbers and addresses are the better noise. */
		value &= next_random() % 4 ? MEMORY_SIZE - 1 : UINT64_MAX;
		memcpy(memory + i, &value, 8);
	}
}

static void test_noise(void **unused)
{
	struct heap_object object;
	unsigned long visits;

	(void)unused;
	for (int round = 0; round < ROUNDS; round++) {
		make_noise();
		heap_header()->region_count = (uint32_t)next_random() % 9000;
		reads = visits = 0;
		for (int i = 0; i < LOOKUPS; i++)
			heap_lookup(&space, HEAP, next_random(), &object);
		heap_walk(&space, HEAP, visit, &visits);
		assert_true(reads < 30000000);
	}
}

/* Regions of a kind that claim to be endless, over memory that ends. */
static void check_endless(uint32_t kind, uint32_t slot_size)
{
	struct heap_object object;
	unsigned long visits = 0;

	memset(memory, 0, sizeof memory);
	memset(memory + MEMORY_SIZE - 4096, 0xff, 4096);
	heap_header()->region_count = 3;
	for (uint32_t i = 1; i <= 2; i++) {
		*region_at(i) = (struct allotype_region){
			.base = 0,
			.limit = UINT64_MAX >> 17,
			.descriptors = MEMORY_SIZE - 4096,
			.used = UINT64_MAX >> (17 + ALLOTYPE_PAGE_SHIFT),
			.kind = kind,
			.index = i,
			.slot_size = slot_size,
			.object_kind = 1000,
		};
	}
	reads = 0;
	for (uint64_t address = 1; address; address <<= 1)
		heap_lookup(&space, HEAP, address, &object);
	heap_walk(&space, HEAP, visit, &visits);
	assert_true(reads < 100000);
}

static void test_endless_regions(void **unused)
{
	(void)unused;
	check_endless(ALLOTYPE_REGION_MINIPAGES, 0);
	check_endless(ALLOTYPE_REGION_RUNS, 0);
	check_endless(ALLOTYPE_REGION_SLOTS, 0);
	check_endless(ALLOTYPE_REGION_SLOTS, 1);
	check_endless(ALLOTYPE_REGION_SLOTS, UINT32_MAX);
}

static void test_foreign_headers_are_refused(void **unused)
{
	struct heap_object object;

	(void)unused;
	memset(memory, 0, sizeof memory);
	heap_header()->version = 99;
	assert_false(heap_lookup(&space, HEAP, 0x5000, &object));
	assert_false(heap_lookup(&space, 0, 0x5000, &object));
	assert_false(heap_lookup(&space, MEMORY_SIZE, 0x5000, &object));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_endless_regions),
		cmocka_unit_test(test_foreign_headers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
