/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "index/mapped.h"
#include "index/mappings.h"
#include "index/root.h"

/* No mapping of the test lies here. */
#define BASE 0x100000000000ULL
enum { PAGE = 4096 };

static void map(uint64_t page, uint64_t pages, uint64_t site)
{
	const struct allotype_mapping mapping = {
		.base = BASE + page * PAGE,
		.limit = BASE + (page + pages) * PAGE,
		.offset = page,
		.site = site,
		.protection = PROT_READ,
	};

	mapped_add(&mapping);
}

static void unmap(uint64_t page, uint64_t pages)
{
	mapped_unmap_end(mapped_unmap_begin(BASE + page * PAGE,
					    BASE + (page + pages) * PAGE),
			 true);
}

static bool find(uint64_t page, struct allotype_mapping *mapping)
{
	return mappings_find(NULL, &allotype_index, BASE + page * PAGE,
			     mapping);
}

static uint64_t site_at(uint64_t page)
{
	struct allotype_mapping mapping;

	return find(page, &mapping) ? mapping.site : 0;
}

/* More changes than are kept apart. */
static void force_merge(void)
{
	uint64_t before = ((struct allotype_mappings *)(uintptr_t)
				   allotype_index.mappings)
				  ->generation;

	for (int i = 0; i < MAPPED_SLOTS; i++) {
		struct allotype_mappings *now =
			(void *)(uintptr_t)allotype_index.mappings;

		if (now->generation >= before + 2)
			return;
		unmap(1 << 20, 1);
	}
	fail_msg("nothing was merged");
}

static void clear(void)
{
	unmap(0, 1 << 20);
	force_merge();
}

static void test_exact(void **state)
{
	struct allotype_mapping mapping;

	(void)state;
	clear();
	/* Neighbours stay apart, merged or not. */
	map(10, 2, 100);
	map(12, 3, 200);
	for (int i = 0; i < 2; i++) {
		assert_true(find(11, &mapping));
		assert_int_equal(mapping.base, BASE + 10 * PAGE);
		assert_int_equal(mapping.limit, BASE + 12 * PAGE);
		assert_int_equal(mapping.site, 100);
		assert_int_equal(site_at(12), 200);
		assert_int_equal(site_at(14), 200);
		assert_false(find(15, &mapping));
		assert_false(find(9, &mapping));
		force_merge();
	}
}

static void test_unmap_middle(void **state)
{
	struct allotype_mapping mapping;

	(void)state;
	clear();
	map(10, 10, 7);
	unmap(13, 2);
	force_merge();
	assert_true(find(12, &mapping));
	assert_int_equal(mapping.limit, BASE + 13 * PAGE);
	assert_false(find(13, &mapping));
	assert_false(find(14, &mapping));
	assert_true(find(15, &mapping));
	assert_int_equal(mapping.base, BASE + 15 * PAGE);
	assert_int_equal(mapping.limit, BASE + 20 * PAGE);
	/* A fixed mapping over the rest. */
	map(14, 3, 8);
	assert_int_equal(site_at(16), 8);
	force_merge();
	assert_int_equal(site_at(16), 8);
	assert_int_equal(site_at(17), 7);
	assert_int_equal(site_at(12), 7);
}

static void test_failed_unmap(void **state)
{
	uint64_t ticket;

	(void)state;
	clear();
	map(10, 10, 7);
	ticket = mapped_unmap_begin(BASE + 10 * PAGE, BASE + 20 * PAGE);
	/* Not before the system call has returned. */
	assert_int_equal(site_at(10), 7);
	mapped_unmap_end(ticket, false);
	force_merge();
	assert_int_equal(site_at(10), 7);
}

/* Somebody maps again what is being unmapped, before munmap returns. */
static void test_order(void **state)
{
	uint64_t ticket;

	(void)state;
	clear();
	map(10, 10, 7);
	ticket = mapped_unmap_begin(BASE + 10 * PAGE, BASE + 20 * PAGE);
	map(12, 1, 9);
	mapped_unmap_end(ticket, true);
	assert_int_equal(site_at(12), 9);
	assert_int_equal(site_at(11), 0);
	force_merge();
	assert_int_equal(site_at(12), 9);
	assert_int_equal(site_at(11), 0);
}

/* A thread that never comes back from munmap holds up nobody for ever. */
static void test_lost_ticket(void **state)
{
	(void)state;
	clear();
	map(10, 1, 7);
	mapped_unmap_begin(BASE + 10 * PAGE, BASE + 11 * PAGE);
	for (uint64_t i = 0; i < 3 * MAPPED_SLOTS; i++)
		map(100 + i % 50, 1, i + 1);
	assert_int_equal(site_at(10), 0);
	map(5, 1, 55);
	force_merge();
	assert_int_equal(site_at(5), 55);
	mapped_unmap_end(0, true);
}

static void test_protection(void **state)
{
	struct allotype_mapping mapping;

	(void)state;
	clear();
	map(10, 10, 7);
	mapped_protect(BASE + 10 * PAGE, BASE + 20 * PAGE, PROT_NONE);
	for (int i = 0; i < 2; i++) {
		assert_true(find(12, &mapping));
		assert_int_equal(mapping.protection, PROT_NONE);
		assert_int_equal(mapping.flags, 0);
		force_merge();
	}
	mapped_protect(BASE + 10 * PAGE, BASE + 11 * PAGE, PROT_WRITE);
	for (int i = 0; i < 2; i++) {
		assert_true(find(10, &mapping));
		assert_int_equal(mapping.flags, ALLOTYPE_MAPPING_MIXED);
		assert_int_equal(mapping.limit, BASE + 20 * PAGE);
		force_merge();
	}
}

