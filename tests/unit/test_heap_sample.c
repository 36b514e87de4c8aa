/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of allocations: what they stand for is right on average, what they
 * are is what the heap answers, and nothing of them stays behind. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/exponential.h"
#include "heap/class.h"
#include "heap/heap.h"
#include "heap/lookup.h"
#include "heap/sample.h"

enum { PERIOD = 4096, OBJECTS = 20000, WORKERS = 4 };

static void *objects[OBJECTS];

static __attribute__((noinline)) void *allocate(size_t size)
{
	return heap_allocate(size, HEAP_FRAME);
}

static __attribute__((noinline)) void release(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}

static __attribute__((noinline)) void *reallocate(void *p, size_t size)
{
	return heap_reallocate(p, size, HEAP_FRAME);
}

static const struct allotype_profile *profile(void)
{
	const struct allotype_heap *heap =
		(const void *)(uintptr_t)heap_published_address();

	return (const void *)(uintptr_t)heap->profile;
}

/* Everything that chains count: since START, if that is not NULL. */
struct sums {
	double objects, bytes;           /* ever allocated */
	double live_objects, live_bytes;
	unsigned int samples;
};

static struct sums sum_up(const struct sums *start)
{
	struct sums sums = { .samples = 0 };
	const struct allotype_chain *chain;
	const struct allotype_sample *sample;
	const uint64_t *buckets = (const void *)(uintptr_t)profile()->samples;

	lock_acquire(&sample_lock);
	for (uint64_t at = profile()->chains; at; at = chain->next) {
		chain = (const void *)(uintptr_t)at;
		sums.objects += (double)chain->objects / ALLOTYPE_SAMPLE_UNIT;
		sums.bytes += (double)chain->bytes;
	}
	for (int i = 0; i < 1 << ALLOTYPE_SAMPLE_BITS; i++) {
		for (uint64_t at = buckets[i]; at; at = sample->next) {
			sample = (const void *)(uintptr_t)at;
			sums.samples++;
			sums.live_objects += (double)sample->weight /
					     ALLOTYPE_SAMPLE_UNIT;
			sums.live_bytes += (double)allotype_sample_bytes(
				sample->size, sample->weight);
		}
	}
	lock_release(&sample_lock);
	if (start) {
		sums.objects -= start->objects;
		sums.bytes -= start->bytes;
	}
	return sums;
}

/* The variance of the estimated number of COUNT objects that take SPACE bytes
 * each. */
static double variance(double count, double space)
{
	double share = -expm1(-space / PERIOD);

	return count * (1 - share) / share;
}

/* ESTIMATE is within four standard deviations of TRUTH, and what samples are
 * good for: no exact count. */
static void expect_near(double estimate, double truth, double variance)
{
	double bound = 4 * sqrt(variance) + 0.002 * truth;

	if (fabs(estimate - truth) > bound)
		fail_msg("%.0f is not %.0f within %.0f", estimate, truth,
			 bound);
}

static size_t space_of(size_t size)
{
	return size <= CLASS_SIZE_MAX ? class_size(class_of_size(size)) : size;
}

static void test_share(void **state)
{
	(void)state;
	for (double x = 1e-9; x < 100; x *= 1.07)
		assert_true(fabs(exponential_share(x) / -expm1(-x) - 1) <
			    1e-12);
	assert_true(exponential_share(0) == 0);
}

