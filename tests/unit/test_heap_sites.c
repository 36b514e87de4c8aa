/* SPDX-License-Identifier: Apache-2.0 */
/* Sites: identity, the cache, and stepping out of wrappers by rule. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include <cmocka.h>

#include "heap/heap.h"
#include "heap/intern.h"

static struct site_cache cache;

/* A made-up stack: frames of a wrapper's wrapper, as the rules say. */
enum {
	PLAIN = 0x1000,
	INNER = 0x2000,   /* rsp + 32, rbp saved at CFA - 24 */
	OUTER = 0x3000,   /* rbp + 16, rbp saved at CFA - 16 */
	ABSURD = 0x4000,  /* a CFA below the stack pointer */
	ENDLESS = 0x5000, /* its caller is itself */
	FAR = 0x6000,     /* rsp + far_offset */
	TYPED = 0x7000,   /* rsp + 32, and it knows the type */
	TYPED_TOO = 0x8000, /* rsp + 16, likewise */
};
static int32_t far_offset;
static int asked;

static bool resolve(uint64_t address, struct site_origin *origin)
{
	asked++;
	origin->file = 1;
	origin->offset = address;
	origin->in_wrapper = address >= INNER;
	origin->base = SITE_BASE_RSP;
	switch (address) {
	case INNER:
		origin->cfa_offset = 32;
		origin->rbp_offset = -24;
		break;
	case OUTER:
		origin->base = SITE_BASE_RBP;
		origin->cfa_offset = 16;
		origin->rbp_offset = -16;
		break;
	case ABSURD:
		origin->cfa_offset = -64;
		break;
	case FAR:
		origin->cfa_offset = far_offset;
		break;
	case TYPED:
		origin->cfa_offset = 32;
		origin->is_typed = true;
		break;
	case TYPED_TOO:
		origin->cfa_offset = 16;
		origin->is_typed = true;
		break;
	case ENDLESS:
		origin->cfa_offset = 16;
		break;
	default:
		return address == PLAIN;
	}
	return true;
}

static const uint64_t plain = PLAIN;

static uint32_t find_site(const uint64_t *frame)
{
	struct site_caller caller = site_caller_of(frame);

	return site_cache_find(&cache, &caller);
}

static uint32_t find_record(const uint64_t *frame)
{
	struct site_caller caller = site_caller_of(frame);

	return site_cache_find_record(&cache, &caller);
}

static bool find_near(const uint64_t *frame, uint32_t *record)
{
	struct site_caller caller = site_caller_of(frame);

	return site_cache_find_near(&cache, &caller, record);
}

/* What was cached goes a part in each call. */
static void clear(void)
{
	uint64_t frame[2] = { 0, PLAIN + 2 };
	uint32_t fast = 0;

	for (int calls = 0; !site_cache_find_fast(&cache, frame + 1, &fast);
	     calls++) {
		assert_true(calls < 64);
		find_site(frame);
	}
	asked = 0;
}

static void begin(void)
{
	static bool registered;

	heap_init();
	if (!registered)
		site_cache_register(&cache);
	registered = true;
	sites_set_resolver(resolve);
	site_cache_invalidate();
	clear();
}

static uint64_t site_offset(uint32_t id)
{
	struct allotype_site site;

	assert_true(sites_get(id, &site));
	return site.offset;
}

static void test_plain_site_is_asked_for_once(void **unused)
{
	uint64_t frame[2] = { 0, PLAIN };
	uint32_t id, fast = 0;

	(void)unused;
	begin();
	id = find_site(frame);
	assert_int_not_equal(id, 0);
	assert_int_equal(site_offset(id), PLAIN);
	assert_int_equal(find_site(frame), id);
	assert_int_equal(asked, 1);
	assert_true(site_cache_find_fast(&cache, &plain, &fast));
	assert_int_equal(fast, allotype_record_live(id, 0));
	site_cache_invalidate();
	assert_false(site_cache_find_fast(&cache, &plain, &fast));
	assert_int_equal(find_site(frame), id);
	assert_int_equal(asked, 2);
	clear();
	assert_int_equal(find_site(frame), id);
	assert_int_equal(find_site(frame), id);
	assert_int_equal(asked, 1);
}

