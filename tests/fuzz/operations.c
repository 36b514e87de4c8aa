/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of sequences: every call of the heap. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/expect.h"
#include "fuzz/operations.h"
#include "heap/class.h"
#include "heap/heap.h"
#include "heap/site_cache.h"
#include "index/mapped.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

unsigned int step_site(const struct step *step)
{
	return step->caller / WORKERS % MODEL_SITES;
}

/* More than a freed record has room for. */
unsigned int step_free_site(const struct step *step)
{
	return step_site(step) | (step->value >> 20 & 63) * MODEL_SITES;
}

struct model_object *step_slot(const struct step *step)
{
	return &model[step->slot % MODEL_SLOTS];
}

void step_by_worker(const struct step *step, worker_job job)
{
	workers_run(step->caller % WORKERS, job, (void *)step);
}

/* Sizes of all kinds, most of them next to where something changes. */
static size_t size_of(unsigned int kind, uint32_t value)
{
	uint32_t more = value >> 16 & 2047;

	switch (kind % 8) {
	case 0:
	case 1:
		return value % 257;
	case 2:
		return value % 2049;
	case 3:
		return class_size(value % CLASS_COUNT) + more % 3 - 1;
	case 4:
		return value % (CLASS_SIZE_MAX + 2);
	case 5:
		return (1 + value % 64) * 4096 + more % 3 - 1;
	case 6:
		return value % (1 << 20);
	default:
		return value % (6 << 20);
	}
}

/* Of a step; small where the model holds much already. */
size_t step_size(const struct step *step)
{
	size_t size = size_of(step->kind, step->value);

	return model_has_room(size) ? size : size % 512;
}

/* ---- one object ---- */

void operation_free(struct model_object *object, unsigned int site)
{
	uint64_t address = model_free_address(site);

	model_check(object);
	if (!object->object_class)
		heap_free(object->pointer, address);
	else if (!class_release_fast(object->object_class, object->pointer,
				     address))
		class_release_slow(object->object_class, object->pointer,
				   address);
	model_freed(object, address);
}

static void allocate(struct model_object *object, size_t size,
		     unsigned int site)
{
	struct model_frame frame;

	model_make_frame(&frame, site);
	model_add(object, heap_allocate(size, frame.stack), size, 16, site);
}

struct model_object *step_empty_slot(const struct step *step)
{
	struct model_object *object = step_slot(step);

	if (object->pointer)
		operation_free(object, step_free_site(step));
	return object;
}

static void do_allocate(void *argument)
{
	const struct step *step = argument;

	allocate(step_empty_slot(step), step_size(step), step_site(step));
}

static void op_allocate(const struct step *step)
{
	step_by_worker(step, do_allocate);
}

static void do_allocate_zeroed(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_empty_slot(step);
	size_t size = step_size(step);
	struct model_frame frame;
	unsigned char *pointer;

	model_make_frame(&frame, step_site(step));
	pointer = heap_allocate_zeroed(size, frame.stack);
	EXPECT(pointer);
	EXPECT(!size || !pointer[0]);
	EXPECT(size < 2 || !memcmp(pointer, pointer + 1, size - 1));
	model_add(object, pointer, size, 16, step_site(step));
}

static void op_allocate_zeroed(const struct step *step)
{
	step_by_worker(step, do_allocate_zeroed);
}

static void do_allocate_aligned(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_empty_slot(step);
	size_t size = step_size(step);
	size_t align = (size_t)1 << (step->kind >> 3) % 22;
	struct model_frame frame;

	model_make_frame(&frame, step_site(step));
	model_add(object, heap_allocate_aligned(align, size, frame.stack),
		  size, align, step_site(step));
}

static void op_allocate_aligned(const struct step *step)
{
	step_by_worker(step, do_allocate_aligned);
}

