/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of objects that are too large for MiniPages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/options.h"
#include "heap/big.h"
#include "heap/class.h"
#include "heap/failure.h"
#include "heap/lookup.h"
#include "heap/mapper.h"
#include "class_user.h"
#include "death.h"

enum { SIZE = 40000, SLOT = 40960, LARGEST = 64 << 20, OBJECTS = 300, FEW = 8 };

static char *objects[OBJECTS];

static struct alloc_class *make_size(size_t size)
{
	return make((struct alloc_class_config){ .size = size });
}

static struct alloc_class_stats stats_of(const struct alloc_class *of)
{
	struct alloc_class_stats stats;

	class_get_stats(of, &stats);
	return stats;
}

static struct heap_object look(const void *address)
{
	struct heap_object object;

	assert_true(heap_lookup(NULL, heap_published_address(),
				(uintptr_t)address, &object));
	return object;
}

static void assert_answer(const struct alloc_class *of, const char *address,
			  const char *base, size_t size, enum heap_state state)
{
	struct heap_object seen = look(address);

	assert_int_equal(seen.base, (uintptr_t)base);
	assert_int_equal(seen.size, size);
	assert_int_equal(seen.capacity, stats_of(of).slot_size);
	assert_int_equal(seen.state, state);
	assert_int_equal(seen.class_id, class_id(of));
	assert_true(seen.site != 0);
	assert_int_equal(seen.free_site != 0, state == HEAP_STATE_FREED);
	assert_ptr_equal(class_of((uintptr_t)address), of);
}

static void check_answers(size_t size, size_t align, size_t slot)
{
	struct alloc_class *made = make((struct alloc_class_config){
		.size = size, .align = align });
	int count = size > 1 << 20 ? 2 : FEW;

	assert_int_equal(stats_of(made).slot_size, slot);
	assert_int_equal(stats_of(made).object_size, size);
	for (int i = 0; i < count; i++) {
		char *p = objects[i] = take(made);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % (align ? align : 4096), 0);
		p[0] = p[size - 1] = (char)i;
		assert_answer(made, p, p, size, HEAP_STATE_LIVE);
		assert_answer(made, p + size / 2, p, size, HEAP_STATE_LIVE);
		assert_answer(made, p + slot - 1, p, size, HEAP_STATE_LIVE);
		assert_int_equal(heap_size(p), size);
	}
	for (int i = 0; i < count; i++) {
		char *p = objects[i];

		assert_int_equal(p[size - 1], i);
		give(made, p);
		assert_answer(made, p, p, size, HEAP_STATE_FREED);
		assert_answer(made, p + size - 1, p, size, HEAP_STATE_FREED);
		assert_int_equal(heap_size(p), 0);
	}
	assert_int_equal(stats_of(made).allocated, count);
	assert_int_equal(stats_of(made).live, 0);
	heap_check();
}

static void test_answers(void **unused)
{
	(void)unused;
	check_answers(32769, 0, 36864);
	check_answers(SIZE, 0, SLOT);
	check_answers(SIZE, 64, SLOT);
	check_answers(40960, 0, 40960);
	check_answers(SIZE, 32768, 65536);
	check_answers(65536, 0, 65536);
	check_answers(1000001, 16384, 1015808);
	check_answers(LARGEST - 1, 0, LARGEST);
	check_answers(LARGEST, 0, LARGEST);
}

static void test_too_large(void **unused)
{
	const struct alloc_class_config config = { .size = LARGEST + 1 };
	struct alloc_class *made = NULL;

	(void)unused;
	assert_int_equal(class_register(&config, 1, &made), STATUS_BAD_INPUT);
	assert_null(made);
}

static bool is_filled(const char *object, size_t size, char value)
{
	return object[0] == value && !memcmp(object, object + 1, size - 1);
}

/* What was written stays until the next one writes, or all is trimmed. */
static void test_contents(void **unused)
{
	struct alloc_class *made = make_size(SIZE);

	(void)unused;
	for (int i = 0; i < OBJECTS; i++) {
		objects[i] = take(made);
		assert_true(is_filled(objects[i], SIZE, 0));
		memset(objects[i], i, SIZE);
	}
	for (int i = 0; i < OBJECTS; i++)
		give(made, objects[i]);
	heap_trim();
	for (int i = 0; i < OBJECTS; i++)
		assert_true(is_filled(objects[i], SIZE, (char)i));
	assert_ptr_equal(take(made), objects[OBJECTS - 1]);
	assert_true(kinds_trim_kind(made->kind));
	assert_false(kinds_trim_kind(made->kind));
	for (int i = 0; i < OBJECTS - 1; i++)
		assert_true(is_filled(objects[i], SIZE, 0));
	assert_true(is_filled(objects[OBJECTS - 1], SIZE,
			      (char)(OBJECTS - 1)));
	heap_check();
}