/* The mapping at PAGE reaches as far as the model has its site. */
static void expect_as_model(const uint64_t *model, uint64_t count,
			    uint64_t page)
{
	struct allotype_mapping mapping;
	uint64_t first = page, last = page;

	if (!model[page]) {
		assert_false(find(page, &mapping));
		return;
	}
	while (first > 0 && model[first - 1] == model[page])
		first--;
	while (last < count && model[last] == model[page])
		last++;
	assert_true(find(page, &mapping));
	assert_int_equal(mapping.site, model[page]);
	assert_int_equal(mapping.base, BASE + first * PAGE);
	assert_int_equal(mapping.limit, BASE + last * PAGE);
}

/* Random changes against a plain array of pages. */
static void test_model(void **state)
{
	enum { PAGES = 600, CHANGES = 20000 };
	static uint64_t model[PAGES + 16];

	(void)state;
	clear();
	memset(model, 0, sizeof model);
	srand(1);
	for (uint64_t i = 1; i <= CHANGES; i++) {
		uint64_t page = (uint64_t)rand() % PAGES;
		uint64_t pages = 1 + (uint64_t)rand() % 16;
		uint64_t site = rand() % 3 ? i : 0;

		for (uint64_t k = page; k < page + pages; k++)
			model[k] = site;
		if (site)
			map(page, pages, site);
		else
			unmap(page, pages);
		expect_as_model(model, PAGES + 16, (uint64_t)rand() % PAGES);
	}
	for (uint64_t page = 0; page < PAGES; page++)
		expect_as_model(model, PAGES + 16, page);
}

/* ---- readers against writers ---- */

static int stopping;

struct reading {
	uint64_t found, bad;
};

static void *read_for_ever(void *context)
{
	struct reading *reading = context;

	for (uint64_t i = 0; !__atomic_load_n(&stopping, __ATOMIC_RELAXED);
	     i++) {
		struct allotype_mapping mapping;

		if (!find(i % 64 * 2, &mapping))
			continue;
		/* Never half of one and half of another. */
		if (mapping.limit - mapping.base !=
			    (1 + mapping.site % 2) * PAGE ||
		    mapping.base != BASE + mapping.offset * PAGE)
			reading->bad++;
		__atomic_fetch_add(&reading->found, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Enough changes, and a busy machine has let the reader run as well. */
static bool is_enough(uint64_t changes, const struct reading *reading)
{
	return changes >= 200000 &&
	       (changes >= 100000000 ||
		__atomic_load_n(&reading->found, __ATOMIC_RELAXED) > 1000);
}

static void test_concurrent(void **state)
{
	struct reading reading = { 0, 0 };
	pthread_t thread;

	(void)state;
	clear();
	stopping = 0;
	pthread_create(&thread, NULL, read_for_ever, &reading);
	for (uint64_t i = 0; !is_enough(i, &reading); i++) {
		unmap(i % 64 * 2, 2);
		map(i % 64 * 2, 1 + (i & 1), i | 1 << 20);
	}
	__atomic_store_n(&stopping, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(reading.found > 1000);
	assert_int_equal(reading.bad, 0);
}

static void test_many(void **state)
{
	enum { MANY = 10000, ROUNDS = 20000 };
	struct timespec start, end;
	double ns;

	(void)state;
	clear();
	for (uint64_t i = 0; i < MANY; i++)
		map(2 * i, 1, i + 1);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	for (uint64_t i = 0; i < ROUNDS; i++)
		map(2 * (i * 7919 % MANY), 1, i + 1);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	ns = ((double)(end.tv_sec - start.tv_sec) * 1e9 +
	      (double)(end.tv_nsec - start.tv_nsec)) /
	     ROUNDS;
	print_message("%.0f ns a change among %d mappings\n", ns, MANY);
	assert_int_equal(site_at(2 * ((ROUNDS - 1) * 7919 % MANY)), ROUNDS);
	assert_int_equal(site_at(2 * (MANY - 1) + 1), 0);
	assert_true(ns < 50000);
}

/* ---- the kernel ---- */

static void test_kernel(void **state)
{
	char path[4096], own[4096];
	struct allotype_mapping mapping;
	char *memory = mmap(NULL, 3 * PAGE, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	mprotect(memory + PAGE, PAGE, PROT_READ | PROT_WRITE);
	assert_true(mappings_query_kernel((uintptr_t)memory + PAGE + 5,
					  &mapping));
	assert_int_equal(mapping.base, (uintptr_t)memory + PAGE);
	assert_int_equal(mapping.limit, (uintptr_t)memory + 2 * PAGE);
	assert_int_equal(mapping.protection, PROT_READ | PROT_WRITE);
	munmap(memory, 3 * PAGE);
	assert_false(mappings_query_kernel((uintptr_t)memory + PAGE, &mapping));
	assert_false(mappings_query_kernel(0, &mapping));

	assert_true(mappings_query_kernel((uintptr_t)path, &mapping));
	assert_true(mapping.flags & ALLOTYPE_MAPPING_STACK);
	assert_non_null(realpath("/proc/self/exe", own));
	assert_true(mappings_query_kernel_path((uintptr_t)test_kernel,
					       &mapping, path, sizeof path));
	assert_string_equal(path, own);
	assert_true(mapping.flags & ALLOTYPE_MAPPING_FILE);
	assert_true(mappings_query_kernel_path((uintptr_t)test_kernel,
					       &mapping, path, 3));
	assert_int_equal(strlen(path), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_unmap_middle),
		cmocka_unit_test(test_failed_unmap),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_lost_ticket),
		cmocka_unit_test(test_protection),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_concurrent),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_kernel),
	};

	mapped_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
