/* SPDX-License-Identifier: Apache-2.0 */
#include "index/callers.h"

#include "index/mappings.h"
#include "index/root.h"
#include "index/running.h"
#include "index/threads.h"
#include "index/unwind.h"

static uint32_t newest_serial(uint64_t files)
{
	return files ? ((const struct allotype_file *)(uintptr_t)files)->serial :
		       0;
}

/* The stack that AT lies in: of its thread, or where a coroutine's is, memory
 * around it. */
static bool find_stack(uint64_t at, struct unwind_space *where)
{
	uint64_t threads = __atomic_load_n(&allotype_index.threads,
					   __ATOMIC_ACQUIRE);
	struct allotype_mapping mapping;
	struct allotype_thread thread;

	where->stack_base = at;
	if (threads_find(NULL, threads, at, &thread) &&
	    at >= thread.stack_base && at < thread.stack_limit) {
		where->stack_limit = thread.stack_limit;
		return true;
	}
	if (!mappings_query_kernel(at, &mapping))
		return false;
	where->stack_limit = mapping.limit;
	return true;
}

uint32_t callers_walk(const uint64_t *frame, uint64_t *callers,
		      uint32_t capacity, uint32_t *file)
{
	struct unwind_space where = {
		.files = __atomic_load_n(&allotype_index.files,
					 __ATOMIC_ACQUIRE),
	};
	struct unwind_frame at = {
		.valid = 1u << UNWIND_RBP | 1u << UNWIND_RSP | 1u << UNWIND_PC,
		.is_call = true,
	};
	uint32_t count = 0;

	*file = newest_serial(where.files);
	at.registers[UNWIND_RBP] = frame[0];
	at.registers[UNWIND_RSP] = (uintptr_t)(frame + 2);
	at.registers[UNWIND_PC] = frame[1];
	callers[count++] = frame[1];
	if (!find_stack((uintptr_t)frame, &where))
		return count;
	while (count < capacity &&
	       unwind_step(&where, &at, &at) == STATUS_OK)
		callers[count++] = at.registers[UNWIND_PC];
	return count;
}
