/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/minipage.h"

#include "base/report.h"
#include "base/sys.h"
#include "heap/decay.h"
#include "heap/free_bits.h"
#include "heap/kinds.h"
#include "heap/minipage_list.h"
#include "heap/minipage_load.h"
#include "heap/region.h"
#include "heap/security.h"

/* Of remote bitmaps, in one call: words, and MiniPages. */
enum { COLLECT_WORDS = 8, COLLECT_PAGES = 4, ALL_WORDS = 64 };

/* What one call may do with what an ended thread owned: a segment that was at
 * hand and a kind cost 1. */
enum { ABANDON_WORK = 5, ABANDON_PAGE_WORK = 4, ABANDON_CHUNKS = 2 };

/* Segments that were never used, taken by a long refill. */
enum { LONG_FRESH_MAX = 4 };
/* Full MiniPages of a bin which get another one its memory at once. */
enum { POPULATE_AFTER = 4 };

/* MiniPages without an owner that have room, by class. */
static struct class_pages {
	struct lock lock;
	minipage *abandoned; /* read without the lock as a hint only */
} __attribute__((aligned(64))) classes[CLASS_COUNT];

/* Where a stack of remote frees ends when its thread has ended. */
static minipage closed;

void minipage_init(void)
{
	for (unsigned int i = 0; i < CLASS_COUNT; i++)
		lock_set_rank(&classes[i].lock, LOCK_RANK_HEAP_CLASS);
}

struct lock *minipage_class_lock(unsigned int kind)
{
	return &classes[kind % CLASS_COUNT].lock;
}

/* The list of MiniPages of KIND without an owner that have room; under its
 * class lock, but as a hint. */
static minipage **abandoned_list(unsigned int kind)
{
	return kind < CLASS_COUNT ? &classes[kind].abandoned
				  : &kinds_get(kind)->abandoned;
}

void minipage_set_owner(minipage *page, const struct heap_thread *owner)
{
	__atomic_store_n(&page->owner, (uintptr_t)owner, __ATOMIC_RELEASE);
}

/* ---- free bits ---- */

static bool has_room(const minipage *page)
{
	return page->summary || page->fresh < allotype_minipage_count(page);
}

/* Moves what at most *WORDS words of the remote bitmap hold, of those that its
 * summary names, to the free bitmap; *WORDS is what is left of them.  True when
 * the summary is zero afterwards: PAGE is on no stack then, and who frees next
 * puts it there again.  The caller has the MiniPage from a stack, or made its
 * summary nonzero. */
static bool collect_bits(minipage *page, unsigned int *words)
{
	struct unit_remote *remote = unit_remote(page);
	uint64_t *bitmap = unit_remote_words(page), part, left;
	unsigned int count = *words;

	part = bits_lowest(__atomic_load_n(&remote->summary, __ATOMIC_ACQUIRE),
			   &count);
	/* Acquire: pairs with the releases in minipage_free_remote.  A name
	 * goes before what it names. */
	left = __atomic_and_fetch(&remote->summary, ~part, __ATOMIC_ACQ_REL);
	*words -= count;
	for (; part; part &= part - 1) {
		unsigned int w = (unsigned int)__builtin_ctzll(part);

		free_bits_add(page, w,
			      __atomic_exchange_n(&bitmap[w], 0,
						  __ATOMIC_ACQUIRE));
	}
	return !left;
}

/* In a fork child, of a MiniPage whose owner may have stopped midway: makes
 * the free bitmap again from the records.  While it does, no other thread may
 * free segments: of one that is free by its record it could not tell whether
 * its bit is still to come. */
static void rebuild(minipage *page)
{
	const uint32_t *records = unit_records(page);
	uint64_t *remote = unit_remote_words(page);

	page->taken = page->fresh;
	page->summary = 0;
	unit_remote(page)->summary = 0;
	for (unsigned int w = 0; w < unit_words(page); w++)
		remote[w] = *unit_free_word(page, w) = 0;
	for (uint32_t i = 0; i < page->fresh; i++)
		if (!allotype_record_is_taken(records[i]))
			free_bits_add(page, i / 64, UINT64_C(1) << (i & 63));
}

