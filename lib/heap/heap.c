/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/heap.h"

#include <string.h>

#include "base/log.h"
#include "base/options.h"
#include "base/private.h"
#include "base/report.h"
#include "base/sys.h"
#include "heap/big.h"
#include "heap/decay.h"
#include "heap/class.h"
#include "heap/failure.h"
#include "heap/kinds.h"
#include "heap/memcheck.h"
#include "heap/misuse.h"
#include "heap/object.h"
#include "heap/placement.h"
#include "heap/quarantine.h"
#include "heap/sample.h"
#include "heap/security.h"
#include "heap/slots.h"
#include "heap/split.h"
#include "heap/stats.h"

static struct lock init_lock = LOCK_INIT(LOCK_RANK_HEAP_INIT);
static uint32_t ready; /* atomic: release at the end, acquire by users */
bool heap_checked;

/* Under init_lock.  Where there is no memory for all of it, the next call
 * goes on where this one stopped. */
static bool bring_up(void)
{
	static bool prepared, armed;

	if (!prepared) {
		options_init();
		log_init();
		/* Memcheck does what security does, and minds canaries. */
		if (memcheck_init())
			options.security = false;
		heap_checked = memcheck_is_on() || heap_checked ||
			       options.metrics;
		security_init();
		sample_init();
		minipage_init();
		prepared = true;
	}
	if (!region_init() || !sites_init())
		return false;
	armed = armed || thread_init();
	return armed;
}

