/* SPDX-License-Identifier: Apache-2.0 */
/* A class that grows gets memory for whole MiniPages, others page by page. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/sys.h"
#include "heap/heap.h"

enum {
	SIZE = 2048,
	EACH = ALLOTYPE_UNIT_SIZE / SIZE, /* objects of a MiniPage */
	PAGES = ALLOTYPE_UNIT_SIZE / SYS_PAGE_SIZE,
};

/* Whose memory nobody touches. */
static __attribute__((noinline)) char *allocate(void)
{
	char *data = heap_allocate(SIZE, HEAP_FRAME);

	assert_non_null(data);
	return data;
}

/* Pages with memory of the MiniPage that DATA is in. */
static int resident(const char *data)
{
	unsigned char pages[PAGES];
	int count = 0;

	assert_int_equal(mincore((void *)((uintptr_t)data &
					  -(uintptr_t)ALLOTYPE_UNIT_SIZE),
				 ALLOTYPE_UNIT_SIZE, pages), 0);
	for (int i = 0; i < PAGES; i++)
		count += pages[i] & 1;
	return count;
}

/* Does the kernel do it at all? */
static bool can_populate(void)
{
	void *page = mmap(NULL, SYS_PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool done;

	assert_true(page != MAP_FAILED);
	done = !sys_failed(sys_populate(page, SYS_PAGE_SIZE));
	munmap(page, SYS_PAGE_SIZE);
	return done;
}

static void *first_of_thread(void *unused)
{
	(void)unused;
	return allocate();
}

static void test_growth(void **unused)
{
	enum { GROWN = 10 };
	static char *first[GROWN]; /* of each MiniPage */
	int whole = 0;
	pthread_t thread;
	void *other;

	(void)unused;
	for (int i = 0; i < GROWN; i++) {
		first[i] = allocate();
		for (int k = 1; k < EACH; k++)
			allocate();
	}
	assert_int_equal(resident(first[0]), 0);
	assert_int_equal(resident(first[3]), 0);
	for (int i = 4; i < GROWN; i++)
		whole += resident(first[i]) == PAGES;
	/* One may go without, whose operation asked for more room as well. */
	assert_true(can_populate() ? whole >= GROWN - 5 : whole == 0);
	/* Another thread has not grown. */
	assert_int_equal(pthread_create(&thread, NULL, first_of_thread, NULL),
			 0);
	assert_int_equal(pthread_join(thread, &other), 0);
	assert_int_equal(resident(other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