static void test_draw(void **state)
{
	enum { DRAWS = 200000 };
	uint64_t random = 12345;
	unsigned int above = 0;
	double sum = 0;

	(void)state;
	for (int i = 0; i < DRAWS; i++) {
		uint64_t drawn;

		random = random * 6364136223846793005u + 1442695040888963407u;
		drawn = exponential_draw(random ^ random >> 32, 1000000);
		sum += (double)drawn;
		above += drawn >= 2000000;
	}
	assert_true(fabs(sum / DRAWS / 1e6 - 1) < 4 / sqrt(DRAWS));
	assert_true(fabs((double)above / DRAWS - exp(-2)) <
		    4 * sqrt(exp(-2) / DRAWS));
	assert_int_equal(exponential_draw(0, 1000), 0);
	assert_int_equal(exponential_draw(UINT64_MAX, 1000), 0);
	assert_int_equal(exponential_draw(1, UINT64_MAX), UINT64_MAX / 2);
	/* ln(2) */
	assert_int_equal(exponential_draw(UINT64_C(1) << 63, 1000000000),
			 693147180);
}

/* COUNT objects of SIZE bytes, all of which live at a time, freed in another
 * order. */
static void estimate_size(size_t size, unsigned int count)
{
	const struct sums start = sum_up(NULL);
	double spread = variance(count, (double)space_of(size));
	struct sums sums;

	assert_int_equal(start.samples, 0);
	for (unsigned int i = 0; i < count; i++)
		objects[i] = allocate(size);
	sums = sum_up(&start);
	expect_near(sums.objects, count, spread);
	expect_near(sums.bytes, (double)count * (double)size,
		    spread * (double)size * (double)size);
	assert_true(fabs(sums.live_objects - sums.objects) < 1);
	assert_true(sums.samples > 0);
	heap_check();
	for (unsigned int i = 0; i < count; i += 2)
		release(objects[i]);
	sums = sum_up(&start);
	expect_near(sums.live_objects, count / 2, spread);
	for (unsigned int i = 1; i < count; i += 2)
		release(objects[i]);
	assert_int_equal(sum_up(NULL).samples, 0);
	heap_check();
}

static void test_sizes(void **state)
{
	(void)state;
	estimate_size(16, 20000);
	estimate_size(100, 20000);
	estimate_size(1000, 8000);
	estimate_size(5000, 2000);
	estimate_size(30000, 300);
	estimate_size(70000, 200);
}

/* What never leaves the stacks of free segments without samples. */
static void test_pairs(void **state)
{
	const struct sums start = sum_up(NULL);
	struct sums sums;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		void *p = allocate(200);

		release(p);
	}
	sums = sum_up(&start);
	expect_near(sums.objects, 100000,
		    variance(100000, (double)space_of(200)));
	assert_int_equal(sums.samples, 0);
}

/* Small objects beside large ones: neither draws events from the other. */
static void test_mixture(void **state)
{
	enum { SMALL = 24, LARGE = 3000, ROUNDS = 4000, EACH = 9 };
	double small = 0, large = 0;
	const struct allotype_sample *sample;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		void *mine[EACH + 1];

		for (int k = 0; k < EACH; k++)
			mine[k] = allocate(SMALL);
		mine[EACH] = allocate(LARGE);
		for (int k = 0; k <= EACH; k++) {
			sample = sample_table_find((uintptr_t)mine[k]);
			if (sample && k < EACH)
				small += (double)sample->weight;
			else if (sample)
				large += (double)sample->weight;
			release(mine[k]);
		}
	}
	expect_near(small / ALLOTYPE_SAMPLE_UNIT, ROUNDS * EACH,
		    variance(ROUNDS * EACH, (double)space_of(SMALL)));
	expect_near(large / ALLOTYPE_SAMPLE_UNIT, ROUNDS,
		    variance(ROUNDS, (double)space_of(LARGE)));
}

static struct heap_object look(const void *address)
{
	struct heap_object object;

	assert_true(heap_lookup(NULL, heap_published_address(),
				(uintptr_t)address, &object));
	return object;
}

/* An object of one site that is a sample or not; NULL after many others. */
static __attribute__((noinline)) void *find_object(size_t size, bool sampled)
{
	for (int i = 0; i < 100000; i++) {
		void *p = allocate(size);

		if (!sample_table_find((uintptr_t)p) != sampled)
			return p;
		release(p);
	}
	return NULL;
}

