/* SPDX-License-Identifier: Apache-2.0 */
/* Bad calls with on_error=log: they are ignored, and all is as before. */
#include "allotype/heap.h"
#include "base/options.h"
#include "fuzz/expect.h"
#include "fuzz/operations.h"
#include "heap/class.h"
#include "heap/heap.h"

static void bad_release(struct alloc_class *of, void *pointer, uint64_t address)
{
	EXPECT(!class_release_fast(of, pointer, address));
	class_release_slow(of, pointer, address);
}

/* Everything that begins at POINTER and must not be done. */
static void refuse_all(void *pointer, const struct step *step)
{
	uint64_t address = model_free_address(step_site(step));
	size_t size = 1 + step_size(step) % 100000;
	struct model_frame frame;
	bool no_memory;

	model_make_frame(&frame, step_site(step));
	heap_free(pointer, address);
	EXPECT(!heap_reallocate(pointer, size, frame.stack));
	EXPECT(!heap_resize_in_place(pointer, size, frame.stack));
	EXPECT(!heap_split(pointer, size, address, &no_memory));
	bad_release(model_class(step->value), pointer, address);
	EXPECT(!heap_size(pointer));
}

/* Of an object that is free by now. */
static void misuse_freed(struct model_object *object, const struct step *step)
{
	void *pointer = object->pointer;

	operation_free(object, step_free_site(step));
	refuse_all(pointer, step);
	model_check_address((uintptr_t)pointer);
}

static void misuse_inside(struct model_object *object, const struct step *step)
{
	if (object->size < 2)
		return;
	refuse_all(object->pointer + 1 + step->value % (object->size - 1),
		   step);
}

/* Objects of classes and others are not the same. */
static void misuse_class(struct model_object *object, const struct step *step)
{
	uint64_t address = model_free_address(step_site(step));
	struct alloc_class *of = model_class(step->value);
	struct model_frame frame;

	if (of != object->object_class)
		bad_release(of, object->pointer, address);
	if (!object->object_class)
		return;
	model_make_frame(&frame, step_site(step));
	heap_free(object->pointer, address);
	EXPECT(!heap_reallocate(object->pointer, 1 + step->value % 9999,
				frame.stack));
}

static void do_misuse(void *argument)
{
	const struct step *step = argument;
	struct model_object *object = step_slot(step);
	static char known[64];
	char local[64];

	if (options.on_error != OPTION_ON_ERROR_LOG)
		return;
	if (step->kind % 4 == 0 || !object->pointer) {
		refuse_all(step->kind & 4 ? known : local, step);
		refuse_all((void *)((uintptr_t)step->value * 4096 + 8), step);
	} else if (step->kind % 4 == 1) {
		misuse_freed(object, step);
		return;
	} else if (step->kind % 4 == 2) {
		misuse_inside(object, step);
	} else {
		misuse_class(object, step);
	}
	if (object->pointer)
		model_check(object);
}

void op_misuse(const struct step *step)
{
	step_by_worker(step, do_misuse);
}
