/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/sample.h"

#include "base/exponential.h"
#include "base/options.h"
#include "base/sys.h"
#include "heap/classes.h"
#include "heap/kinds.h"
#include "heap/minipage.h"
#include "heap/slots.h"

uint64_t sample_period;

static uint64_t seed;          /* constant after start */
static uint64_t threads;       /* atomic: that have drawn a number so far */
static sample_walker walker;   /* atomic: release, acquire */

/* SplitMix64 (G. Steele et al., 2014). */
static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

void sample_init(void)
{
	uint64_t numbers[2] = { options.profile_seed, 0 };

	if (!options.profile_sample)
		return;
	if (!sample_table_init(options.profile_sample))
		return;
	if (!options.profile_seed)
		sys_random(numbers);
	seed = mix(numbers[0] + 1) ^ numbers[1];
	sample_period = options.profile_sample;
	region_heap.profile = sample_table_address();
}

void sample_set_walker(sample_walker function)
{
	__atomic_store_n(&walker, function, __ATOMIC_RELEASE);
}

void sample_fork_child(void)
{
	struct heap_thread *self = heap_thread_self;

	if (!sample_period || options.profile_seed || !self->sample_random)
		return;
	self->sample_random ^= mix((uint64_t)sys_pid() ^ seed);
	/* What was to come has no memory: it may as well begin here. */
	self->sample_budget = exponential_draw(mix(self->sample_random),
					       sample_period);
}

/* ---- events ---- */

static uint64_t draw(struct heap_thread *self)
{
	self->sample_random += 0x9e3779b97f4a7c15u;
	return exponential_draw(mix(self->sample_random), sample_period);
}

static void begin_thread(struct heap_thread *self)
{
	if (self->sample_random)
		return;
	self->sample_random =
		mix(seed + __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED)) |
		1;
	self->sample_budget = draw(self);
}

/* Decides about the next allocations of BIN, of segments of SIZE bytes, before
 * they are known to be at hand: an event that is near belongs to the bin from
 * now on, wherever the thread allocates in between.  Else large segments would
 * draw to them what was about to happen to small ones. */
static void plan(struct heap_thread *self, struct bin *bin, uint64_t size)
{
	uint64_t before = self->sample_budget / size;

	if (bin->credit || bin->due)
		return;
	if (before < bin->most) {
		bin->credit = (uint8_t)before;
		bin->due = true;
		self->sample_budget = draw(self);
	} else {
		bin->credit = bin->most;
		self->sample_budget -= bin->most * size;
	}
}

bool sample_refill(struct heap_thread *self, struct bin *bin,
		   unsigned int kind)
{
	uint64_t size = kind < CLASS_COUNT ?
				class_size(kind) :
				kinds_get(kind)->published.segment_size;

	/* Behind its end a thread has no state of its own. */
	if (self != heap_thread_self)
		return minipage_refill(self, kind);
	begin_thread(self);
	if (!bin->bottom)
		thread_prepare_bin(self, kind);
	plan(self, bin, size);
	bin->batch = bin->credit ? bin->credit : 1;
	if (!minipage_refill(self, kind))
		return false;
	if (bin->credit) {
		bin->credit -= (uint8_t)(bin->top - bin->bottom);
	} else {
		bin->due = false;
		self->sampling = true;
	}
	return true;
}

static bool has_event(struct heap_thread *self, uint64_t size)
{
	begin_thread(self);
	if (self->sample_budget >= size) {
		self->sample_budget -= size;
		return false;
	}
	self->sample_budget = draw(self);
	return true;
}

/* ---- samples ---- */

/* How many objects one of BYTES stands for. */
static uint64_t weight_of(uint64_t bytes)
{
	double share = exponential_share((double)bytes /
					 (double)sample_period);

	return (uint64_t)(ALLOTYPE_SAMPLE_UNIT / share + 0.5);
}

static void walk(const uint64_t *frame, struct sample_chain *chain)
{
	/* Pairs with the release in sample_set_walker. */
	sample_walker ask = __atomic_load_n(&walker, __ATOMIC_ACQUIRE);

	chain->file = UINT32_MAX;
	chain->callers[0] = frame[1];
	chain->depth = 1;
	if (ask)
		chain->depth = ask(frame, chain->callers, ALLOTYPE_CHAIN_MAX,
				   &chain->file);
}

/* NULL: it is a run. */
static uint32_t *record_of(const struct object *object)
{
	if (object->page)
		return &unit_records(object->page)[object->index];
	return object_is_slot(object) ?
		       &slots_at(object->region, object->index)->record :
		       NULL;
}

/* Makes the record of OBJECT name SITE; false when somebody else changed
 * it. */
static bool set_site(struct object *object, uint32_t site)
{
	uint32_t before = object->record, after, *record = record_of(object);

	if (!record) {
		object->run.site = site;
		return big_set_size(object->region, object->base,
				    object->run.size, site);
	}
	after = allotype_record_live(site, allotype_record_slack(before));
	/* Release: who finds a sample's record finds the sample. */
	if (!__atomic_compare_exchange_n(record, &before, after, false,
					 __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return false;
	object->record = after;
	return true;
}

static void begin(struct object *object, uint64_t bytes,
		  const uint64_t *frame)
{
	struct sample_chain chain;

	chain.site = record_of(object) ? allotype_record_site(object->record) :
					 object->run.site;
	walk(frame, &chain);
	lock_acquire(&sample_lock);
	if (sample_table_add(object->base, object->size, weight_of(bytes),
			     &chain))
		set_site(object, ALLOTYPE_SITE_SAMPLED);
	lock_release(&sample_lock);
}

void sample_consider(void *data, size_t size, bool alone,
		     const uint64_t *frame)
{
	struct heap_thread *self = thread_own();
	struct object object;

	if (!self || (alone ? !has_event(self, size) : !self->sampling))
		return;
	self->sampling = false;
	if (object_find((uintptr_t)data, &object) == OBJECT_LIVE &&
	    !object.is_part)
		begin(&object, object.page ? object.page->size : size, frame);
}

/* Where the sample is gone, somebody else frees the object at this moment:
 * its record is not what *OBJECT says, and the caller will find so. */
void sample_end_slow(struct object *object)
{
	struct allotype_sample *sample;

	lock_acquire(&sample_lock);
	sample = sample_table_find(object->base);
	if (sample && set_site(object, sample->site))
		sample_table_remove(sample);
	lock_release(&sample_lock);
}

void sample_resize_slow(const struct object *object, size_t size,
			uint32_t site)
{
	struct allotype_sample *sample;

	lock_acquire(&sample_lock);
	sample = sample_table_find(object->base);
	if (sample) {
		__atomic_store_n(&sample->size, size, __ATOMIC_RELAXED);
		__atomic_store_n(&sample->site, site, __ATOMIC_RELAXED);
	}
	lock_release(&sample_lock);
}