void minipage_withhold(minipage *page, uint32_t index)
{
	uint64_t *word = unit_free_word(page, index >> 6);
	uint64_t bit = UINT64_C(1) << (index & 63);

	if (!(*word & bit))
		return;
	*word &= ~bit;
	if (!*word)
		page->summary &= ~(UINT64_C(1) << (index >> 6));
	page->taken++;
}

/* ---- the owner's lists ---- */

static void make_full(struct bin *bin, minipage *page)
{
	page->state = ALLOTYPE_MINIPAGE_FULL;
	page->notify = (uint16_t)(allotype_minipage_count(page) - 1);
	minipage_list_push(&bin->full, page);
}

static void make_partial(struct bin *bin, minipage *page)
{
	page->state = ALLOTYPE_MINIPAGE_PARTIAL;
	page->notify = 0;
	minipage_list_push(&bin->partial, page);
}

/* PAGE has more free segments than before: puts it where it belongs. */
static void settle(minipage *page)
{
	struct bin *bin = thread_bin(minipage_owner(page), page->kind);

	if (page->state == ALLOTYPE_MINIPAGE_CURRENT)
		return;
	if (page->state == ALLOTYPE_MINIPAGE_FULL) {
		minipage_list_remove(&bin->full, page);
		make_partial(bin, page);
	}
	/* The last one stays, for the next allocation. */
	if (page->taken || (!page->next && !page->previous))
		return;
	minipage_list_remove(&bin->partial, page);
	minipage_set_owner(page, NULL);
	unit_release(page);
}

void minipage_free_local(minipage *page, uint32_t index)
{
	uint32_t w = index >> 6;

	*unit_free_word(page, w) |= UINT64_C(1) << (index & 63);
	page->summary |= UINT64_C(1) << w;
	if (__builtin_expect(--page->taken == page->notify, 0))
		settle(page);
}

/* ---- frees by others ---- */