/* The old object is freed by the way, or still there. */
static void reallocate(struct model_object *object, size_t size,
		       unsigned int site)
{
	struct model_object old = *object;
	struct model_frame frame;
	void *pointer;

	model_make_frame(&frame, site);
	pointer = heap_reallocate(object->pointer, size, frame.stack);
	model_resized(object, pointer, size, site);
	if (pointer != old.pointer)
		model_check_address((uintptr_t)old.pointer);
}

static void do_reallocate(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_slot(step);
	size_t size = step_size(step);

	if (object->object_class)
		operation_free(object, step_free_site(step));
	if (!object->pointer) {
		allocate(object, size, step_site(step));
		return;
	}
	model_check(object);
	reallocate(object, size ? size : 1, step_site(step));
}

static void op_reallocate(const struct step *step)
{
	step_by_worker(step, do_reallocate);
}

/* From its size on by a little each time, as buffers grow. */
static void do_grow(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_slot(step);
	unsigned int times = step->value % 12;
	size_t size;

	if (object->object_class)
		operation_free(object, step_free_site(step));
	if (!object->pointer)
		allocate(object, step_size(step), step_site(step));
	for (unsigned int i = 0; i < times; i++) {
		size = object->size + object->size / (1 + step->value % 8) + 1;
		if (!model_has_room(size))
			return;
		reallocate(object, size, step_site(step));
	}
}

static void op_grow(const struct step *step)
{
	step_by_worker(step, do_grow);
}

static void do_free(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_slot(step);

	if (object->pointer)
		operation_free(object, step_free_site(step));
	else
		heap_free(NULL, model_free_address(step_free_site(step)));
}

static void op_free(const struct step *step)
{
	step_by_worker(step, do_free);
}

static void do_try(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_empty_slot(step);
	size_t size = step_size(step);
	struct model_frame frame;

	model_make_frame(&frame, step_site(step));
	EXPECT(!heap_try(SIZE_MAX - step->value, frame.stack));
	expected_cause = ALLOC_FAILURE_SIZE;
	model_add(object, heap_try(size, frame.stack), size, 16,
		  step_site(step));
}

static void op_try(const struct step *step)
{
	step_by_worker(step, do_try);
}

/* At a multiple of anything. */
static void do_allocate_multiple(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_empty_slot(step);
	size_t size = step_size(step);
	size_t align = 1 + (step->value >> 8) % (1u << (step->kind >> 3) % 16);
	struct model_frame frame;

	model_make_frame(&frame, step_site(step));
	model_add(object, heap_allocate_multiple(align, size, frame.stack),
		  size, align, step_site(step));
}

static void op_allocate_multiple(const struct step *step)
{
	step_by_worker(step, do_allocate_multiple);
}

/* The slot's object gives its end to the next slot. */
static void do_split(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_slot(step);
	struct model_object *next = &model[(step->slot + 1u) % MODEL_SLOTS];
	size_t n = object->size ? step->value % (object->size + 1) : 0;
	bool no_memory;
	void *pointer;

	if (!object->pointer || object->object_class)
		return;
	if (next->pointer)
		operation_free(next, step_free_site(step));
	if (step->kind & 1)
		n &= ~(size_t)4095;
	model_check(object);
	pointer = heap_split(object->pointer, n,
			     model_free_address(step_site(step)), &no_memory);
	EXPECT(!no_memory);
	EXPECT(!pointer == (!n || ((n + 15) & ~(size_t)15) >= object->size));
	if (pointer)
		model_was_split(object, next, n, pointer);
	else
		model_check(object);
}

static void op_split(const struct step *step)
{
	step_by_worker(step, do_split);
}

static void do_resize_in_place(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_slot(step);
	size_t size = step_size(step);
	struct model_frame frame;

	if (!object->pointer || object->object_class)
		return;
	if (step->value >> 30)
		size = object->size + step->value % 5000;
	model_make_frame(&frame, step_site(step));
	if (heap_resize_in_place(object->pointer, size, frame.stack))
		model_resized(object, object->pointer, size, step_site(step));
	else
		model_check(object);
}