/* Of both sides of where memory is replaced rather than filled. */
static void test_zero_init(void **unused)
{
	static const size_t sizes[] = { SIZE, 131071, 131072, 3 << 20 };

	(void)unused;
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		struct alloc_class *made = make((struct alloc_class_config){
			.size = sizes[s], .zero_init = true });

		for (int i = 0; i < 3 * FEW; i++) {
			char *p = objects[i] = take(made);

			assert_true(is_filled(p, sizes[s], 0));
			memset(p, 0x5a, sizes[s]);
			if (i % 3)
				give(made, p);
		}
		/* Until then they are as they were left. */
		assert_true(is_filled(objects[1], sizes[s], 0x5a));
		for (int i = 0; i < 3 * FEW; i += 3)
			give(made, objects[i]);
	}
	heap_check();
}

/* Memory of a class stays its own, and is used again. */
static void test_memory_is_type_stable(void **unused)
{
	struct alloc_class *first = make_size(SIZE), *second = make_size(SIZE);
	size_t mapped;

	(void)unused;
	for (int i = 0; i < OBJECTS; i++)
		objects[i] = take(first);
	mapped = stats_of(first).mapped_bytes;
	for (int i = 0; i < OBJECTS; i++)
		give(first, objects[i]);
	kinds_trim_kind(first->kind);
	heap_trim();
	for (int i = 0; i < OBJECTS; i++) {
		char *other = i % 2 ? take(second) :
				      heap_allocate(SIZE, HEAP_FRAME);

		for (int k = 0; k < OBJECTS; k++)
			assert_true(other >= objects[k] + SLOT ||
				    other + SLOT <= objects[k]);
		/* A whole unit is between two classes. */
		for (int at = -65536; at <= SLOT + 65536; at += 4096)
			assert_true(class_of((uintptr_t)other + at) != first);
	}
	for (int i = 0; i < OBJECTS; i++)
		assert_ptr_equal(class_of((uintptr_t)take(first)), first);
	assert_int_equal(stats_of(first).mapped_bytes, mapped);
	heap_check();
}

/* But for the first of a region: one system call for memory at most. */
static void test_calls(void **unused)
{
	struct alloc_class *made = make((struct alloc_class_config){
		.size = 200000, .zero_init = true });

	(void)unused;
	for (int i = 0; i < 3 * OBJECTS; i++) {
		uint32_t regions = region_heap.region_count;
		uint32_t calls = reserve_calls;
		char *p = take(made);

		assert_non_null(p);
		if (regions == region_heap.region_count)
			assert_true(reserve_calls - calls <= 1);
		calls = reserve_calls;
		if (i % 3)
			give(made, p);
		assert_true(reserve_calls - calls <= 1);
	}
	heap_check();
}

static bool note_visit(void *context, const struct heap_object *object)
{
	const struct alloc_class *of = *(struct alloc_class **)context;

	if (object->class_id == class_id(of))
		memset((void *)(uintptr_t)object->base, 1, 1);
	return true;
}

static void test_walk(void **unused)
{
	struct alloc_class *made = make_size(SIZE);

	(void)unused;
	for (int i = 0; i < FEW; i++)
		objects[i] = take(made);
	for (int i = 0; i < FEW; i += 2)
		give(made, objects[i]);
	heap_walk(NULL, heap_published_address(), note_visit, &made);
	for (int i = 0; i < FEW; i++)
		assert_int_equal(objects[i][0], i % 2);
}

static void test_counts(void **unused)
{
	struct alloc_class *made = make_size(SIZE);
	struct alloc_heap_totals before, after;

	(void)unused;
	heap_count(&before, NULL, 0);
	for (int i = 0; i < FEW; i++)
		objects[i] = take(made);
	give(made, objects[0]);
	heap_count(&after, NULL, 0);
	assert_int_equal(after.allocations - before.allocations, FEW);
	assert_int_equal(after.frees - before.frees, 1);
	assert_int_equal(after.live - before.live, FEW - 1);
	assert_int_equal(after.live_bytes - before.live_bytes,
			 (FEW - 1) * SIZE);
	assert_int_equal(after.data_bytes - before.data_bytes, FEW * SLOT);
	kinds_trim_kind(made->kind);
	heap_count(&after, NULL, 0);
	assert_int_equal(after.data_bytes - before.data_bytes,
			 (FEW - 1) * SLOT);
}

static void test_heap_limit(void **unused)
{
	struct alloc_class *made = make_size(SIZE);
	void *last = take(made), *object;
	int count = 0;

	(void)unused;
	lock_acquire(&region_lock);
	options.heap_limit = unit_committed() + big_committed() + 10 * SLOT;
	lock_release(&region_lock);
	for (; (object = take(made)); last = object)
		count++;
	assert_int_equal(failure_cause(), ALLOC_FAILURE_LIMIT);
	assert_int_equal(count, 10);
	give(made, last);
	assert_non_null(take(made));
	assert_null(take(made));
	options.heap_limit = 0;
	assert_non_null(take(made));
	assert_int_equal(stats_of(made).live, count + 2);
	heap_check();
}