static void test_steps_out_of_two_wrappers(void **unused)
{
	uint64_t stack[16] = { 0 };

	(void)unused;
	begin();
	/* The entry point's frame, then INNER's: its CFA is 32 bytes up. */
	stack[1] = INNER;
	stack[0] = 1; /* an rbp that nobody may use */
	stack[2 + 1] = (uintptr_t)&stack[8]; /* saved rbp at CFA - 24 */
	stack[2 + 3] = OUTER;                /* at CFA - 8 */
	/* OUTER's frame: rbp points at the saved one, CFA is 16 above. */
	stack[8] = 1;
	stack[9] = PLAIN;
	assert_int_equal(site_offset(find_site(stack)), PLAIN);
	/* Again, from the cache. */
	assert_int_equal(site_offset(find_site(stack)), PLAIN);
	assert_int_equal(asked, 3);
}

static void expect_typed(const uint64_t *frame, uint64_t by)
{
	struct allotype_site site;

	assert_true(sites_get(find_site(frame), &site));
	assert_int_equal(site.offset, PLAIN);
	assert_int_equal(site.flags, 0);
	if (by)
		assert_int_equal(site_offset(site.typed), by);
	else
		assert_int_equal(site.typed, 0);
}

/* What the innermost wrapper with a type says stays with the site: one call
 * of a library's function allocates this and that. */
static void test_typed_wrappers_make_sites_of_their_own(void **unused)
{
	uint64_t frame[2] = { 0, PLAIN }, stack[16] = { 0, TYPED };
	uint64_t other[16] = { 0, TYPED_TOO };
	uint32_t fast = 0;

	(void)unused;
	begin();
	stack[2 + 3] = TYPED_TOO;
	stack[2 + 4 + 1] = PLAIN;
	other[2 + 1] = PLAIN;
	for (int i = 0; i < 2; i++) {
		expect_typed(frame, 0);
		expect_typed(stack, TYPED);
		expect_typed(other, TYPED_TOO);
	}
	/* PLAIN thrice, TYPED_TOO alone and from TYPED, TYPED. */
	assert_int_equal(asked, 6);
	find_site(frame);
	assert_true(site_cache_find_fast(&cache, &plain, &fast));
	assert_int_equal(find_site(frame),
			 allotype_record_site(fast));
}

/* The fast way steps out of wrappers whose rule is short, and of no others. */
static void test_fast_way_out_of_wrappers(void **unused)
{
	uint64_t inner[16] = { 0, INNER }, typed[16] = { 0, TYPED };
	uint64_t outer[16] = { 0, OUTER };
	uint32_t fast = 0, near = 0;

	(void)unused;
	begin();
	inner[2 + 3] = typed[2 + 3] = outer[9] = PLAIN;
	outer[0] = (uintptr_t)&outer[8];
	assert_false(site_cache_find_fast(&cache, inner + 1, &fast));
	assert_int_equal(site_offset(find_site(inner)), PLAIN);
	assert_true(site_cache_find_fast(&cache, inner + 1, &fast));
	assert_int_equal(fast, find_record(inner));

	assert_int_equal(site_offset(find_site(typed)), PLAIN);
	assert_false(site_cache_find_fast(&cache, typed + 1, &fast));
	assert_true(find_near(typed, &near));
	assert_int_equal(near, find_record(typed));

	assert_int_equal(site_offset(find_site(outer)), PLAIN);
	assert_false(site_cache_find_fast(&cache, outer + 1, &fast));
	assert_true(find_near(outer, &near));
	assert_int_equal(near, find_record(outer));
}

/* The slow way goes on where the near one could not. */
static void test_walk_goes_on(void **unused)
{
	uint64_t stack[16] = { 0 };
	struct site_caller caller = site_caller_of(stack);
	uint32_t record;

	(void)unused;
	begin();
	stack[1] = INNER;
	stack[2 + 3] = PLAIN + 1;
	find_site(stack);
	/* The wrapper is known now, its caller not. */
	stack[2 + 3] = PLAIN;
	caller = site_caller_of(stack);
	assert_false(site_cache_find_near(&cache, &caller, &record));
	assert_int_equal(caller.key, PLAIN);
	stack[1] = 1; /* nobody looks at it again */
	assert_int_equal(site_offset(site_cache_find(&cache, &caller)), PLAIN);
	assert_int_equal(site_offset(site_cache_find(&cache, &caller)), PLAIN);
}

/* Wherever rules lead, the fast way goes no further than a short frame, and
 * takes nothing for an allocation that is none. */