static void op_resize_in_place(const struct step *step)
{
	step_by_worker(step, do_resize_in_place);
}

/* ---- questions ---- */

static void do_look(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_slot(step);
	uint64_t base = (uintptr_t)object->pointer;

	EXPECT(heap_size(NULL) == 0);
	if (base)
		model_check(object);
	/* Anywhere in the object, around it, far from it, anywhere. */
	if (object->size)
		model_check_address(base + step->value % object->size);
	model_check_address(base + (uint64_t)(int32_t)step->value);
	model_check_address(base + ((uint64_t)step->value << 12));
	model_check_address((uint64_t)step->value << (step->kind % 40));
}

static void op_look(const struct step *step)
{
	step_by_worker(step, do_look);
}

static void do_check(void *argument)
{
	(void)argument;
	model_check_all();
	model_check_stats();
}

static void op_check(const struct step *step)
{
	step_by_worker(step, do_check);
}

static void do_stats(void *argument)
{
	(void)argument;
	model_check_stats();
}

static void op_stats(const struct step *step)
{
	step_by_worker(step, do_stats);
}

static void do_trim(void *argument)
{
	(void)argument;
	heap_trim();
	heap_check();
}

static void op_trim(const struct step *step)
{
	step_by_worker(step, do_trim);
}

/* Metadata came or files went. */
static void op_invalidate(const struct step *step)
{
	(void)step;
	site_cache_invalidate();
}

/* ---- crowds ---- */

struct model_object *step_group(const struct step *step)
{
	return &model[MODEL_SLOTS + step->slot % MODEL_GROUPS *
					    MODEL_GROUP_SIZE];
}

static void do_fill_group(void *argument)
{
	const struct step *step = argument;
	struct model_object *group = step_group(step);
	size_t size = size_of(step->kind % 4, step->value >> 8);
	unsigned int count = 1 + (step->value & 255) * 6;

	for (unsigned int i = 0; i < count && i < MODEL_GROUP_SIZE; i++)
		if (!group[i].pointer && model_has_room(size))
			allocate(&group[i], size, step_site(step));
}

static void op_fill_group(const struct step *step)
{
	step_by_worker(step, do_fill_group);
}

/* Every n-th object of the group from somewhere on, either way. */
static void do_drain_group(void *argument)
{
	const struct step *step = argument;
	struct model_object *group = step_group(step);
	unsigned int stride = 1 + step->kind % 4, i = step->value & 63;

	for (; i < MODEL_GROUP_SIZE; i += stride) {
		unsigned int at = step->kind & 128 ? MODEL_GROUP_SIZE - 1 - i :
						     i;

		if (group[at].pointer)
			operation_free(&group[at], step_free_site(step));
	}
}

static void op_drain_group(const struct step *step)
{
	step_by_worker(step, do_drain_group);
}

/* ---- threads ---- */

static void op_end_thread(const struct step *step)
{
	workers_end(step->caller % WORKERS, NULL, NULL);
}

/* Behind the heap's own destructor: what it has and new objects.  The heap
 * steps out of no wrapper any more, so the site is a plain one. */
static void late(void *argument)
{
	const struct step *step = argument;
	struct step next = *step;

	next.caller &= (uint8_t)~(3 * WORKERS);
	do_free(&next);
	next.slot++;
	do_allocate(&next);
	next.slot++;
	do_reallocate(&next);
	next.slot++;
	do_allocate_zeroed(&next);
}

static void op_end_thread_late(const struct step *step)
{
	workers_end(step->caller % WORKERS, late, (void *)step);
}