/* ---- threads and children ---- */

enum { THREADS = 4, TRADES = 3000, PLACES = 32 };

static struct alloc_class *traded[2];
static void *exchange[2][PLACES];

static void *trade(void *argument)
{
	uint64_t state = (uintptr_t)argument * 77 + 1;

	for (int i = 0; i < TRADES; i++) {
		uint64_t *mine, *other;
		int n = i & 1;

		state = state * 6364136223846793005u + 1442695040888963407u;
		mine = take(traded[n]);
		*mine = (uintptr_t)mine;
		other = __atomic_exchange_n(&exchange[n][state >> 59], mine,
					    __ATOMIC_ACQ_REL);
		if (other) {
			assert_int_equal(*other, (uintptr_t)other);
			give(traded[n], other);
		}
	}
	return NULL;
}

static void give_exchanged(void)
{
	for (int n = 0; n < 2; n++)
		for (int i = 0; i < PLACES; i++)
			give(traded[n], exchange[n][i]);
}

static void run_traders(bool with_children)
{
	pthread_t threads[THREADS];
	int status;

	memset(exchange, 0, sizeof exchange);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, trade,
						(void *)i), 0);
	for (int i = 0; with_children && i < 10; i++) {
		pid_t child;

		heap_fork_prepare();
		child = fork();
		if (!child) {
			heap_fork_child();
			heap_check();
			give_exchanged();
			memset(exchange, 0, sizeof exchange);
			trade(NULL);
			heap_check();
			_exit(0);
		}
		heap_fork_parent();
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void test_threads(void **unused)
{
	(void)unused;
	traded[0] = make_size(SIZE);
	traded[1] = make((struct alloc_class_config){ .size = 150000,
						      .zero_init = true });
	run_traders(false);
	give_exchanged();
	for (int n = 0; n < 2; n++) {
		assert_int_equal(stats_of(traded[n]).allocated,
				 THREADS * TRADES / 2);
		assert_int_equal(stats_of(traded[n]).live, 0);
		/* As many as were live at once, and what is committed ahead. */
		assert_true(stats_of(traded[n]).mapped_bytes <=
			    2 * (PLACES + 2 * THREADS) *
				    stats_of(traded[n]).slot_size);
	}
	heap_check();
}

/* Children of a fork amidst that: what threads had in hand is lost to them,
 * all else is as it was. */
static void test_fork_amidst_threads(void **unused)
{
	(void)unused;
#if defined __SANITIZE_THREAD__
	/* It misses threads in children, as they end. */
	skip();
#endif
	run_traders(true);
	give_exchanged();
	heap_check();
}

/* Of memory that is shared the child has nothing but the records. */
static void child_of_shared(struct alloc_class *made)
{
	for (int i = 1; i < FEW; i += 2)
		give(made, objects[i]);
	for (int i = 0; i < OBJECTS; i++) {
		char *p = take(made);

		for (int k = 0; k < FEW; k++)
			if (p == objects[k])
				_exit(1);
		memset(p, 1, SIZE);
	}
	if (look(objects[2]).state != HEAP_STATE_LIVE ||
	    look(objects[3]).state != HEAP_STATE_FREED)
		_exit(2);
	heap_check();
	_exit(0);
}

static void test_file_and_fork(void **unused)
{
	struct alloc_class *made = make((struct alloc_class_config){
		.size = SIZE, .mapper = "file" });
	int status;
	pid_t child;

	(void)unused;
	for (int i = 0; i < FEW; i++) {
		objects[i] = take(made);
		assert_non_null(objects[i]);
		memset(objects[i], 7, SIZE);
	}
	give(made, objects[0]);
	heap_fork_prepare();
	child = fork();
	if (!child) {
		heap_fork_child();
		child_of_shared(made);
	}
	heap_fork_parent();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	for (int i = 0; i < FEW; i++)
		assert_true(is_filled(objects[i], SIZE, 7));
	assert_int_equal(stats_of(made).live, FEW - 1);
	assert_true(kinds_trim_kind(made->kind));
	assert_true(is_filled(objects[0], SIZE, 0));
	heap_check();
}

/* ---- a mapper that fails ---- */

static struct {
	int reserves, releases, left; /* calls that succeed yet */
	size_t committed;
} own;

static void *own_reserve(void *context, size_t size, size_t align)
{
	char *base;

	(void)context;
	if (own.left-- <= 0)
		return NULL;
	base = mmap(NULL, size + align, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(base, MAP_FAILED);
	own.reserves++;
	return base + align - (uintptr_t)base % align;
}

static bool own_commit(void *context, void *base, size_t size)
{
	(void)context;
	assert_int_equal((uintptr_t)base % 65536, 0);
	assert_int_equal(size % 65536, 0);
	if (own.left-- <= 0)
		return false;
	own.committed += size;
	return !mprotect(base, size, PROT_READ | PROT_WRITE);
}

static void own_release(void *context, void *base, size_t size)
{
	(void)context;
	own.releases++;
	munmap(base, size);
}

static const struct alloc_mapper own_mapper = {
	.name = "own",
	.reserve = own_reserve,
	.commit = own_commit,
	.release = own_release,
};

static void test_failing_mapper(void **unused)
{
	struct alloc_class *made;

	(void)unused;
	lock_acquire(&kinds_lock);
	assert_int_equal(mapper_register(&own_mapper), STATUS_OK);
	lock_release(&kinds_lock);
	made = make((struct alloc_class_config){
		.size = 200000, .mapper = "own", .zero_init = true });
	assert_null(take(made));
	/* What was reserved for nothing is used later. */
	for (int i = 0; i < FEW; i++) {
		own.left = i ? 0 : 1;
		assert_null(take(made));
		assert_int_equal(own.reserves, 1);
	}
	for (int i = 0; i < OBJECTS; i++) {
		void *p;

		own.left = i % 5;
		p = take(made);
		own.left = 2;
		if (!p)
			p = take(made);
		assert_non_null(p);
		assert_true(is_filled(p, 200000, 0));
		memset(p, 1, 200000);
		if (i % 3)
			give(made, p);
	}
	assert_int_equal(stats_of(made).mapped_bytes, own.committed);
	/* It cannot give back, so zeros are written. */
	assert_false(kinds_trim_kind(made->kind));
	assert_true(is_filled(take(made), 200000, 0));
	assert_int_equal(own.releases, 0);
	heap_check();
}

/* ---- misuse ---- */

static struct alloc_class *first, *second;

static void release_to_wrong_class(void)
{
	give(first, take(second));
}

static void release_malloced(void)
{
	give(first, heap_allocate(SIZE, HEAP_FRAME));
}

static void free_object(void)
{
	heap_free(take(second), HEAP_RETURN);
}

static void reallocate_object(void)
{
	heap_reallocate(take(second), 100, HEAP_FRAME);
}

static void release_twice(void)
{
	char *p = take(first);

	give(first, p);
	give(first, p);
}

static void release_inside(void)
{
	give(first, (char *)take(first) + 36864);
}

static void release_inside_freed(void)
{
	char *p = take(first);

	give(first, p);
	give(first, p + 4096);
}

static void release_unused(void)
{
	give(first, (char *)take(first) + 10 * SLOT);
}

static void release_guard(void)
{
	char *p = take(first);

	while (class_of((uintptr_t)p - 1) == first)
		p -= SLOT;
	give(first, p - 4096);
}

static void split_object(void)
{
	bool no_memory;

	heap_split(take(first), 4096, 1, &no_memory);
}

static void test_misuse_dies(void **unused)
{
	(void)unused;
	first = make((struct alloc_class_config){ .name = "first",
						  .size = SIZE });
	second = make((struct alloc_class_config){ .name = "second",
						   .size = 2 * SIZE });
	expect_death(release_to_wrong_class,
		     "allotype: class mismatch: release(0x",
		     ") to class first at 0x");
	expect_death(release_to_wrong_class, "allotype: class mismatch: ",
		     ": an object of class second: 80000 bytes at 0x");
	expect_death(release_malloced, "allotype: class mismatch: release(0x",
		     ": an object of no class: 40000 bytes at 0x");
	expect_death(free_object, "allotype: class mismatch: free(0x",
		     ": an object to be released to class second: 80000 bytes");
	expect_death(reallocate_object, "allotype: class mismatch: realloc(0x",
		     ": an object to be released to class second: 80000 bytes");
	expect_death(release_twice, "allotype: double free: release(0x",
		     ": freed, 40000 bytes at 0x");
	expect_death(release_inside,
		     "allotype: release inside an object: release(0x",
		     " +36864");
	expect_death(release_inside_freed,
		     "allotype: release inside a freed object: release(0x",
		     " +4096");
	expect_death(release_unused,
		     "allotype: release of memory that was never allocated: ",
		     "release(0x");
	expect_death(release_guard,
		     "allotype: release of memory that was never allocated: ",
		     "release(0x");
	expect_death(split_object,
		     "allotype: class mismatch: alloc_split(0x",
		     ": an object to be released to class first");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_zero_init),
		cmocka_unit_test(test_memory_is_type_stable),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_heap_limit),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_fork_amidst_threads),
		cmocka_unit_test(test_file_and_fork),
		cmocka_unit_test(test_failing_mapper),
		cmocka_unit_test(test_misuse_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