static void test_fast_way_ends(void **unused)
{
	uint64_t endless[200], far[200] = { 0, FAR }, odd[16] = { 0, INNER };
	uint32_t record = 0;

	(void)unused;
	begin();
	for (size_t i = 0; i < 200; i++)
		endless[i] = ENDLESS;
	find_site(endless);
	assert_false(site_cache_find_fast(&cache, endless + 1, &record));
	far_offset = SITE_NEAR + 8;
	far[1 + far_offset / 8] = PLAIN;
	assert_int_equal(site_offset(find_site(far)), PLAIN);
	assert_false(site_cache_find_fast(&cache, far + 1, &record));
	/* The key of a free, on the stack. */
	odd[2 + 3] = PLAIN;
	site_cache_find_freer(&cache, PLAIN);
	find_site(odd);
	assert_true(site_cache_find_fast(&cache, odd + 1, &record));
	odd[2 + 3] = PLAIN | SITE_SLOT_FREE;
	assert_false(site_cache_find_fast(&cache, odd + 1, &record));
	/* Whatever else lies there: what an empty slot has, with and without
	 * the mark of a wrapper, and a known address with it. */
	odd[2 + 3] = 0;
	assert_false(site_cache_find_fast(&cache, odd + 1, &record));
	odd[2 + 3] = SITE_SLOT_WRAPPER;
	assert_false(site_cache_find_fast(&cache, odd + 1, &record));
	odd[2 + 3] = SITE_SLOT_WRAPPER | PLAIN;
	assert_false(site_cache_find_fast(&cache, odd + 1, &record));
}

static void expect_charged(uint64_t address, const uint64_t *frame)
{
	struct allotype_site site;

	assert_true(sites_get(find_site(frame), &site));
	assert_int_equal(site.offset, address);
	assert_true(site.flags & ALLOTYPE_SITE_IN_WRAPPER);
}

static void test_bad_rules_charge_the_wrapper(void **unused)
{
	uint64_t stack[200], bad_rbp[2] = { 8, OUTER };
	uint64_t absurd[2] = { 0, ABSURD };

	(void)unused;
	begin();
	expect_charged(ABSURD, absurd);
	expect_charged(OUTER, bad_rbp);
	for (size_t i = 0; i < 200; i++)
		stack[i] = ENDLESS;
	expect_charged(ENDLESS, stack);
}

/* A rule that leads beyond the end of the stack is not followed: reading
 * there would fault. */
static void test_rules_end_with_the_stack(void **unused)
{
	/* The kernel's strings are above every frame of the main thread. */
	uint64_t *top = (uint64_t *)(getauxval(AT_EXECFN) & ~(uint64_t)15);
	uint64_t frame[2] = { 0, FAR };

	(void)unused;
	begin();
	far_offset = (int32_t)((char *)top - (char *)(frame + 2)) + 64;
	expect_charged(FAR, frame);
}

static void test_without_a_resolver(void **unused)
{
	uint64_t frame[2] = { 0, 0x7777 };
	struct allotype_site site;

	(void)unused;
	begin();
	sites_set_resolver(NULL);
	site_cache_invalidate();
	clear();
	assert_true(sites_get(find_site(frame), &site));
	assert_int_equal(site.address, 0x7777);
	assert_int_equal(site.file, 0);
	assert_true(site.flags & ALLOTYPE_SITE_DIRECT);
}

static void test_identity(void **unused)
{
	struct site_origin one = { .file = 3, .offset = 0x10 };
	struct site_origin other = { .file = 4, .offset = 0x10 };
	struct site_origin none = { .flags = ALLOTYPE_SITE_DIRECT };

	(void)unused;
	begin();
	/* One place in a file is one site, wherever it was loaded. */
	assert_int_equal(sites_intern(0x1110, &one),
			 sites_intern(0x2220, &one));
	assert_int_not_equal(sites_intern(0x1110, &one),
			     sites_intern(0x1110, &other));
	assert_int_not_equal(sites_intern(0x1110, &none),
			     sites_intern(0x2220, &none));
}

static void test_pairs(void **unused)
{
	struct allotype_site_pair pair;
	uint32_t id = sites_intern_pair(5, 6);

	(void)unused;
	assert_true(id > 1);
	assert_int_equal(sites_intern_pair(5, 6), id);
	assert_true(sites_get_pair(id, &pair));
	assert_int_equal(pair.allocated, 5);
	assert_int_equal(pair.freed, 6);
	assert_int_equal(sites_intern_pair(0, 0), 1);
	assert_false(sites_get_pair(0, &pair));
	assert_false(sites_get_pair(UINT32_MAX, &pair));
}