struct burst {
	const struct step *step;
	unsigned int worker;
	uint32_t random;
};

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* What may be done while others do the same. */
static void burst_once(struct burst *burst)
{
	uint32_t slot = next_random(&burst->random) % (MODEL_SLOTS / WORKERS);
	struct model_object *object = &model[slot * WORKERS + burst->worker];
	uint32_t what = next_random(&burst->random);
	size_t size = size_of(what % 32 ? what % 3 : 5,
			      next_random(&burst->random));
	unsigned int site = what / 32 % MODEL_SITES;

	if (!object->pointer) {
		allocate(object, size, site);
	} else if (object->object_class) {
		operation_free(object, site);
	} else if (what % 3) {
		model_check(object);
		heap_free(object->pointer, model_free_address(site));
		model_forget(object);
	} else {
		struct model_frame frame;

		model_make_frame(&frame, site);
		model_resized(object,
			      heap_reallocate(object->pointer, size + 1,
					      frame.stack),
			      size + 1, site);
	}
}

static void do_burst(void *argument)
{
	struct burst *burst = argument;

	for (unsigned int i = 0; i < 1u + burst->step->kind; i++)
		burst_once(burst);
}

/* All workers at once, each with objects that are its own from now on. */
static void op_burst(const struct step *step)
{
	struct burst bursts[WORKERS];
	void *arguments[WORKERS];

	for (unsigned int n = 0; n < WORKERS; n++) {
		bursts[n] = (struct burst){
			.step = step, .worker = n, .random = step->value + n,
		};
		arguments[n] = &bursts[n];
	}
	workers_run_all(do_burst, arguments);
}

/* ---- fork ---- */

static void free_half(void *argument)
{
	const struct step *step = argument;

	for (unsigned int i = step->value % 2; i < MODEL_OBJECTS; i += 2)
		if (model[i].pointer)
			operation_free(&model[i], step_free_site(step));
}

/* The child has everything the parent had, and goes on alone. */
static void be_child(const struct step *step)
{
	struct burst burst = { .step = step, .random = step->value };
	struct step other = *step;

	alarm(60);
	workers_forget();
	mapped_fork_child();
	model_lose_shared();
	/* It may lock its memory, or limit its address space. */
	if (step->value >> 28 == 1)
		heap_limit_reservations();
	if (step->value >> 28 == 2)
		heap_close_reservations();
	model_check_all();
	do_burst(&burst);
	free_half(&other);
	model_check_all();
	other.value++;
#ifdef FUZZ_UNDER_TSAN
	free_half(&other);
#else
	workers_run(1, free_half, &other);
	workers_end_all();
#endif
	model_check_all();
}

static void do_fork(void *argument)
{
	const struct step *step = argument;
	pid_t child, ended;
	int status;

	heap_fork_prepare();
	child = fork();
	if (!child) {
		heap_fork_child();
		be_child(step);
		_exit(0);
	}
	heap_fork_parent();
	EXPECT(child > 0);
	/* A fuzzer's timer may interrupt this. */
	do
		ended = waitpid(child, &status, 0);
	while (ended < 0 && errno == EINTR);
	EXPECT(ended == child);
	EXPECT(status == 0);
}

static void op_fork(const struct step *step)
{
	/* A process is expensive: one in four. */
	if (step->kind % 4 == 0)
		step_by_worker(step, do_fork);
}

operation *const operations[] = {
	op_allocate,
	op_allocate,
	op_allocate_zeroed,
	op_allocate_aligned,
	op_reallocate,
	op_grow,
	op_free,
	op_free,
	op_fail,
	op_look,
	op_check,
	op_stats,
	op_trim,
	op_invalidate,
	op_fill_group,
	op_drain_group,
	op_end_thread,
	op_end_thread_late,
	op_burst,
	op_fork,
	op_try,
	op_allocate_multiple,
	op_split,
	op_resize_in_place,
	op_class,
	op_fill_group_of_class,
	op_class_batch,
	op_class_release_batch,
	op_class_trim,
	op_class_numbers,
	op_class_mapper_fails,
	op_limit,
	op_cause,
	op_misuse,
	op_heap_stats,
	op_profile,
	op_heap_check,
	op_break,
};
const unsigned int operation_count = COUNT_OF(operations);