/* Puts PAGE on OWNER's stack; false if that has ended. */
static bool push_remote(struct heap_thread *owner, minipage *page)
{
	minipage *head = __atomic_load_n(&owner->remote, __ATOMIC_RELAXED);

	do {
		if (head == &closed)
			return false;
		unit_remote(page)->next = head;
		/* Release: pairs with the acquire of take_remote. */
	} while (!__atomic_compare_exchange_n(&owner->remote, &head, page, true,
					      __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	return true;
}

/* Takes what was freed in nobody's PAGE; under its class lock. */
static void collect_abandoned(minipage *page)
{
	minipage **head = abandoned_list(page->kind);
	unsigned int words = ALL_WORDS;

	if (page->lost)
		return;
	while (!collect_bits(page, &words))
		words = ALL_WORDS;
	if (page->taken) {
		if (!page->listed && has_room(page))
			minipage_list_push(head, page);
		return;
	}
	if (page->listed)
		minipage_list_remove(head, page);
	unit_release(page);
}

/* Tells whom it concerns that PAGE's remote summary is not zero any more. */
static void hand_over(minipage *page)
{
	for (;;) {
		struct heap_thread *owner = minipage_owner(page);
		struct lock *lock = minipage_class_lock(page->kind);

		if (owner) {
			if (push_remote(owner, page))
				return;
			continue;
		}
		lock_acquire(lock);
		if (!minipage_owner(page)) {
			collect_abandoned(page);
			lock_release(lock);
			return;
		}
		lock_release(lock);
	}
}

/* Takes what was freed in PAGE of OWNER, if that has ended and no thread has
 * taken its cache up. */
static bool collect_ended(struct heap_thread *owner, minipage *page)
{
	unsigned int words = ALL_WORDS;
	bool ended;

	if (!owner || !thread_has_ended(owner))
		return false;
	lock_acquire(&thread_lock);
	ended = thread_has_ended(owner) && minipage_owner(page) == owner;
	if (ended) {
		while (!collect_bits(page, &words))
			words = ALL_WORDS;
		settle(page);
	}
	lock_release(&thread_lock);
	return ended;
}

/* Where other threads may do anything in between, they get the chance to now
 * and then in debug builds: tests meet there what else happens once a week.
 * On a busy machine a yield takes a time slice, so not every pass has one. */
static inline void race_window(void)
{
#ifdef ALLOTYPE_DEBUG
	static uint32_t passes; /* atomic */

	if (__atomic_fetch_add(&passes, 1, __ATOMIC_RELAXED) % 16 == 0)
		sys_yield();
#endif
}

/* PAGE's remote summary is not zero any more; true. */
static __attribute__((noinline)) bool announce(minipage *page)
{
	race_window();
	if (!collect_ended(minipage_owner(page), page))
		hand_over(page);
	return true;
}

/*
 * A bit is collected only when the summary names its word, and its word is
 * named only by who made it nonzero.  So whoever finds it nonzero is done,
 * and must not touch PAGE again: it may be released, and become another's,
 * at any moment.  Likewise for the summary.
 */
bool minipage_free_remote(minipage *page, uint32_t index)
{
	struct unit_remote *remote = unit_remote(page);
	uint64_t bit = UINT64_C(1) << (index & 63), before;
	unsigned int w = index >> 6;

	before = __atomic_fetch_or(&unit_remote_words(page)[w], bit,
				   __ATOMIC_ACQ_REL);
	if (before)
		return !(before & bit);
	race_window();
	if (__atomic_fetch_or(&remote->summary, UINT64_C(1) << w,
			      __ATOMIC_ACQ_REL))
		return true;
	return announce(page);
}

void minipage_free_checked(minipage *page, uint32_t index)
{
	if (minipage_owner(page) == heap_thread_self)
		minipage_free_local(page, index);
	else
		minipage_free_remote(page, index);
}

/* Collects part of what is on SELF's stack. */
static void collect_remote(struct heap_thread *self)
{
	unsigned int words = COLLECT_WORDS;

	if (!self->pending)
		self->pending = __atomic_exchange_n(&self->remote, NULL,
						    __ATOMIC_ACQUIRE);
	for (int i = 0; self->pending && words && i < COLLECT_PAGES; i++) {
		minipage *page = self->pending;
		/* Once its summary is zero others may write this. */
		minipage *next = unit_remote(page)->next;

		if (minipage_owner(page) != self) {
			self->pending = next;
			hand_over(page);
			continue;
		}
		if (collect_bits(page, &words))
			self->pending = next;
		else
			words = 0;
		settle(page);
	}
}

/* ---- allocation ---- */

/* Makes all segments of PAGE free that were never used, to choose from. */
static void free_fresh(minipage *page)
{
	uint32_t count = allotype_minipage_count(page);

	page->taken += (uint16_t)(count - page->fresh);
	for (uint32_t i = page->fresh; i < count; i++) {
		unit_records(page)[i] = 0;
		free_bits_add(page, i / 64, UINT64_C(1) << (i & 63));
	}
	unit_set_fresh(page, count);
}

/* Makes PAGE, which is in no list, the current one of SELF. */
static void make_current(struct heap_thread *self, minipage *page)
{
	struct bin *bin = thread_bin(self, page->kind);

	page->state = ALLOTYPE_MINIPAGE_CURRENT;
	page->notify = MINIPAGE_NOTIFY_NEVER;
	bin->page = page;
	bin->size = page->size;
}

/* One of nobody's that has room, if there is any. */
static minipage *adopt(struct heap_thread *self, unsigned int kind)
{
	minipage **head = abandoned_list(kind);
	struct lock *lock = minipage_class_lock(kind);
	minipage *page;

	if (!__atomic_load_n(head, __ATOMIC_RELAXED))
		return NULL;
	lock_acquire(lock);
	page = *head;
	if (page) {
		minipage_list_remove(head, page);
		minipage_set_owner(page, self);
	}
	lock_release(lock);
	return page;
}

/*
 * PAGE, never used, is the next of a BIN that has filled others: its memory
 * will be needed whole, and one system call for it takes less time than a
 * fault for each page, unless the operation made one since CALLS.
 */
static void populate(const struct bin *bin, const minipage *page,
		     uint32_t calls)
{
	const minipage *full = bin->full;

	for (unsigned int i = 1; full && i < POPULATE_AFTER; i++)
		full = (const minipage *)(uintptr_t)full->next;
	if (full && page->zero && page->kind < CLASS_COUNT &&
	    calls == __atomic_load_n(&reserve_calls, __ATOMIC_RELAXED))
		reserve_populate((void *)unit_base(page), ALLOTYPE_UNIT_SIZE);
}

/* In an operation that began with CALLS in reserve_calls. */
static minipage *next_page(struct heap_thread *self, unsigned int kind,
			   uint32_t calls)
{
	struct bin *bin = thread_bin(self, kind);
	minipage *page = bin->partial;

	if (page) {
		minipage_list_remove(&bin->partial, page);
		return page;
	}
	page = adopt(self, kind);
	if (page)
		return page;
	page = thread_inherit_page(self, kind);
	if (page)
		return page;
	page = unit_acquire(kind);
	if (!page)
		return NULL;
	minipage_set_owner(page, self);
	populate(bin, page, calls);
	return page;
}

/* How many BIN takes at once: of what a thread seldom allocates, little. */
static unsigned int next_batch(struct bin *bin)
{
	if (bin->batch < (bin->limit - bin->bottom) / 2)
		bin->batch *= 2;
	return bin->batch;
}

/* Are there short refills of BIN for KIND?  Where something must see every
 * operation, and of samples, there are none. */
static bool can_reload(const struct bin *bin, unsigned int kind)
{
	return kind < CLASS_COUNT && bin->limit != bin->bottom;
}

bool minipage_reload(struct heap_thread *self, struct bin *bin)
{
	if (!bin->page || bin->limit == bin->bottom || self->pending ||
	    __atomic_load_n(&self->remote, __ATOMIC_RELAXED) ||
	    !minipage_load(bin, bin->page, next_batch(bin)))
		return false;
	/* Not much work: there is time for this. */
	decay_after(__atomic_load_n(&reserve_calls, __ATOMIC_RELAXED));
	return true;
}

/* How many a long refill takes: one is enough where it took long to fetch the
 * MiniPage, and few that were never used where short refills can follow. */
static unsigned int long_batch(struct bin *bin, const minipage *page,
			       unsigned int kind, bool fetched)
{
	unsigned int batch = fetched ? 1 : next_batch(bin);

	if (can_reload(bin, kind) && !page->summary && batch > LONG_FRESH_MAX)
		return LONG_FRESH_MAX;
	return batch;
}

bool minipage_refill(struct heap_thread *self, unsigned int kind)
{
	uint32_t calls = __atomic_load_n(&reserve_calls, __ATOMIC_RELAXED);
	struct bin *bin = thread_bin(self, kind);
	bool fetched = false;
	minipage *page;

	if (!bin->bottom)
		thread_prepare_bin(self, kind);
	if (self->pending || __atomic_load_n(&self->remote, __ATOMIC_RELAXED))
		collect_remote(self);
	for (;; fetched = true) {
		page = bin->page;
		if (page && security_covers_kind(kind))
			free_fresh(page);
		if (page && minipage_load(bin, page,
					  long_batch(bin, page, kind,
						     fetched)))
			break;
		if (page) {
			bin->page = NULL;
			make_full(bin, page);
		}
		page = next_page(self, kind, calls);
		if (!page)
			return false;
		make_current(self, page);
	}
	if (!fetched && !can_reload(bin, kind))
		decay_after(calls);
	return true;
}

/* ---- the end of a thread ---- */

/* PAGE, in no list, becomes nobody's. */
static void abandon_page(minipage *page)
{
	struct lock *lock = minipage_class_lock(page->kind);

	lock_acquire(lock);
	page->notify = MINIPAGE_NOTIFY_NEVER;
	minipage_set_owner(page, NULL);
	if (!page->stale && !page->taken)
		unit_release(page);
	else if (has_room(page))
		minipage_list_push(abandoned_list(page->kind), page);
	lock_release(lock);
}

/* The MiniPage of a segment at hand. */
static minipage *cached_page(const struct cached *cached)
{
	const struct allotype_region *region =
		&region_find(cached->data)->published;

	return (minipage *)(uintptr_t)region->descriptors +
	       ((cached->data - region->base) >> ALLOTYPE_UNIT_SHIFT);
}

/* Puts segments at hand back, at most *WORK of them; true when none is left. */
static bool unload(struct bin *bin, int *work)
{
	const uint32_t *records = NULL;
	minipage *page = NULL;
	uintptr_t base = 0;
	int left = *work;

	for (; bin->top != bin->bottom && left > 0; left--) {
		const struct cached *entry = --bin->top;

		/* Most are of one MiniPage. */
		if (!page || entry->data - base >= ALLOTYPE_UNIT_SIZE) {
			page = cached_page(entry);
			base = unit_base(page);
			records = unit_records(page);
		}
		minipage_free_local(page, (uint32_t)(entry->record - records));
	}
	*work = left;
	return bin->top == bin->bottom;
}

minipage *minipage_detach(struct heap_thread *self, unsigned int kind,
			  int *work)
{
	struct bin *bin = thread_bin(self, kind);
	minipage *page = bin->page;

	if ((!page && !bin->partial) || !unload(bin, work))
		return NULL;
	if (bin->partial) {
		page = bin->partial;
		minipage_list_remove(&bin->partial, page);
		return page;
	}
	if (!page || !has_room(page))
		return NULL;
	bin->page = NULL;
	return page;
}

/* Any MiniPage of BIN, in no list; or NULL. */
static minipage *detach_any(struct bin *bin)
{
	minipage **head = bin->partial ? &bin->partial : &bin->full;
	minipage *page = bin->page;

	if (page) {
		bin->page = NULL;
		return page;
	}
	page = *head;
	if (page)
		minipage_list_remove(head, page);
	return page;
}

/* True when SELF owns nothing of KIND any more. */
static bool abandon_bin(struct heap_thread *self, unsigned int kind, int *work)
{
	struct bin *bin = thread_bin(self, kind);
	minipage *page;

	if (!unload(bin, work))
		return false;
	bin->credit = bin->due = 0;
	for (; *work > 0; *work -= ABANDON_PAGE_WORK) {
		page = detach_any(bin);
		if (!page)
			return true;
		abandon_page(page);
	}
	return false;
}

/* The kind may be one of a gap: not a size class, and without a bin. */
static bool has_bin(const struct heap_thread *self, unsigned int kind)
{
	return kind < CLASS_COUNT || self->kinds[kind / KIND_CHUNK];
}

/* Steps over a kind that SELF owns nothing of, and a piece of a gap. */
static void skip_kind(struct heap_thread *self)
{
	unsigned int kind = self->abandoned + 1;

	if (kind == CLASS_COUNT)
		kind = KIND_FIRST;
	for (int i = 0; i < ABANDON_CHUNKS && kind < self->kind_limit &&
			!has_bin(self, kind); i++)
		kind = (kind | (KIND_CHUNK - 1)) + 1;
	self->abandoned = kind;
}

bool minipage_abandon(struct heap_thread *self)
{
	int work = ABANDON_WORK;
	minipage *none = NULL;

	if (self->pending || __atomic_load_n(&self->remote, __ATOMIC_RELAXED)) {
		collect_remote(self);
		return false;
	}
	for (; work > 0; work--) {
		if (self->abandoned >= CLASS_COUNT &&
		    self->abandoned >= self->kind_limit)
			/* Nobody pushes any more after this; who finds it
			 * closed looks for the owner again. */
			return __atomic_compare_exchange_n(&self->remote, &none,
							   &closed, false,
							   __ATOMIC_ACQ_REL,
							   __ATOMIC_RELAXED);
		if (has_bin(self, self->abandoned) &&
		    !abandon_bin(self, self->abandoned, &work))
			return false;
		skip_kind(self);
	}
	return false;
}

/* ---- fork ---- */

/* Other threads may have stopped anywhere: nothing they own is trusted but
 * the records, and bits on their way are taken up here. */
static void visit_after_fork(minipage *page, void *context)
{
	struct heap_thread *self = context, *owner = minipage_owner(page);
	uint64_t *words;

	if (page->state == ALLOTYPE_MINIPAGE_FREE || page->lost)
		return;
	if (owner && owner != self) {
		page->stale = heap_secured;
		page->next = page->previous = 0;
		page->listed = 0;
		rebuild(page);
		abandon_page(page);
		return;
	}
	words = unit_remote_words(page);
	unit_remote(page)->summary = 0;
	for (unsigned int w = 0; w < unit_words(page); w++) {
		free_bits_add(page, w, words[w]);
		words[w] = 0;
	}
	if (owner)
		settle(page);
	else
		collect_abandoned(page);
}

void minipage_fork_child(struct heap_thread *self)
{
	for (unsigned int i = 0; i < CLASS_COUNT; i++)
		lock_reset(&classes[i].lock);
	self->remote = NULL;
	self->pending = NULL;
	kinds_fork_child(self);
	unit_walk(visit_after_fork, self);
}