/* Addresses of one pair of slots: the fast way knows two, the victims four
 * more, and the resolver is asked for the rest only. */
static void test_slots_of_one_hash(void **unused)
{
	enum { COUNT = 6 };
	uint64_t frame[2] = { 0 };
	uint32_t ids[COUNT], fast = 0;

	(void)unused;
	begin();
	for (int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < COUNT; i++) {
			uint32_t id;

			frame[1] = 0x123456 + i * (SITE_SLOTS << 10);
			id = find_site(frame);
			assert_true(!round || id == ids[i]);
			ids[i] = id;
			assert_true(site_cache_find_fast(&cache, frame + 1,
							 &fast));
			assert_int_equal(allotype_record_site(fast), id);
			for (unsigned int k = 0; k < i; k++)
				assert_int_not_equal(ids[k], id);
		}
	}
	assert_int_equal(asked, COUNT);
	frame[1] = 0x123456 + (COUNT - 2) * (SITE_SLOTS << 10);
	assert_true(site_cache_find_fast(&cache, frame + 1, &fast));
	frame[1] = 0x123456;
	assert_false(site_cache_find_fast(&cache, frame + 1, &fast));
}

static bool resolve_too_late(uint64_t address, struct site_origin *origin)
{
	site_cache_invalidate();
	return resolve(address, origin);
}

/* Files come and go while a thread asks: what it found out is not kept, in
 * no place that a later call may find it. */
static void test_nothing_is_kept_that_became_untrue(void **unused)
{
	uint64_t frame[2] = { 0, PLAIN };
	uint32_t fast;

	(void)unused;
	begin();
	find_site(frame);
	site_cache_find_freer(&cache, PLAIN);
	sites_set_resolver(resolve_too_late);
	frame[1] = PLAIN + (SITE_SLOTS << 10); /* in the same pair */
	find_site(frame);
	site_cache_find_freer(&cache, frame[1]);
	assert_false(site_cache_find_fast(&cache, &plain, &fast));
	assert_false(site_cache_find_fast(&cache, frame + 1, &fast));
	assert_false(site_cache_find_free_fast(&cache, PLAIN, &fast));
	assert_false(site_cache_find_free_fast(&cache, frame[1], &fast));
	sites_set_resolver(resolve);
	frame[1] = PLAIN;
	clear();
	find_site(frame);
	assert_int_equal(asked, 1);
}

/* While a resolver is awaited nothing is kept. */
static void test_awaited_resolver(void **unused)
{
	uint64_t frame[2] = { 0, PLAIN };
	uint32_t fast = 0;

	(void)unused;
	begin();
	sites_await_resolver();
	find_site(frame);
	assert_int_equal(site_cache_find_freer(&cache, PLAIN).index,
			 sites_free_index(sites_find_direct(PLAIN)));
	assert_false(site_cache_find_fast(&cache, &plain, &fast));
	assert_false(site_cache_find_free_fast(&cache, PLAIN, &fast));
	begin();
	find_site(frame);
	assert_true(site_cache_find_fast(&cache, &plain, &fast));
}

static void test_sites_that_free(void **unused)
{
	uint32_t index, fast, live = allotype_record_live(7, 3), freed;

	(void)unused;
	begin();
	assert_false(site_cache_find_free_fast(&cache, PLAIN, &fast));
	index = site_cache_find_freer(&cache, PLAIN).index;
	assert_int_not_equal(index, 0);
	assert_true(site_cache_find_free_fast(&cache, PLAIN, &fast));
	assert_int_equal(fast, index);
	assert_int_equal(sites_free_index(sites_find_direct(PLAIN)), index);
	freed = sites_freed_record(live, 8, index);
	assert_int_equal(freed, allotype_record_freed(live, index));
	assert_int_equal(allotype_record_site(freed), 7);
	assert_false(freed & (ALLOTYPE_RECORD_LIVE | ALLOTYPE_RECORD_PAIR));
	site_cache_invalidate();
	assert_false(site_cache_find_free_fast(&cache, PLAIN, &fast));
}