static void test_answers(void **state)
{
	static const size_t sizes[] = { 40, 1000, 30000, 50000, 300000 };

	(void)state;
	for (unsigned int i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char *p = find_object(sizes[i], true);
		char *q = find_object(sizes[0], false);
		uint32_t site = look(q).site;

		assert_non_null(p);
		assert_false(heap_free_fast(p, HEAP_RETURN));
		assert_int_equal(look(p + 17).state, HEAP_STATE_LIVE);
		assert_int_equal(look(p + 17).size, sizes[i]);
		assert_int_equal(look(p).site, site);
		assert_int_equal(heap_size(p), sizes[i]);
		release(p);
		assert_int_equal(look(p).state, HEAP_STATE_FREED);
		assert_int_equal(look(p).site, site);
		assert_null(sample_table_find((uintptr_t)p));
		release(q);
	}
}

/* What stays in its segment stays a sample, with its new size. */
static void test_resize(void **state)
{
	char *p = find_object(40, true), *q;
	const struct allotype_sample *sample;
	bool no_memory;

	(void)state;
	q = reallocate(p, 36);
	assert_ptr_equal(q, p);
	sample = sample_table_find((uintptr_t)p);
	assert_non_null(sample);
	assert_int_equal(sample->size, 36);
	assert_int_equal(sample->site, look(p).site);
	assert_int_equal(look(p).size, 36);
	assert_true(heap_resize_in_place(p, 41, HEAP_FRAME));
	assert_int_equal(look(p).size, 41);
	assert_non_null(sample_table_find((uintptr_t)p));
	q = reallocate(p, 4000);
	assert_ptr_not_equal(q, p);
	assert_null(sample_table_find((uintptr_t)p));
	release(q);
	p = find_object(1000, true);
	q = heap_split(p, 512, HEAP_RETURN, &no_memory);
	assert_non_null(q);
	assert_null(sample_table_find((uintptr_t)p));
	assert_int_equal(look(p).site, look(q).site);
	heap_check();
	release(p);
	release(q);
	assert_int_equal(sum_up(NULL).samples, 0);
	heap_check();
}

/* Each growth of a run is an allocation: an array that grows is not what its
 * first bytes stood for. */
static void test_growth(void **state)
{
	enum { STEP = 2 * PERIOD, STEPS = 40 };
	const struct sums start = sum_up(NULL);
	double bytes = 0;
	size_t size = 9 * PERIOD;
	void *p = allocate(size);
	struct sums sums;

	(void)state;
	for (int i = 0; i < STEPS; i++) {
		bytes += (double)size;
		size += STEP;
		p = reallocate(p, size);
	}
	bytes += (double)size;
	sums = sum_up(&start);
	expect_near(sums.live_bytes, (double)size,
		    variance(1, (double)size) * (double)size * (double)size);
	expect_near(sums.bytes, bytes, bytes);
	release(p);
	heap_check();
}

static void estimate_class(const char *name, size_t size, int count)
{
	const struct alloc_class_config config = { .name = name,
						   .size = size };
	const struct sums start = sum_up(NULL);
	double spread = variance(count, (double)size);
	struct alloc_class *ferrets;
	struct sums sums;

	assert_int_equal(class_register(&config, 0, &ferrets), STATUS_OK);
	for (int i = 0; i < count; i++)
		objects[i] = class_allocate_slow(ferrets, HEAP_FRAME);
	sums = sum_up(&start);
	expect_near(sums.objects, count, spread);
	expect_near(sums.live_bytes, count * (double)size,
		    spread * (double)size * (double)size);
	heap_check();
	for (int i = 0; i < count; i++) {
		assert_int_equal(look(objects[i]).size, size);
		assert_int_equal(look(objects[i]).site,
				 look(objects[0]).site);
		if (!class_release_fast(ferrets, objects[i], HEAP_RETURN))
			class_release_slow(ferrets, objects[i], HEAP_RETURN);
		assert_int_equal(look(objects[i]).state, HEAP_STATE_FREED);
	}
	assert_int_equal(sum_up(NULL).samples, 0);
	heap_check();
}

