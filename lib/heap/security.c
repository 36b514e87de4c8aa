/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/security.h"

#include <string.h>

#include "base/options.h"
#include "base/sys.h"
#include "heap/heap.h"
#include "heap/kinds.h"
#include "heap/lookup.h"
#include "heap/misuse.h"
#include "heap/quarantine.h"

enum {
	/* Runs with a guard page of their own: each is two mappings, of which
	 * a process may have 65,530. */
	GUARDED_MAX = 16384,
	CHECK_ATTEMPTS = 4,
};

bool heap_secured;

/* Constant after start. */
static uint64_t secret;
/* Atomic, relaxed: no order is asked of random numbers. */
static uint64_t random_state;

/* ---- random numbers: SplitMix64 (G. Steele et al., 2014), keyed ---- */

static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

static uint64_t random_next(void)
{
	return mix(secret ^ __atomic_add_fetch(&random_state,
					       0x9e3779b97f4a7c15u,
					       __ATOMIC_RELAXED));
}

static void seed(void)
{
	uint64_t seeds[2];

	sys_random(seeds);
	secret = mix(seeds[0]);
	random_state = seeds[1] ^ (uint64_t)(uintptr_t)&seeds;
}

void security_init(void)
{
	if (!options.security)
		return;
	seed();
	heap_secured = true;
	heap_checked = true;
}

void security_fork_child(void)
{
	if (heap_secured)
		random_state ^= mix((uint64_t)sys_pid() ^ secret);
}

unsigned int security_pick(uint64_t word)
{
	unsigned int turn = random_next() & 63;
	uint64_t turned = word >> turn | word << (-turn & 63);

	return ((unsigned int)__builtin_ctzll(turned) + turn) & 63;
}

/* ---- canaries ---- */

/* The bytes behind the object at BASE: byte N of a word of memory is byte N
 * of this. */
static uint64_t canary_of(uintptr_t base)
{
	return mix(secret ^ base) | 0x0101010101010101u;
}

static uint8_t canary_byte(uint64_t canary, uintptr_t address)
{
	return (uint8_t)(canary >> (address % 8 * 8));
}

static void write_canary(uintptr_t base, uintptr_t from, uintptr_t limit)
{
	uint64_t canary = canary_of(base);

	for (; from < limit && from % 8; from++)
		*(uint8_t *)from = canary_byte(canary, from);
	for (; from + 8 <= limit; from += 8)
		*(uint64_t *)from = canary;
	for (; from < limit; from++)
		*(uint8_t *)from = canary_byte(canary, from);
}

/* The first byte that is not as it was written, or 0. */
static uintptr_t find_overflow(uintptr_t base, uintptr_t from, uintptr_t limit)
{
	uint64_t canary = canary_of(base);

	for (; from < limit; from++) {
		while (from % 8 == 0 && from + 8 <= limit &&
		       *(const uint64_t *)from == canary)
			from += 8;
		if (from < limit &&
		    *(const uint8_t *)from != canary_byte(canary, from))
			return from;
	}
	return 0;
}

uintptr_t security_find_write(uintptr_t base, size_t size)
{
	const uint64_t *words = (const uint64_t *)base;
	size_t i;

	for (i = 0; i < size / sizeof *words; i++)
		if (words[i])
			break;
	if (i == size / sizeof *words)
		return 0;
	for (base += i * sizeof *words; !*(const uint8_t *)base; base++)
		;
	return base;
}

static void report(enum misuse_kind kind, uintptr_t pointer, uintptr_t address,
		   const char *function, uint64_t caller)
{
	const struct misuse misuse = {
		.kind = kind,
		.function = function,
		.pointer = pointer,
		.address = address,
		.caller = caller,
	};

	misuse_report(&misuse);
}

/* ---- allocation ---- */

void *security_take(struct bin *bin, size_t size, uint32_t record)
{
	const struct cached *entry = --bin->top;
	uintptr_t base = entry->data, written;
	uint32_t before = __atomic_load_n(entry->record, __ATOMIC_RELAXED);

	bin_count(bin);
	written = security_find_write(base, bin->size);
	if (written) {
		/* Without a record the memory was another MiniPage's. */
		if (before)
			report(MISUSE_STALE_WRITE, base, written, NULL, 0);
		memset((void *)base, 0, bin->size);
	}
	write_canary(base, base + size, base + bin->size);
	/* Release: who finds it live finds the canary, too. */
	__atomic_store_n(entry->record,
			 record + (bin->size - (uint32_t)size),
			 __ATOMIC_RELEASE);
	return (void *)base;
}

bool security_open(void *data, size_t pages, size_t size, size_t live)
{
	size_t bytes = pages * SYS_PAGE_SIZE, usable = bytes - SYS_PAGE_SIZE;
	uintptr_t base = (uintptr_t)data;

	if (sys_failed(sys_protect(data, bytes, true)))
		return false;
	/* Without its guard it still has its canary. */
	if (live < GUARDED_MAX)
		sys_protect((char *)data + usable, SYS_PAGE_SIZE, false);
	write_canary(base, base + size, base + usable);
	return true;
}

