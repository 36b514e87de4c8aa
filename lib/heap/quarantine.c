/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/quarantine.h"

#include <string.h>

#include "base/options.h"
#include "base/sys.h"
#include "heap/minipage.h"
#include "heap/misuse.h"
#include "heap/security.h"

enum { ENTRY_MAX = 16384 };

struct entry {
	uintptr_t base;
	uint32_t bytes; /* of a segment; 0: a run */
};

struct lock quarantine_lock = LOCK_INIT(LOCK_RANK_HEAP_QUARANTINE);

/* A ring; guarded by quarantine_lock. */
static struct entry entries[ENTRY_MAX];
static size_t first, count, bytes;

/* What counts of ENTRY: a run has no memory any more, only addresses. */
static size_t weight(const struct entry *entry)
{
	return entry->bytes ? entry->bytes : SYS_PAGE_SIZE;
}

void quarantine_add(uintptr_t base, uint32_t size)
{
	struct entry *entry = &entries[(first + count) % ENTRY_MAX];

	*entry = (struct entry){ base, size };
	count++;
	bytes += weight(entry);
}

static struct entry take_first(void)
{
	struct entry entry = entries[first];

	first = (first + 1) % ENTRY_MAX;
	count--;
	bytes -= weight(&entry);
	return entry;
}

static void let_go(const struct entry *entry)
{
	struct object object;

	object_find(entry->base, &object);
	if (object.page)
		minipage_free_checked(object.page, object.index);
	else
		big_release(object.region, entry->base);
}

static uintptr_t find_write(const struct entry *entry)
{
	return entry->bytes ? security_find_write(entry->base, entry->bytes) :
			      0;
}

static void report(const struct entry *entry, uintptr_t written)
{
	const struct misuse misuse = {
		.kind = MISUSE_STALE_WRITE,
		.pointer = entry->base,
		.address = written,
	};

	misuse_report(&misuse);
}

/* Lets the oldest go until LIMIT bytes are left, or one was written to: that
 * is *ENTRY, which nobody else has then. */
static uintptr_t shrink(size_t limit, struct entry *entry)
{
	uintptr_t written = 0;

	lock_acquire(&quarantine_lock);
	/* A place is kept for the next one. */
	while (!written && (bytes > limit || count == ENTRY_MAX)) {
		*entry = take_first();
		written = find_write(entry);
		if (!written)
			let_go(entry);
	}
	lock_release(&quarantine_lock);
	return written;
}

static void shrink_to(size_t limit)
{
	struct entry entry;
	uintptr_t written;

	while ((written = shrink(limit, &entry))) {
		/* While its record still tells the story. */
		report(&entry, written);
		lock_acquire(&quarantine_lock);
		memset((void *)entry.base, 0, entry.bytes);
		let_go(&entry);
		lock_release(&quarantine_lock);
	}
}

void quarantine_settle(void)
{
	shrink_to(options.quarantine);
}

bool quarantine_flush(void)
{
	bool any = __atomic_load_n(&count, __ATOMIC_RELAXED) != 0;

	shrink_to(0);
	return any;
}

size_t quarantine_check(void)
{
	struct entry entry = { 0, 0 };
	uintptr_t written = 0;
	size_t found = 0;

	for (size_t i = 0; i < ENTRY_MAX; i++) {
		lock_acquire(&quarantine_lock);
		written = 0;
		if (i < count) {
			entry = entries[(first + i) % ENTRY_MAX];
			written = find_write(&entry);
		}
		lock_release(&quarantine_lock);
		if (!written)
			continue;
		found++;
		report(&entry, written);
	}
	return found;
}

/* ---- fork ---- */

/* What another thread was about to give out or take back when it stopped is
 * free here, but may hold a canary or the like. */
static void clean(minipage *page, void *context)
{
	const uint32_t *records = unit_records(page);

	(void)context;
	if (page->state == ALLOTYPE_MINIPAGE_FREE || !page->stale)
		return;
	page->stale = 0;
	if (!security_covers_kind(page->kind))
		return;
	for (uint32_t i = 0; i < page->fresh; i++) {
		uintptr_t base = unit_base(page) + (uintptr_t)i * page->size;

		if (!allotype_record_is_taken(records[i]) &&
		    security_find_write(base, page->size))
			memset((void *)base, 0, page->size);
	}
}

void quarantine_fork_child(void)
{
	unit_walk(clean, NULL);
	for (size_t i = 0; i < count; i++) {
		const struct entry *entry = &entries[(first + i) % ENTRY_MAX];
		struct object object;

		object_find(entry->base, &object);
		if (object.page)
			minipage_withhold(object.page, object.index);
	}
}
