/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of kinds that are no size classes: whose it is and what lies
 * between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "heap/heap.h"
#include "heap/kinds.h"
#include "heap/mapper.h"

enum { UNITS = 300 };

static unsigned int make_kind(uint32_t segment, uint64_t object)
{
	struct allotype_kind description = {
		.object_size = object,
		.segment_size = segment,
	};
	unsigned int kind = 0;

	assert_true(heap_init());
	lock_acquire(&kinds_lock);
	assert_true(kinds_create(&description, &mapper_default, &kind));
	lock_release(&kinds_lock);
	assert_true(kind >= KIND_FIRST);
	return kind;
}

static minipage *acquire(unsigned int kind)
{
	minipage *page = unit_acquire(kind);

	assert_non_null(page);
	assert_int_equal(page->kind, kind);
	return page;
}

/* Can all of [BASE, LIMIT) be read and written? */
static bool is_accessible(uintptr_t base, uintptr_t limit)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps)) {
		uintptr_t from, to;
		char mode[5];

		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 ||
		    to <= base || from > base)
			continue;
		if (strncmp(mode, "rw", 2))
			break;
		base = to;
		if (base >= limit)
			break;
	}
	fclose(maps);
	return base >= limit;
}

static void test_kinds_never_share(void **unused)
{
	unsigned int kinds[] = { make_kind(48, 48), make_kind(16, 16) };
	static minipage *pages[2][UNITS];

	(void)unused;
	for (int i = 0; i < UNITS; i++)
		for (int k = 0; k < 2; k++)
			pages[k][i] = acquire(kinds[k]);
	for (int i = 0; i < UNITS; i++)
		for (int j = 0; j < UNITS; j++) {
			intptr_t apart = (intptr_t)(pages[0][i]->base -
						    pages[1][j]->base);

			assert_true(apart > (intptr_t)ALLOTYPE_UNIT_SIZE ||
				    -apart > (intptr_t)ALLOTYPE_UNIT_SIZE);
		}
	for (int i = 0; i < UNITS; i++)
		unit_release(pages[0][i]);
	for (int i = 0; i < UNITS; i++) {
		minipage *page = acquire(kinds[1]);

		for (int j = 0; j < UNITS; j++)
			assert_ptr_not_equal(page, pages[0][j]);
	}
	for (int i = UNITS; i-- > 0;)
		assert_ptr_equal(acquire(kinds[0]), pages[0][i]);
	heap_check();
}

static void test_guards_around_extents(void **unused)
{
	unsigned int kind = make_kind(4096, 4000);
	static minipage *pages[UNITS];

	(void)unused;
	for (int i = 0; i < UNITS; i++) {
		uintptr_t base, before, behind;

		pages[i] = acquire(kind);
		base = pages[i]->base;
		before = base - ALLOTYPE_UNIT_SIZE;
		behind = base + ALLOTYPE_UNIT_SIZE;
		assert_true(is_accessible(base, behind));
		if (!i || pages[i - 1]->base != before)
			assert_false(is_accessible(before, before + 1));
		if (i && pages[i - 1]->base != before)
			assert_false(is_accessible(
				pages[i - 1]->base + ALLOTYPE_UNIT_SIZE,
				pages[i - 1]->base + ALLOTYPE_UNIT_SIZE + 1));
	}
}

static void test_contents_of_objects_stay(void **unused)
{
	unsigned int stable = make_kind(64, 64), other = make_kind(64, 0);
	minipage *kept = acquire(stable), *given = acquire(other);

	(void)unused;
	memset((void *)(uintptr_t)kept->base, 1, 64);
	memset((void *)(uintptr_t)given->base, 1, 64);
	unit_release(kept);
	unit_release(given);
	assert_true(kinds_trim());
	assert_false(kinds_trim());
	assert_int_equal(*(char *)(uintptr_t)kept->base, 1);
	assert_int_equal(*(char *)(uintptr_t)given->base, 0);
	assert_int_equal(acquire(stable)->zero, 0);
	assert_int_equal(acquire(other)->zero, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds_never_share),
		cmocka_unit_test(test_guards_around_extents),
		cmocka_unit_test(test_contents_of_objects_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