static void test_class(void **state)
{
	(void)state;
	estimate_class("ferret", 72, OBJECTS);
	estimate_class("herd of ferrets", 40000, 200);
}

/* Objects that others free. */
static void *slots[512];

static void *exchange(void *argument)
{
	uint64_t state = (uintptr_t)argument + 1;

	for (int i = 0; i < 20000; i++) {
		size_t size;

		state = state * 6364136223846793005u + 1442695040888963407u;
		size = 1 + (state >> 40) % (i % 100 ? 400 : 60000);
		release(__atomic_exchange_n(&slots[(state >> 33) % 512],
					    allocate(size), __ATOMIC_ACQ_REL));
		if (i % 50 == 0)
			allocate(0); /* leaked */
	}
	return NULL;
}

static void test_threads(void **state)
{
	const struct sums start = sum_up(NULL);
	pthread_t threads[WORKERS];
	struct sums sums;

	(void)state;
	for (uintptr_t i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, exchange,
						(void *)i), 0);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 512; i++)
		release(slots[i]);
	sums = sum_up(&start);
	/* Of the mixture: at most what it were of its smallest. */
	expect_near(sums.objects, WORKERS * 20400,
		    variance(WORKERS * 20400, 16));
	expect_near(sums.live_objects, WORKERS * 400,
		    variance(WORKERS * 400, 16));
	assert_int_equal(sums.live_bytes, 0);
	heap_check();
}

static void *churn(void *stop)
{
	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED)) {
		void *p = allocate(3000), *q = allocate(100000);

		release(q);
		release(p);
	}
	return NULL;
}

/* A child finds the samples whole, whatever others did when it was made, and
 * goes on with them. */
static void test_fork(void **state)
{
	bool stop = false;
	pthread_t thread;
	int status;
	void *p = find_object(1000, true);

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, churn, &stop), 0);
	for (int i = 0; i < 20; i++) {
		pid_t child;

		heap_fork_prepare();
		child = fork();
		if (!child) {
			heap_fork_child();
			heap_check();
			if (!sample_table_find((uintptr_t)p))
				_exit(1);
			release(p);
			if (sample_table_find((uintptr_t)p) ||
			    !find_object(2000, true))
				_exit(2);
			heap_check();
			_exit(0);
		}
		heap_fork_parent();
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	release(p);
	heap_check();
}

/* Equal chains are one; no more than a limit are kept, and what comes then is
 * counted as lost. */
static void test_bounds(void **state)
{
	struct sample_chain chain = { .site = 1, .depth = 2 };
	struct allotype_sample *sample;
	uint32_t before = profile()->chain_count;

	(void)state;
	lock_acquire(&sample_lock);
	for (int i = 0; i < 10; i++) {
		assert_true(sample_table_add(0x1000, 10, 4096, &chain));
		sample = sample_table_find(0x1000);
		assert_non_null(sample);
		sample_table_remove(sample);
	}
	assert_int_equal(profile()->chain_count, before + 1);
	chain.depth = ALLOTYPE_CHAIN_MAX;
	while (sample_table_add(0x1000, 10, 4096, &chain)) {
		sample_table_remove(sample_table_find(0x1000));
		chain.callers[ALLOTYPE_CHAIN_MAX - 1]++;
	}
	assert_null(sample_table_find(0x1000));
	assert_int_equal(profile()->lost, 1);
	assert_true(profile()->chain_count > 10000);
	assert_true(profile()->chain_count < 100000);
	lock_release(&sample_lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_draw),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_mixture),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_class),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_bounds),
	};

	setenv("ALLOTYPE_OPTIONS", "profile_sample=4K,profile_seed=5", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
