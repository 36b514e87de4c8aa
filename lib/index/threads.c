/* SPDX-License-Identifier: Apache-2.0 */
#include "index/threads.h"

#include "base/words.h"

struct wanted {
	uint64_t address, thread_pointer;
};

static bool matches(const struct allotype_thread *thread,
		    const struct wanted *wanted)
{
	if (wanted->thread_pointer)
		return thread->thread_pointer == wanted->thread_pointer;
	return (wanted->address >= thread->stack_base &&
		wanted->address < thread->stack_limit) ||
	       (wanted->address >= thread->tls_base &&
		wanted->address < thread->tls_limit);
}

/* Copies the thread at AT; false when it is not alive, or was replaced by
 * another meanwhile. */
static bool read_thread(const struct space *space, uint64_t at,
			struct allotype_thread *thread)
{
	struct allotype_thread buffer;
	const struct allotype_thread *seen = SPACE_VIEW(space, at, &buffer);

	thread->next = 0;
	if (!seen)
		return false;
	thread->next = seen->next;
	/* Pairs with the release in running.c. */
	if (__atomic_load_n(&seen->alive, __ATOMIC_ACQUIRE) != 1)
		return false;
	words_load(thread, seen, sizeof *thread);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&seen->alive, __ATOMIC_RELAXED) == 1 &&
	       __atomic_load_n(&seen->tid, __ATOMIC_RELAXED) == thread->tid;
}

bool threads_next(const struct space *space, uint64_t *at,
		  struct allotype_thread *thread)
{
	for (int i = 0; *at && i < THREADS_MAX; i++) {
		bool alive = read_thread(space, *at, thread);

		*at = thread->next;
		if (alive)
			return true;
	}
	return false;
}

static bool search(const struct space *space, uint64_t threads,
		   const struct wanted *wanted, struct allotype_thread *thread)
{
	uint64_t at = threads;
	struct allotype_thread seen;

	for (int i = 0; i < THREADS_MAX && threads_next(space, &at, &seen);
	     i++) {
		if (matches(&seen, wanted)) {
			*thread = seen;
			return true;
		}
	}
	return false;
}

bool threads_find(const struct space *space, uint64_t threads,
		  uint64_t address, struct allotype_thread *thread)
{
	const struct wanted wanted = { .address = address };

	return search(space, threads, &wanted, thread);
}

bool threads_find_pointer(const struct space *space, uint64_t threads,
			  uint64_t thread_pointer,
			  struct allotype_thread *thread)
{
	const struct wanted wanted = { .thread_pointer = thread_pointer };

	return thread_pointer && search(space, threads, &wanted, thread);
}
