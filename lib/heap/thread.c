/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/thread.h"

#include "base/log.h"
#include "base/sys.h"
#include "heap/decay.h"
#include "heap/heap.h"
#include "heap/minipage.h"
#include "heap/region.h"
#include "heap/sample.h"

/* Destructors of other keys may allocate and free: ours asks to be called
 * again in each of the rounds that POSIX guarantees, and ends in the last;
 * but not behind ThreadSanitizer's, which does the same. */
#ifdef UNDER_THREAD_SANITIZER
enum { EXIT_ROUNDS = 1 };
#else
enum { EXIT_ROUNDS = 4 };
#endif

struct heap_thread heap_thread_none, heap_thread_exited;
SYS_THREAD_LOCAL struct heap_thread *heap_thread_self = &heap_thread_none;

/* Entries of a stack, by doubling of the segment's size from 16 bytes on. */
static const uint8_t stack_room[CLASS_COUNT / 8] = { 32, 32, 32, 32, 16, 16,
						     8, 8, 8 };

struct lock thread_lock = LOCK_INIT(LOCK_RANK_HEAP_CACHE);
/* More caches of ended threads than this are abandoned without delay. */
enum { ENDED_MAX = 64, LOOKS_MAX = 4, WORK_MAX = 4 };

/* Guarded by thread_lock. */
static struct heap_thread *threads;
static struct heap_thread *shared; /* of threads after their exit */
static struct heap_thread *newest, *oldest; /* of ended threads, whole */
static struct heap_thread *empty; /* likewise, abandoned; linked by older */
/* How many are whole; the fewest in this period; of those of the last, how
 * many are to be abandoned.  Atomic, relaxed, as hints without the lock. */
static uint32_t ended_count, least_ended, due;