bool security_close(void *data, size_t pages)
{
	size_t bytes = pages * SYS_PAGE_SIZE;
	bool zero = !sys_failed(sys_discard(data, bytes));

	/* Memory that is locked stays. */
	if (!zero)
		memset(data, 0, bytes - SYS_PAGE_SIZE);
	sys_protect(data, bytes, false);
	return zero;
}

/* ---- objects ---- */

bool security_covers_kind(unsigned int kind)
{
	return heap_secured && (kind < KIND_FIRST ||
				!kinds_get(kind)->published.class_id);
}

bool security_covers(const struct object *object)
{
	return heap_secured && !object->is_part && !object_is_slot(object) &&
	       (!object->page || security_covers_kind(object->page->kind));
}

/* Where the canary of OBJECT ends. */
static uintptr_t canary_limit(const struct object *object)
{
	return object->base +
	       (object->page ? object->page->size :
			       (uintptr_t)(object->run.pages - 1) *
				       SYS_PAGE_SIZE);
}

static uintptr_t object_overflow(const struct object *object)
{
	return find_overflow(object->base, object->base + object->size,
			     canary_limit(object));
}

void security_check(const struct object *object, const char *function,
		    uint64_t caller)
{
	uintptr_t written =
		security_covers(object) ? object_overflow(object) : 0;

	if (written)
		report(MISUSE_OVERFLOW, object->base, written, function,
		       caller);
}

static bool retire_segment(const struct object *object, uint32_t after)
{
	uint32_t *record = &unit_records(object->page)[object->index];
	uint32_t before = object->record;

	if (!__atomic_compare_exchange_n(record, &before, after, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return false;
	memset((void *)object->base, 0, object->page->size);
	quarantine_add(object->base, object->page->size);
	return true;
}

bool security_free(const struct object *object, uint32_t after)
{
	bool done;

	lock_acquire(&quarantine_lock);
	if (object->page) {
		done = retire_segment(object, after);
	} else {
		done = big_retire(object->region, object->base, after);
		if (done)
			quarantine_add(object->base, 0);
	}
	lock_release(&quarantine_lock);
	if (done)
		quarantine_settle();
	return done;
}

static size_t room_of(const struct object *object)
{
	return canary_limit(object) - object->base;
}

bool security_fits_pages(const struct object *object, size_t size)
{
	size_t room = room_of(object);

	return size <= room && room - size < SYS_PAGE_SIZE;
}

static bool fits(const struct object *object, size_t size)
{
	size_t room = room_of(object);

	return object->page ? size < room &&
				      room - size <= ALLOTYPE_RECORD_SLACK_MAX :
			      size <= room;
}

bool security_resize(const struct object *object, size_t size, uint32_t site)
{
	uintptr_t base = object->base, limit = canary_limit(object);
	uint32_t before = object->record, after;
	bool done;

	if (!fits(object, size))
		return false;
	lock_acquire(&quarantine_lock);
	if (object->page) {
		after = allotype_record_live(site,
					     (uint32_t)(limit - base - size));
		done = __atomic_compare_exchange_n(
			&unit_records(object->page)[object->index], &before,
			after, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	} else {
		done = big_set_size(object->region, base, size, site);
	}
	if (done) {
		if (size > object->size)
			memset((char *)base + object->size, 0,
			       size - object->size);
		write_canary(base, base + size, limit);
	}
	lock_release(&quarantine_lock);
	return done;
}

/* ---- the whole heap ---- */

struct check {
	size_t found;
	bool stopped;
	struct object object; /* the one that was found last */
	uintptr_t written;
};

/* An object that is just being made has its canary before its record, so
 * that only a resize or a new object in the same place can be mistaken: those
 * need the lock, which the check has, or time. */
static bool has_overflow(uintptr_t base, struct check *check)
{
	for (int i = 0; i < CHECK_ATTEMPTS; i++) {
		if (object_find(base, &check->object) != OBJECT_LIVE ||
		    !security_covers(&check->object))
			return false;
		check->written = object_overflow(&check->object);
		if (!check->written)
			return false;
		sys_yield();
	}
	return true;
}

static bool check_object(void *context, const struct heap_object *object)
{
	struct check *check = context;

	if (!has_overflow(object->base, check))
		return true;
	check->found++;
	/* No report that stops the process under the lock: a handler of its
	 * signal may free something. */
	check->stopped = options.on_error == OPTION_ON_ERROR_ABORT;
	if (!check->stopped)
		report(MISUSE_OVERFLOW, object->base, check->written, NULL, 0);
	return !check->stopped;
}

size_t security_check_all(void)
{
	struct check check = { 0 };

	if (!heap_init() || !heap_secured)
		return 0;
	lock_acquire(&quarantine_lock);
	heap_walk(NULL, heap_published_address(), check_object, &check);
	lock_release(&quarantine_lock);
	if (check.stopped)
		report(MISUSE_OVERFLOW, check.object.base, check.written, NULL,
		       0);
	return check.found + quarantine_check();
}