/* Sites beyond what a freed record holds are kept as pairs. */
static void test_freed_records_of_many_sites(void **unused)
{
	uint32_t large = ALLOTYPE_FREED_SITE_MAX + 1, index = 1, freed;
	uint64_t other = PLAIN + 16;
	struct allotype_site_pair pair;
	struct site_freer freer;

	(void)unused;
	begin();
	freed = sites_freed_record(allotype_record_live(large, 0), 8, 1);
	assert_true(freed & ALLOTYPE_RECORD_PAIR);
	assert_true(sites_get_pair(freed & ALLOTYPE_PAIR_MAX, &pair));
	assert_int_equal(pair.allocated, large);
	assert_int_equal(pair.freed, 8);
	for (uint32_t site = 1; index; site++) {
		index = sites_free_index(site);
		assert_int_equal(sites_free_index(site), index);
		assert_true(site <= 2 * ALLOTYPE_FREE_INDEX_MAX);
	}
	while (sites_find_direct(other) <= 2 * ALLOTYPE_FREE_INDEX_MAX)
		other += 16;
	asked = 0;
	for (int i = 0; i < 2; i++) {
		freer = site_cache_find_freer(&cache, other);
		assert_int_equal(freer.index, 0);
		assert_true(freer.site > 2 * ALLOTYPE_FREE_INDEX_MAX);
		assert_false(site_cache_find_free_fast(&cache, other, &index));
	}
	assert_int_equal(asked, 1);
	freed = sites_freed_record(allotype_record_live(9, 0), 8, 0);
	assert_true(freed & ALLOTYPE_RECORD_PAIR);
	assert_true(sites_get_pair(freed & ALLOTYPE_PAIR_MAX, &pair));
	assert_int_equal(pair.allocated, 9);
}

static uint32_t hash_number(const void *entry)
{
	return (uint32_t)(*(const uint64_t *)entry * 0x9e3779b97f4a7c15u >> 20);
}

static bool same_number(const void *a, const void *b)
{
	return *(const uint64_t *)a == *(const uint64_t *)b;
}

/* Grows through many splits; everything stays findable; full is full. */
static void test_intern_table(void **unused)
{
	static struct lock lock = LOCK_INIT(LOCK_RANK_SITES);
	static uint32_t count;
	static struct intern table = { .count = &count };
	enum { CAPACITY = 5000 };
	uint64_t zero = UINT64_MAX, key;

	(void)unused;
	assert_true(intern_init(&table, &lock, sizeof key, CAPACITY,
				hash_number, same_number));
	assert_true(intern_append(&table, &zero));
	for (key = 1; key < CAPACITY; key++) {
		assert_int_equal(intern_find(&table, &key), 0);
		assert_int_equal(intern_insert(&table, &key), key);
		assert_int_equal(intern_insert(&table, &key), key);
	}
	for (key = 1; key < CAPACITY; key++)
		assert_int_equal(intern_find(&table, &key), key);
	assert_int_equal(intern_insert(&table, &key), 0);
}

enum { MEETING_PAIRS = 20000, MEETING_THREADS = 4, FIRST_MET = 1 << 16 };

/* Counts the pairs that cannot be read though a number was given out. */
static void *meet(void *unreadable)
{
	for (uint32_t i = 0; i < MEETING_PAIRS; i++) {
		struct allotype_site_pair pair;
		uint32_t id = sites_intern_pair(FIRST_MET + i, 1);

		if (!sites_get_pair(id, &pair) || pair.allocated != FIRST_MET + i)
			++*(int *)unreadable;
	}
	return NULL;
}

/* Whoever finds what another thread is just adding can read it. */
static void test_threads_that_meet(void **unused)
{
	pthread_t threads[MEETING_THREADS];
	int unreadable[MEETING_THREADS] = { 0 };

	(void)unused;
	assert_true(heap_init());
	for (int i = 0; i < MEETING_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, meet,
						&unreadable[i]), 0);
	for (int i = 0; i < MEETING_THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(unreadable[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_site_is_asked_for_once),
		cmocka_unit_test(test_steps_out_of_two_wrappers),
		cmocka_unit_test(test_typed_wrappers_make_sites_of_their_own),
		cmocka_unit_test(test_fast_way_out_of_wrappers),
		cmocka_unit_test(test_walk_goes_on),
		cmocka_unit_test(test_fast_way_ends),
		cmocka_unit_test(test_bad_rules_charge_the_wrapper),
		cmocka_unit_test(test_rules_end_with_the_stack),
		cmocka_unit_test(test_without_a_resolver),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_slots_of_one_hash),
		cmocka_unit_test(test_nothing_is_kept_that_became_untrue),
		cmocka_unit_test(test_awaited_resolver),
		cmocka_unit_test(test_sites_that_free),
		cmocka_unit_test(test_freed_records_of_many_sites),
		cmocka_unit_test(test_intern_table),
		cmocka_unit_test(test_threads_that_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
