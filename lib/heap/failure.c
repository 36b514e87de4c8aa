/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/failure.h"

#include "base/log.h"
#include "base/options.h"
#include "base/sys.h"
#include "heap/big.h"
#include "heap/heap.h"

/* Atomic, relaxed: what a handler needs is there before the handler. */
static alloc_oom_handler global_handler;
/* Threads without a cache: has an allocation of one failed, and which of
 * them, by its id, is in the handler.  Atomic. */
static bool failed_unseen;
static int unseen_in_handler;

/* The thread's cache, if it has one already. */
static struct heap_thread *own_or_null(void)
{
	struct heap_thread *self = heap_thread_self;

	return self == &heap_thread_none || self == &heap_thread_exited ?
		       NULL : self;
}

void failure_begin(struct heap_thread *self)
{
	if (self)
		self->failing = ALLOC_FAILURE_NONE;
}

void failure_note(enum alloc_failure cause)
{
	struct heap_thread *self = own_or_null();

	if (self)
		self->failing = (uint8_t)cause;
}

/* What was noted of the attempt; memory, when nothing was. */
static enum alloc_failure noted(const struct heap_thread *self, size_t size)
{
	if (!self)
		return size > PTRDIFF_MAX ? ALLOC_FAILURE_SIZE :
					    ALLOC_FAILURE_MEMORY;
	return self->failing ? self->failing : ALLOC_FAILURE_MEMORY;
}

/* The allocation fails for CAUSE. */
static void settle(struct heap_thread *self, enum alloc_failure cause)
{
	if (self)
		self->failure = (uint8_t)cause;
	else
		__atomic_store_n(&failed_unseen, true, __ATOMIC_RELAXED);
}

bool failure_retry_alone(size_t size)
{
	struct heap_thread *self = own_or_null();
	enum alloc_failure cause = noted(self, size);

	if (cause == ALLOC_FAILURE_LIMIT && heap_trim())
		return true;
	settle(self, cause);
	return false;
}

void failure_refuse(enum alloc_failure cause)
{
	settle(heap_init() ? thread_own() : NULL, cause);
}

/* ---- handlers ---- */

/* Asks HANDLER, whose is the process's or the thread's. */
static bool ask(alloc_oom_handler handler, const char *whose, size_t size,
		enum alloc_failure cause)
{
	bool again = handler(size, cause);

	log_write(OPTION_LOG_INFO, "the out-of-memory handler of the %s %s",
		  whose, again ? "helps" : "gives up");
	return again;
}

static bool ask_handlers(struct heap_thread *self, size_t size,
			 enum alloc_failure cause)
{
	alloc_oom_handler own = self->oom_handler, global;
	bool again;

	self->in_handler = 1;
	again = own && ask(own, "thread", size, cause);
	global = __atomic_load_n(&global_handler, __ATOMIC_RELAXED);
	if (!again && global)
		again = ask(global, "process", size, cause);
	self->in_handler = 0;
	return again;
}

/* For a thread without a cache.  One at a time: there is nowhere to remember
 * more. */
static bool ask_unseen(size_t size, enum alloc_failure cause)
{
	alloc_oom_handler global =
		__atomic_load_n(&global_handler, __ATOMIC_RELAXED);
	int nobody = 0;
	bool again;

	/* Acquire, with the release when one leaves. */
	if (!global ||
	    !__atomic_compare_exchange_n(&unseen_in_handler, &nobody, sys_tid(),
					 false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	again = ask(global, "process", size, cause);
	__atomic_store_n(&unseen_in_handler, 0, __ATOMIC_RELEASE);
	return again;
}

static bool seek_help(struct heap_thread *self, size_t size,
		      enum alloc_failure cause)
{
	if (cause == ALLOC_FAILURE_SIZE || cause == ALLOC_FAILURE_ALIGNMENT)
		return false;
	if (cause == ALLOC_FAILURE_LIMIT && heap_trim())
		return true;
	if (!self)
		return ask_unseen(size, cause);
	return !self->in_handler && ask_handlers(self, size, cause);
}

bool failure_retry(size_t size)
{
	struct heap_thread *self = own_or_null();
	enum alloc_failure cause = noted(self, size);

	log_write(OPTION_LOG_WARN, "no memory for %zu bytes: %s", size,
		  failure_text(cause));
	if (seek_help(self, size, cause))
		return true;
	/* Theirs may have failed for other reasons. */
	settle(self, cause);
	log_write(OPTION_LOG_ERROR, "an allocation of %zu bytes fails: %s",
		  size, failure_text(cause));
	return false;
}

alloc_oom_handler failure_set_handler(alloc_oom_handler handler)
{
	return __atomic_exchange_n(&global_handler, handler, __ATOMIC_ACQ_REL);
}

alloc_oom_handler failure_set_thread_handler(alloc_oom_handler handler)
{
	struct heap_thread *self = heap_init() ? thread_own() : NULL;
	alloc_oom_handler before;

	if (!self)
		return NULL;
	before = self->oom_handler;
	self->oom_handler = handler;
	return before;
}

/* ---- answers ---- */

enum alloc_failure failure_cause(void)
{
	const struct heap_thread *self = own_or_null();

	if (self)
		return self->failure;
	return heap_thread_self == &heap_thread_exited ||
			       __atomic_load_n(&failed_unseen,
					       __ATOMIC_RELAXED) ?
		       ALLOC_FAILURE_UNKNOWN :
		       ALLOC_FAILURE_NONE;
}

const char *failure_text(enum alloc_failure cause)
{
	switch (cause) {
	case ALLOC_FAILURE_NONE:
		return "no failure";
	case ALLOC_FAILURE_SIZE:
		return "the size is too large";
	case ALLOC_FAILURE_ALIGNMENT:
		return "there is no such alignment";
	case ALLOC_FAILURE_LIMIT:
		return "the limit of the heap is reached";
	case ALLOC_FAILURE_MEMORY:
		return "the system has no more memory";
	case ALLOC_FAILURE_TABLE:
		return "a table of the runtime is full";
	case ALLOC_FAILURE_UNKNOWN:
		break;
	}
	return "the cause is unknown";
}

bool failure_limit_allows(size_t bytes)
{
	size_t limit = options.heap_limit, taken;

	if (!limit)
		return true;
	taken = unit_committed() + big_committed();
	if (taken <= limit && bytes <= limit - taken)
		return true;
	failure_note(ALLOC_FAILURE_LIMIT);
	return false;
}