static uint32_t load(const uint32_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

static void store(uint32_t *count, uint32_t value)
{
	__atomic_store_n(count, value, __ATOMIC_RELAXED);
}

/* ---- caches of ended threads; under thread_lock ---- */

static void put_ended(struct heap_thread *self)
{
	self->abandoned = 0;
	self->older = newest;
	self->newer = NULL;
	if (newest)
		newest->newer = self;
	else
		oldest = self;
	newest = self;
	store(&ended_count, ended_count + 1);
	__atomic_store_n(&self->ended, true, __ATOMIC_RELAXED);
	__atomic_store_n(&decay_waiting, 1, __ATOMIC_RELAXED);
}

/* SELF is the newest or the oldest. */
static void remove_ended(struct heap_thread *self)
{
	if (self == newest)
		newest = self->older;
	else
		self->newer->older = self->older;
	if (self == oldest)
		oldest = self->newer;
	else
		self->older->newer = self->newer;
	store(&ended_count, ended_count - 1);
	if (ended_count < load(&least_ended))
		store(&least_ended, ended_count);
	__atomic_store_n(&self->ended, false, __ATOMIC_RELAXED);
}

/* Abandons a piece of what the oldest one owns. */
static void abandon_oldest(void)
{
	struct heap_thread *self = oldest;

	if (!minipage_abandon(self))
		return;
	remove_ended(self);
	self->older = empty;
	empty = self;
	if (load(&due))
		store(&due, due - 1);
}

bool thread_trim(void)
{
	bool any;

	lock_acquire(&thread_lock);
	any = oldest != NULL;
	while (oldest)
		abandon_oldest();
	lock_release(&thread_lock);
	return any;
}

void thread_begin_period(void)
{
	store(&due, load(&least_ended));
	store(&least_ended, load(&ended_count));
}

bool thread_is_due(void)
{
	return load(&due) != 0;
}

bool thread_has_ended_ones(void)
{
	return load(&ended_count) != 0;
}

void thread_abandon_due(void)
{
	/* Who has the lock may be the calling thread, for the shared cache. */
	if (!thread_is_due() || !lock_try(&thread_lock))
		return;
	if (oldest)
		abandon_oldest();
	else
		store(&due, 0);
	lock_release(&thread_lock);
}

minipage *thread_inherit_page(const struct heap_thread *self, unsigned int kind)
{
	struct heap_thread *thread;
	int work = WORK_MAX;
	minipage *page = NULL;
	bool locked;

	if (!thread_has_ended_ones())
		return NULL;
	locked = self == __atomic_load_n(&shared, __ATOMIC_RELAXED);
	if (!locked)
		lock_acquire(&thread_lock);
	thread = oldest;
	for (int i = 0; thread && !page && i < LOOKS_MAX; i++) {
		if (kind < CLASS_COUNT || thread_kind_bin(thread, kind))
			page = minipage_detach(thread, kind, &work);
		thread = thread->newer;
	}
	if (page)
		minipage_set_owner(page, self);
	if (!locked)
		lock_release(&thread_lock);
	return page;
}

/* ---- beginning and end ---- */

/* The newest one is likely in the processor's cache. */
static struct heap_thread *take_ended(void)
{
	struct heap_thread *self = newest;

	if (self) {
		remove_ended(self);
	} else {
		self = empty;
		if (!self)
			return NULL;
		empty = self->older;
		__atomic_store_n(&self->remote, NULL, __ATOMIC_RELEASE);
	}
	self->exit_rounds = 0;
	self->failing = self->failure = self->in_handler = 0;
	self->oom_handler = NULL;
	return self;
}

/* Under thread_lock. */
static struct heap_thread *take_thread(void)
{
	struct heap_thread *self = take_ended();

	if (self)
		return self;
	lock_acquire(&region_lock);
	self = region_book(sizeof *self);
	lock_release(&region_lock);
	if (self) {
		site_cache_register(&self->sites);
		self->next = threads;
		threads = self;
	}
	return self;
}

/* Only who logs pays the system call for the thread's number. */
static void log_thread(const char *does)
{
	if (log_wants(OPTION_LOG_DEBUG))
		log_write(OPTION_LOG_DEBUG, "thread %d %s", sys_tid(), does);
}

static struct heap_thread *start_thread(void)
{
	struct heap_thread *self;

	lock_acquire(&thread_lock);
	self = take_thread();
	lock_release(&thread_lock);
	if (!self)
		return NULL;
	heap_thread_self = self;
	log_thread("has a cache");
	/* May allocate, for keys beyond the first: self is there by now. */
	sys_thread_arm(self);
	return self;
}

static void end_thread(void *argument)
{
	struct heap_thread *self = argument;

	if (++self->exit_rounds < EXIT_ROUNDS &&
	    sys_thread_arm(self))
		return;
	log_thread("gives its cache over");
	heap_thread_self = &heap_thread_exited;
	lock_acquire(&thread_lock);
	put_ended(self);
	if (ended_count > ENDED_MAX)
		abandon_oldest();
	lock_release(&thread_lock);
}

bool thread_init(void)
{
	return sys_thread_init(end_thread);
}

/* The stacks lie one behind the other, those of large segments shorter. */
static struct cached *class_stack(struct heap_thread *self,
				  unsigned int size_class, unsigned int *room)
{
	unsigned int first = 0, i = 0;

	for (; i < size_class / 8; i++)
		first += 8 * stack_room[i];
	*room = stack_room[i];
	return &self->stacks[first + size_class % 8 * *room];
}

/* Lets the sizes of a small class find its bin. */
static void lead_to_bin(struct heap_thread *self, unsigned int size_class)
{
	size_t offset = (size_t)((char *)&self->bins[size_class] -
				 (char *)&self->no_bin);
	size_t i = class_granules(class_size(size_class));

	for (; i < CLASS_GRANULES && class_by_granule[i] == size_class; i--)
		self->small_bins[i] = (uint16_t)offset;
}

void thread_prepare_bin(struct heap_thread *self, unsigned int kind)
{
	struct bin *bin = thread_bin(self, kind);
	unsigned int room = KIND_STACK;

	bin->bottom = kind < CLASS_COUNT ?
			      class_stack(self, kind, &room) :
			      thread_kind_bin(self, kind)->stack;
	bin->top = bin->bottom;
	/* With heap_checked one passes through, and frees find no room; nor do
	 * they when every allocation must be foreseen by a refill. */
	bin->limit = heap_checked || sample_period ? bin->bottom :
						     bin->bottom + room;
	bin->most = heap_checked ? 1 : (uint8_t)(room / 2);
	/* The first refill doubles it. */
	bin->batch = heap_checked ? 1 : (uint8_t)(room / 8);
	if (kind < CLASS_COUNT)
		lead_to_bin(self, kind);
}

struct kind_bin *thread_make_kind_bin(struct heap_thread *self,
				      unsigned int kind)
{
	struct kind_bin **chunk = &self->kinds[kind / KIND_CHUNK], *made;

	if (!*chunk) {
		lock_acquire(&region_lock);
		made = region_book(KIND_CHUNK * sizeof *made);
		lock_release(&region_lock);
		/* Release: with thread_sum_kind. */
		__atomic_store_n(chunk, made, __ATOMIC_RELEASE);
		if (made && self->kind_limit <= kind)
			self->kind_limit = (kind | (KIND_CHUNK - 1)) + 1;
	}
	return thread_kind_bin(self, kind);
}

void thread_sum_kind(unsigned int kind, uint64_t *allocated,
		     uint64_t *released)
{
	lock_acquire(&thread_lock);
	for (struct heap_thread *t = threads; t; t = t->next) {
		const struct kind_bin *chunk = __atomic_load_n(
			&t->kinds[kind / KIND_CHUNK], __ATOMIC_ACQUIRE);
		const struct kind_bin *bin;

		if (!chunk)
			continue;
		bin = &chunk[kind % KIND_CHUNK];
		*allocated += __atomic_load_n(&bin->allocated,
					      __ATOMIC_RELAXED);
		*released += __atomic_load_n(&bin->released, __ATOMIC_RELAXED);
	}
	lock_release(&thread_lock);
}

static uint64_t sum_kinds(const struct heap_thread *thread)
{
	uint64_t sum = 0;

	for (unsigned int c = 0; c < KIND_CHUNKS; c++) {
		const struct kind_bin *chunk = __atomic_load_n(
			&thread->kinds[c], __ATOMIC_ACQUIRE);

		for (unsigned int i = 0; chunk && i < KIND_CHUNK; i++)
			sum += __atomic_load_n(&chunk[i].bin.allocated,
					       __ATOMIC_RELAXED);
	}
	return sum;
}

uint64_t thread_sum_allocated(unsigned int size_class)
{
	uint64_t sum = 0;

	lock_acquire(&thread_lock);
	for (struct heap_thread *t = threads; t; t = t->next)
		sum += size_class == CLASS_COUNT ?
			       sum_kinds(t) :
			       __atomic_load_n(&t->bins[size_class].allocated,
					       __ATOMIC_RELAXED);
	lock_release(&thread_lock);
	return sum;
}

void thread_sum_touched(uint64_t *read, uint64_t *written)
{
	*read = *written = 0;
	lock_acquire(&thread_lock);
	for (struct heap_thread *t = threads; t; t = t->next) {
		*read += __atomic_load_n(&t->book_read, __ATOMIC_RELAXED);
		*written += __atomic_load_n(&t->book_written,
					    __ATOMIC_RELAXED);
	}
	lock_release(&thread_lock);
}

struct heap_thread *thread_own(void)
{
	struct heap_thread *self = heap_thread_self;

	if (self == &heap_thread_none)
		return start_thread();
	return self == &heap_thread_exited ? NULL : self;
}

struct heap_thread *thread_enter_shared(void)
{
	lock_acquire(&thread_lock);
	if (!shared)
		__atomic_store_n(&shared, take_thread(), __ATOMIC_RELAXED);
	if (!shared)
		lock_release(&thread_lock);
	return shared;
}

void thread_leave_shared(void)
{
	lock_release(&thread_lock);
}

/* Empties the bins of a thread that the child does not have. */
static void forget_bin(struct bin *bin)
{
	*bin = (struct bin){ .allocated = bin->allocated };
}

static void forget_bins(struct heap_thread *thread)
{
	for (unsigned int i = 0; i < CLASS_COUNT; i++)
		forget_bin(&thread->bins[i]);
	for (unsigned int c = 0; c < KIND_CHUNKS; c++)
		for (unsigned int i = 0; thread->kinds[c] && i < KIND_CHUNK;
		     i++)
			forget_bin(&thread->kinds[c][i].bin);
}

void thread_fork_child(void)
{
	struct heap_thread *self = heap_thread_self;

	minipage_fork_child(self);
	newest = oldest = empty = NULL;
	ended_count = least_ended = due = 0;
	for (struct heap_thread *t = threads; t; t = t->next) {
		if (t == self)
			continue;
		forget_bins(t);
		t->pending = NULL;
		t->remote = NULL;
		t->ended = false;
		if (t == shared)
			continue;
		t->older = empty;
		empty = t;
	}
}
