/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail: what cannot be, the limit of the heap, causes, and
 * the handlers that are asked. */
#include "allotype/heap.h"
#include "base/options.h"
#include "fuzz/expect.h"
#include "fuzz/operations.h"
#include "heap/big.h"
#include "heap/class.h"
#include "heap/heap.h"
#include "heap/unit.h"

__thread enum alloc_failure expected_cause;

static void failed_for(enum alloc_failure cause)
{
	expected_cause = cause;
	EXPECT(alloc_failure_cause() == cause);
}

/* Requests that cannot be met change nothing. */
static void do_fail(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_slot(step);
	size_t size = SIZE_MAX - step->value;
	struct model_frame frame;

	model_make_frame(&frame, step_site(step));
	if (step->kind & 1)
		size = (size_t)PTRDIFF_MAX - step->value % 65536;
	EXPECT(!heap_allocate_aligned((size_t)1 << 62, 1, frame.stack));
	EXPECT(!alloc_aligned(0, size));
	failed_for(ALLOC_FAILURE_ALIGNMENT);
	EXPECT(!heap_allocate(size, frame.stack));
	failed_for(ALLOC_FAILURE_SIZE);
	EXPECT(!heap_allocate_zeroed(size, frame.stack));
	EXPECT(!heap_allocate_aligned(64, size, frame.stack));
	if (!object->pointer || object->object_class)
		return;
	EXPECT(!heap_reallocate(object->pointer, size, frame.stack));
	failed_for(ALLOC_FAILURE_SIZE);
	model_check(object);
}

void op_fail(const struct step *step)
{
	step_by_worker(step, do_fail);
}

/* ---- handlers ---- */

static struct {
	struct model_object *victim; /* that is freed */
	unsigned int thread_calls, process_calls;
	bool running;
} asked;

/* Frees the victim: another attempt may help.  Within it nobody is asked. */
static bool help(enum alloc_failure cause)
{
	struct model_object *victim = asked.victim;
	void *pointer = NULL;

	EXPECT(cause == ALLOC_FAILURE_LIMIT && !asked.running);
	asked.running = true;
	EXPECT(alloc_try(SIZE_MAX, &pointer) == ALLOC_NO_MEMORY && !pointer);
	failed_for(ALLOC_FAILURE_SIZE);
	if (victim && victim->pointer)
		operation_free(victim, 1);
	else
		victim = NULL;
	asked.running = false;
	return victim != NULL;
}

static bool thread_handler(size_t size, enum alloc_failure cause)
{
	(void)size;
	asked.thread_calls++;
	return asked.thread_calls % 2 && help(cause);
}

static bool process_handler(size_t size, enum alloc_failure cause)
{
	(void)size;
	asked.process_calls++;
	return help(cause);
}

static void set_handlers(bool thread, bool process)
{
	EXPECT(!alloc_set_thread_oom_handler(thread ? thread_handler : NULL));
	EXPECT(!alloc_set_oom_handler(process ? process_handler : NULL));
}

static void unset_handlers(bool thread, bool process)
{
	EXPECT(alloc_set_thread_oom_handler(NULL) ==
	       (thread ? thread_handler : NULL));
	EXPECT(alloc_set_oom_handler(NULL) ==
	       (process ? process_handler : NULL));
}

/* ---- the limit ---- */

/* With the limit a little above what is taken, or below it. */
static size_t limit_of(const struct step *step)
{
	size_t taken = unit_committed() + big_committed();
	size_t more = (step->value >> 12) << (step->kind >> 5);

	if (step->kind & 16)
		return taken > more ? taken - more : 1;
	return taken + more + 1;
}

enum way { ALLOCATE, ZEROED, ALIGNED, REALLOCATE, CLASS, TRY, RESIZE, WAYS };

static void *allocate_somehow(struct model_object *object, enum way way,
			      size_t size, const uint64_t *stack)
{
	switch (way) {
	case ZEROED:
		return heap_allocate_zeroed(size, stack);
	case ALIGNED:
		return heap_allocate_aligned(4096, size, stack);
	case REALLOCATE:
		return heap_reallocate(object->pointer, size, stack);
	case CLASS:
		return class_allocate_slow(model_class(0), stack);
	case TRY:
		return heap_try(size, stack);
	case RESIZE:
		return heap_resize_in_place(object->pointer, size, stack)
			       ? object->pointer
			       : NULL;
	default:
		return heap_allocate(size, stack);
	}
}

/* One allocation with the limit set. */
static void *limited(const struct step *step, struct model_object *object,
		     enum way way, size_t size)
{
	bool thread = step->kind & 4, process = step->kind & 8;
	size_t before = unit_committed() + big_committed();
	struct model_frame frame;
	void *pointer;

	model_make_frame(&frame, step_site(step));
	set_handlers(thread, process);
	options.heap_limit = limit_of(step);
	pointer = allocate_somehow(object, way, size, frame.stack);
	if (options.heap_limit > before)
		before = options.heap_limit;
	EXPECT(unit_committed() + big_committed() <= before);
	options.heap_limit = 0;
	unset_handlers(thread, process);
	if (pointer || way == RESIZE)
		return pointer;
	failed_for(ALLOC_FAILURE_LIMIT);
	EXPECT(!asked.thread_calls == (!thread || way == TRY));
	EXPECT(!asked.process_calls == (!process || way == TRY));
	return pointer;
}

static void do_limit(void *argument)
{
	const struct step *step = argument;
	enum way way = step->value % WAYS;
	struct model_object *object = step_slot(step);
	size_t size = step_size(step);
	void *pointer;

	asked.victim = &model[(step->slot + 1u) % MODEL_SLOTS];
	asked.thread_calls = asked.process_calls = 0;
	if (way != REALLOCATE && way != RESIZE)
		step_empty_slot(step);
	else if (!object->pointer || object->object_class || !size)
		return;
	pointer = limited(step, object, way, size);
	if (pointer && (way == REALLOCATE || way == RESIZE)) {
		model_resized(object, pointer, size, step_site(step));
	} else if (pointer && way == CLASS) {
		object->object_class = model_class(0);
		model_add(object, pointer, model_class_config(0)->size, 8,
			  step_site(step));
	} else if (pointer) {
		model_add(object, pointer, size, way == ALIGNED ? 4096 : 16,
			  step_site(step));
	} else if (object->pointer) {
		model_check(object);
	}
	heap_check();
}

void op_limit(const struct step *step)
{
	step_by_worker(step, do_limit);
}

/* As errno, it stays. */
static void do_cause(void *argument)
{
	(void)argument;
	EXPECT(alloc_failure_cause() == expected_cause);
}

void op_cause(const struct step *step)
{
	step_by_worker(step, do_cause);
}