bool heap_init(void)
{
	bool started = false, up;

	if (__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		return true;
	lock_acquire(&init_lock);
	up = __atomic_load_n(&ready, __ATOMIC_RELAXED);
	if (!up) {
		up = started = bring_up();
		__atomic_store_n(&ready, up, __ATOMIC_RELEASE);
	}
	lock_release(&init_lock);
	if (started)
		log_write(OPTION_LOG_INFO,
			  "the heap is up: address space is %s, heap_limit "
			  "is %zu, every operation %s seen",
			  reserve_is_limited() ? "scarce" : "plentiful",
			  options.heap_limit, heap_checked ? "is" : "is not");
	if (started && heap_on_start)
		heap_on_start();
	return up;
}

uint64_t heap_published_address(void)
{
	heap_init();
	return (uintptr_t)&region_heap;
}

/* ---- allocation ---- */

/* Does the segment that BIN gives out next read as zeros? */
static inline __attribute__((always_inline)) bool
next_is_zero(const struct bin *bin)
{
	const struct cached *next = bin->top - 1;
	uintptr_t offset = next->data - region_minipage_base;

	return !__atomic_load_n(next->record, __ATOMIC_RELAXED) &&
	       offset < __atomic_load_n(&region_minipage_bytes,
					__ATOMIC_RELAXED) &&
	       region_minipage_descriptors[offset >> ALLOTYPE_UNIT_SHIFT].zero;
}

/* SELF's bin for KIND; NULL without memory. */
static struct bin *find_bin(struct heap_thread *self, unsigned int kind)
{
	struct kind_bin *own;

	if (kind < KIND_FIRST)
		return &self->bins[kind];
	own = thread_make_kind_bin(self, kind);
	return own ? &own->bin : NULL;
}

/* As allocate_segment, of a kind whose objects are large. */
static void *allocate_slot(struct heap_thread *self, unsigned int kind,
			   size_t size, uint32_t site, bool *zero)
{
	struct kind_bin *own = thread_make_kind_bin(self, kind);
	void *data = own ? slots_allocate(kind, site, zero) : NULL;

	if (!data)
		return NULL;
	thread_count(&own->allocated);
	bin_count(&own->bin);
	if (heap_checked)
		stats_touch(self, STATS_SLOT_READ, STATS_SLOT_WRITTEN);
	memcheck_on_allocate(data, size);
	return data;
}

/* Fills SELF's empty BIN for KIND. */
static bool refill(struct heap_thread *self, struct bin *bin,
		   unsigned int kind)
{
	return sample_period ? sample_refill(self, bin, kind) :
			       minipage_refill(self, kind);
}

/* *ZERO says whether the segment reads as zeros. */
static void *allocate_segment(struct heap_thread *self,
			      unsigned int kind, size_t size, uint32_t site,
			      bool *zero)
{
	struct bin *bin;
	void *data;

	if (kinds_has_slots(kind))
		return allocate_slot(self, kind, size, site, zero);
	bin = find_bin(self, kind);
	if (!bin || (bin->top == bin->bottom && !refill(self, bin, kind)))
		return NULL;
	if (kind >= KIND_FIRST)
		thread_count(&thread_kind_bin(self, kind)->allocated);
	*zero = next_is_zero(bin);
	if (security_covers_kind(kind)) {
		data = security_take(bin, size, allotype_record_live(site, 0));
		*zero = true;
	} else {
		data = heap_take_segment(bin, size,
					 allotype_record_live(site, 0));
	}
	if (heap_checked) {
		/* Nothing but the program's pointer leads to the object. */
		bin->top->data = 0;
		stats_touch(self, STATS_TAKE_READ, STATS_TAKE_WRITTEN);
	}
	memcheck_on_allocate(data, size);
	return data;
}

static uint32_t caller_site(struct heap_thread *self,
			    struct site_caller *caller)
{
	return self ? site_cache_find(&self->sites, caller) :
		      sites_find_direct(caller->frame[1]);
}

uint32_t heap_caller_site(struct site_caller *caller)
{
	return caller_site(thread_own(), caller);
}

void *heap_refill_and_take(struct bin *bin, size_t size, uint32_t record)
{
	return bin && minipage_reload(heap_thread_self, bin) ?
		       heap_take_segment(bin, size, record) :
		       NULL;
}

static void *allocate_now(unsigned int kind, size_t align, size_t size,
			  struct site_caller *caller, bool *zero)
{
	struct heap_thread *self;
	uint32_t site;
	void *data;

	if (!heap_init())
		return NULL;
	self = thread_own();
	failure_begin(self);
	if (size > PTRDIFF_MAX) {
		failure_note(ALLOC_FAILURE_SIZE);
		return NULL;
	}
	site = caller_site(self, caller);
	if (heap_checked)
		stats_touch(self, STATS_SITE_READ, 0);
	if (kind == CLASS_COUNT) {
		if (heap_checked)
			stats_touch(self, STATS_RUN_READ, STATS_RUN_WRITTEN);
		data = big_allocate(size, align, site, zero);
		memcheck_on_allocate(data, size);
		return data;
	}
	if (placement_is_by_site() && kind < CLASS_COUNT)
		kind = placement_kind(site, kind);
	if (self)
		return allocate_segment(self, kind, size, site, zero);
	self = thread_enter_shared();
	if (!self)
		return NULL;
	data = allocate_segment(self, kind, size, site, zero);
	thread_leave_shared();
	return data;
}

/* A segment of KIND, or, if that is CLASS_COUNT, a big allocation.  One
 * attempt: the caller settles its failure. */
static void *attempt(unsigned int kind, size_t align, size_t size,
		     struct site_caller *caller, bool *zero)
{
	uint32_t wishes = __atomic_load_n(&reserve_wishes, __ATOMIC_RELAXED);
	uint32_t calls = __atomic_load_n(&reserve_calls, __ATOMIC_RELAXED);
	void *data = allocate_now(kind, align, size, caller, zero);

	if (!data && heap_secured && quarantine_flush())
		data = allocate_now(kind, align, size, caller, zero);
	if (!data && thread_trim())
		data = allocate_now(kind, align, size, caller, zero);
	if (data && sample_period)
		sample_consider(data, size,
				kind == CLASS_COUNT || kinds_has_slots(kind),
				caller->frame);
	reserve_top_up(calls, wishes);
	if (kind == CLASS_COUNT)
		decay_after(calls);
	return data;
}

static void *allocate(unsigned int kind, size_t align, size_t size,
		      struct site_caller *caller, bool *zero)
{
	void *data;

	do
		data = attempt(kind, align, size, caller, zero);
	while (!data && failure_retry(size));
	return data;
}

void *heap_allocate_kind(unsigned int kind, size_t size, const uint64_t *frame,
			 bool *zero)
{
	struct site_caller caller = site_caller_of(frame);

	return allocate(kind, CLASS_ALIGN, size, &caller, zero);
}

/* The class that is chosen for SIZE bytes, or CLASS_COUNT. */
static unsigned int class_or_big(size_t size)
{
	size_t padding = security_padding() + memcheck_red_zone();
	unsigned int c;

	if (size > CLASS_SIZE_MAX - padding)
		return CLASS_COUNT;
	c = class_of_size(size + padding);
	return class_size(c) - size > ALLOTYPE_RECORD_SLACK_MAX ? CLASS_COUNT :
								  c;
}

void *heap_allocate_for(size_t size, struct site_caller *caller)
{
	void *data = heap_allocate_near(size, caller);
	bool zero;

	return data ? data : allocate(class_or_big(size), SYS_PAGE_SIZE, size,
				      caller, &zero);
}

void *heap_allocate(size_t size, const uint64_t *frame)
{
	struct site_caller caller = site_caller_of(frame);

	return heap_allocate_for(size, &caller);
}

void *heap_try(size_t size, const uint64_t *frame)
{
	struct site_caller caller = site_caller_of(frame);
	void *data = heap_allocate_near(size, &caller);
	bool zero;

	if (data)
		return data;
	do
		data = attempt(class_or_big(size), SYS_PAGE_SIZE, size, &caller,
			       &zero);
	while (!data && failure_retry_alone(size));
	return data;
}

/* A segment as heap_allocate_near has it, or NULL. */
static void *zeroed_fast(size_t size, struct site_caller *caller, bool *zero)
{
	struct bin *bin;
	uint32_t record;

	if (!heap_find_fast(size, caller->frame + 1, &bin, &record))
		bin = heap_find_near(size, caller, &record);
	if (!bin)
		return NULL;
	*zero = next_is_zero(bin);
	return heap_take_segment(bin, size, record);
}

void *heap_allocate_zeroed(size_t size, const uint64_t *frame)
{
	struct site_caller caller = site_caller_of(frame);
	bool zero = false;
	void *data = zeroed_fast(size, &caller, &zero);

	if (!data)
		data = allocate(class_or_big(size), SYS_PAGE_SIZE, size,
				&caller, &zero);
	if (data && zero)
		memcheck_on_zeroed(data, size);
	else if (data)
		memset(data, 0, size);
	return data;
}

/* The smallest class of aligned segments of SIZE bytes, or CLASS_COUNT. */
static unsigned int aligned_class(size_t align, size_t size)
{
	size_t padded = size + security_padding() + memcheck_red_zone();
	unsigned int c;

	if (align > SYS_PAGE_SIZE || padded > CLASS_SIZE_MAX)
		return CLASS_COUNT;
	/* A power of two is among the next eight. */
	c = class_of_size(padded > align ? padded : align);
	while (c < CLASS_COUNT && class_size(c) % align)
		c++;
	if (c < CLASS_COUNT && class_size(c) - size > ALLOTYPE_RECORD_SLACK_MAX)
		return CLASS_COUNT;
	return c;
}

void *heap_allocate_aligned(size_t align, size_t size, const uint64_t *frame)
{
	struct site_caller caller = site_caller_of(frame);
	bool zero;

	if (align <= CLASS_ALIGN)
		return heap_allocate_for(size, &caller);
	return allocate(aligned_class(align, size), align, size, &caller,
			&zero);
}

/* ---- freeing ---- */

static struct site_freer find_freer(uint64_t address)
{
	struct heap_thread *self = thread_own();
	uint32_t site;

	if (self)
		return site_cache_find_freer(&self->sites, address);
	site = sites_find_direct(address);
	return (struct site_freer){ site, sites_free_index(site) };
}

uint32_t heap_free_pair(uint32_t allocated, uint64_t address)
{
	return sites_intern_pair(allocated, find_freer(address).site);
}

/* What RECORD becomes when the caller with return address ADDRESS frees. */
static uint32_t freed_record(uint32_t record, uint64_t address)
{
	struct site_freer freer = find_freer(address);

	return sites_freed_record(record, freer.site, freer.index);
}

/* The record becomes AFTER.  False when another thread freed it first. */
static bool free_segment(const struct object *object, uint32_t after)
{
	minipage *page = object->page;
	uint32_t *record = &unit_records(page)[object->index];
	uint32_t before = object->record;
	struct bin *bin;

	if (!__atomic_compare_exchange_n(record, &before, after, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return false;
	if (minipage_owner(page) != heap_thread_self)
		return minipage_free_remote(page, object->index);
	if (heap_checked)
		stats_touch(heap_thread_self, STATS_FREE_READ,
			    STATS_FREE_WRITTEN);
	bin = thread_bin(heap_thread_self, page->kind);
	if (bin->top < bin->limit)
		/* What is freed may be the last part of what was split. */
		*bin->top++ = (struct cached){
			unit_base(page) + (uintptr_t)object->index * page->size,
			record,
		};
	else
		minipage_free_local(page, object->index);
	return true;
}

/* The last part of a split block was freed: so is the block. */
static bool free_block(const struct object *object, uint32_t pair)
{
	uint32_t after = object->page ? ALLOTYPE_RECORD_PAIR | pair : pair;
	struct object whole = *object;

	whole.is_part = false;
	whole.base = object->block;
	if (security_covers(&whole))
		return security_free(&whole, after);
	if (object->page)
		return free_segment(object, after);
	return big_free(object->region, object->block, pair);
}

static bool free_part(const struct object *object, uint64_t address)
{
	uint32_t pair = heap_free_pair(object->part.site, address);

	switch (split_free(object->base, pair)) {
	case SPLIT_LAST:
		return free_block(object, pair);
	case SPLIT_FREED:
		return true;
	default:
		return false;
	}
}

bool heap_free_object(struct object *object, uint64_t address)
{
	uint32_t after;

	memcheck_on_free((void *)object->base);
	sample_end(object);
	if (object->is_part)
		return free_part(object, address);
	if (object_is_slot(object))
		return slots_free(object,
				  freed_record(object->record, address));
	after = object->page ? freed_record(object->record, address) :
			       heap_free_pair(object->run.site, address);
	if (security_covers(object))
		return security_free(object, after);
	if (object->page)
		return free_segment(object, after);
	if (heap_checked)
		stats_touch(thread_own(), STATS_RUN_READ, STATS_RUN_WRITTEN);
	return big_free(object->region, object->base, after);
}

/* Objects of classes are released to those, and nothing else. */
bool heap_refuse_class(const char *function, const void *pointer,
		       uint64_t address, const struct object *object)
{
	const struct alloc_class *owner = class_by_id(object->class_id);

	if (!owner)
		return false;
	misuse_report_class(function, pointer, address, NULL,
			    class_name(owner));
	return true;
}

void heap_free_slow(void *pointer, uint64_t address)
{
	uint32_t wishes = __atomic_load_n(&reserve_wishes, __ATOMIC_RELAXED);
	uint32_t calls = __atomic_load_n(&reserve_calls, __ATOMIC_RELAXED);
	struct object object;
	enum object_state state;

	if (!pointer || !heap_init())
		return;
	state = object_find((uintptr_t)pointer, &object);
	if (state == OBJECT_LIVE) {
		if (heap_refuse_class("free", pointer, address, &object))
			return;
		security_check(&object, "free", address);
		if (heap_free_object(&object, address)) {
			reserve_top_up(calls, wishes);
			decay_after(calls);
			return;
		}
		state = OBJECT_FREED;
	}
	if (state == OBJECT_FOREIGN && heap_is_foreign(pointer))
		heap_foreign_free(pointer);
	else
		object_report("free", (uintptr_t)pointer, address, state,
			      &object);
}

/* Of two threads that free the same object at the same time, the bit of the
 * segment stops the second. */
void heap_free_of_others(void *pointer, uint64_t address, minipage *page,
			 uint32_t by)
{
	uint32_t index;

	if (!page->records ||
	    !unit_begins_segment(page, (uint32_t)((uintptr_t)pointer -
						  region_minipage_base),
				 &index) ||
	    !heap_mark_freed(&unit_records(page)[index], by) ||
	    !minipage_free_remote(page, index))
		heap_free_slow(pointer, address);
}

size_t heap_size_slow(const void *pointer)
{
	struct object object;
	enum object_state state;
	size_t size;

	if (!pointer || !heap_init())
		return 0;
	state = object_find((uintptr_t)pointer, &object);
	if (state == OBJECT_LIVE)
		return object.size;
	size = state == OBJECT_FOREIGN && heap_foreign_size ?
		       heap_foreign_size(pointer) :
		       SIZE_MAX;
	return size == SIZE_MAX ? 0 : size;
}

bool heap_is_live(const void *pointer)
{
	struct object object;
	enum object_state state;

	if (!heap_init())
		return false;
	state = object_find((uintptr_t)pointer, &object);
	return state == OBJECT_LIVE ||
	       (state == OBJECT_FOREIGN && heap_is_foreign(pointer));
}

/* ---- the rest ---- */

bool heap_trim(void)
{
	bool units, runs, waiting;

	if (!heap_init())
		return false;
	waiting = heap_secured && quarantine_flush();
	waiting = thread_trim() || waiting;
	units = unit_trim();
	runs = big_trim();
	log_write(OPTION_LOG_DEBUG, "trim: %s",
		  units || runs ? "free memory goes back to the system" :
				  "there is no free memory");
	return units || runs || waiting;
}

void heap_fork_prepare(void)
{
	lock_acquire(&init_lock);
	lock_acquire(&quarantine_lock);
	lock_acquire(&thread_lock);
	for (unsigned int i = 0; i < CLASS_COUNT; i++)
		lock_acquire(minipage_class_lock(i));
	lock_acquire(&kinds_lock);
	lock_acquire(&sample_lock);
	lock_acquire(&region_lock);
	lock_acquire(&sites_lock);
	lock_acquire(&private_lock);
}

void heap_fork_parent(void)
{
	lock_release(&private_lock);
	lock_release(&sites_lock);
	lock_release(&region_lock);
	lock_release(&sample_lock);
	lock_release(&kinds_lock);
	for (unsigned int i = CLASS_COUNT; i-- > 0;)
		lock_release(minipage_class_lock(i));
	lock_release(&thread_lock);
	lock_release(&quarantine_lock);
	lock_release(&init_lock);
}

void heap_fork_child(void)
{
	lock_reset(&private_lock);
	lock_reset(&sites_lock);
	lock_reset(&region_lock);
	lock_reset(&sample_lock);
	lock_reset(&kinds_lock);
	lock_reset(&thread_lock);
	lock_reset(&quarantine_lock);
	lock_reset(&init_lock);
	thread_fork_child();
	sample_fork_child();
	if (heap_secured) {
		quarantine_fork_child();
		security_fork_child();
	}
}

void heap_close_reservations(void)
{
	if (!heap_init())
		return;
	heap_fork_prepare();
	reserve_close();
	heap_fork_parent();
}

void heap_limit_reservations(void)
{
	if (!heap_init())
		return;
	heap_fork_prepare();
	region_shrink();
	heap_fork_parent();
}

static void add_unit(minipage *page, void *context)
{
	struct heap_stats *stats = context;

	if (page->state != ALLOTYPE_MINIPAGE_FREE)
		stats->live_bytes += (size_t)page->taken * page->size;
}

void heap_get_stats(struct heap_stats *stats)
{
	struct slots_counts slots;
	struct unit_counts units;
	struct big_counts runs;

	memset(stats, 0, sizeof *stats);
	if (!heap_init())
		return;
	unit_count(&units);
	big_count(&runs);
	unit_walk(add_unit, stats);
	stats->live_bytes += runs.live_bytes;
	stats->big_bytes = runs.live_bytes;
	stats->big_count = runs.live_runs;
	stats->free_count = units.dirty + units.clean + runs.free_runs;
	slots_count(&slots);
	stats->live_bytes += slots.live_bytes;
	stats->kept_bytes = units.dirty * ALLOTYPE_UNIT_SIZE +
			    runs.dirty_bytes + slots.kept_bytes;
	stats->reserved_bytes = units.used * (size_t)ALLOTYPE_UNIT_SIZE +
				runs.live_bytes + slots.live_bytes +
				stats->kept_bytes;
}
