/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of objects: one by one, in batches, and their memory. */
#include "allotype/heap.h"
#include "fuzz/expect.h"
#include "fuzz/operations.h"
#include "heap/class.h"
#include "heap/heap.h"

static size_t align_of(const struct alloc_class_config *config)
{
	if (config->size > CLASS_SIZE_MAX)
		return 4096;
	if (config->align)
		return config->align;
	return config->size % 16 ? 8 : 16;
}

/* POINTER is a new object of class N. */
static void add(struct model_object *object, unsigned int n, void *pointer,
		unsigned int site)
{
	const struct alloc_class_config *config = model_class_config(n);
	const unsigned char *bytes = pointer;

	EXPECT(pointer);
	for (size_t i = 0; config->zero_init && i < config->size; i++)
		EXPECT(!bytes[i]);
	object->object_class = model_class(n);
	model_add(object, pointer, config->size, align_of(config), site);
}

static void *take(unsigned int n, unsigned int site)
{
	struct alloc_class *of = model_class(n);
	struct model_frame frame;
	void *pointer;

	model_make_frame(&frame, site);
	pointer = class_allocate_fast(of, frame.stack + 1);
	return pointer ? pointer : class_allocate_slow(of, frame.stack);
}

static void do_class(void *argument)
{
	const struct step *step = argument;
	unsigned int n = step->value % MODEL_CLASSES;

	add(step_empty_slot(step), n, take(n, step_site(step)),
	    step_site(step));
}

void op_class(const struct step *step)
{
	step_by_worker(step, do_class);
}

/* How many objects of a group STEP means; few large ones. */
static unsigned int count_of(const struct step *step)
{
	unsigned int count = 1 + (step->value & 255) * 6;
	size_t size = model_class_config(step->kind)->size;

	if (size > 10000)
		count %= 1 + (4 << 20) / size;
	if (!model_has_room(count * size))
		return 0;
	return count < MODEL_GROUP_SIZE ? count : MODEL_GROUP_SIZE;
}

static void do_fill_group_of_class(void *argument)
{
	const struct step *step = argument;
	struct model_object *group = step_group(step);
	unsigned int n = step->kind % MODEL_CLASSES;

	for (unsigned int i = 0; i < count_of(step); i++)
		if (!group[i].pointer)
			add(&group[i], n, take(n, step_site(step)),
			    step_site(step));
}

void op_fill_group_of_class(const struct step *step)
{
	step_by_worker(step, do_fill_group_of_class);
}

/* ---- batches ---- */

static void do_class_batch(void *argument)
{
	static void *objects[MODEL_GROUP_SIZE];
	const struct step *step = argument;
	struct model_object *group = step_group(step);
	unsigned int n = step->kind % MODEL_CLASSES, wanted = 0, used = 0;

	for (unsigned int i = 0; i < count_of(step); i++)
		wanted += !group[i].pointer;
	EXPECT(alloc_class_allocate_batch(model_class(n), objects, wanted) ==
	       wanted);
	for (unsigned int i = 0; used < wanted; i++)
		if (!group[i].pointer)
			add(&group[i], n, objects[used++], MODEL_SITE_DOOR);
}

void op_class_batch(const struct step *step)
{
	step_by_worker(step, do_class_batch);
}

/* All of one class in the group, and what is none of them as NULL. */
static void do_class_release_batch(void *argument)
{
	static void *objects[MODEL_GROUP_SIZE];
	const struct step *step = argument;
	struct model_object *group = step_group(step);
	struct alloc_class *of = model_class(step->kind);
	unsigned int count = count_of(step);

	for (unsigned int i = 0; i < count; i++) {
		objects[i] =
			group[i].object_class == of ? group[i].pointer : NULL;
		if (objects[i])
			model_check(&group[i]);
	}
	alloc_class_release_batch(of, objects, count);
	for (unsigned int i = 0; i < count; i++)
		if (objects[i])
			model_freed(&group[i], 0);
}

void op_class_release_batch(const struct step *step)
{
	step_by_worker(step, do_class_release_batch);
}

/* ---- memory ---- */

static void do_class_trim(void *argument)
{
	const struct step *step = argument;

	alloc_class_trim(model_class(step->kind));
	EXPECT(!alloc_class_trim(model_class(step->kind)));
	heap_check();
}

void op_class_trim(const struct step *step)
{
	step_by_worker(step, do_class_trim);
}

/* Nothing else is at work: the numbers are exact. */
static void do_class_numbers(void *argument)
{
	const struct step *step = argument;
	struct alloc_class *of = model_class(step->kind);
	struct alloc_class_stats stats;
	size_t live = 0;

	for (unsigned int i = 0; i < MODEL_OBJECTS; i++)
		live += model[i].pointer && model[i].object_class == of;
	EXPECT(alloc_class_get_stats(of, &stats) == ALLOC_OK);
	EXPECT(stats.live == live);
	EXPECT(stats.allocated - stats.released == live);
	EXPECT(stats.object_size == model_class_config(step->kind)->size);
	EXPECT(stats.slot_size >= stats.object_size);
	EXPECT(stats.mapped_bytes >= live * stats.slot_size);
}

void op_class_numbers(const struct step *step)
{
	step_by_worker(step, do_class_numbers);
}

/* Its class gets no more memory: it fails when it has no place left. */
static void do_class_mapper_fails(void *argument)
{
	const struct step *step = argument;
	struct model_object *group = step_group(step);
	unsigned int n = MODEL_CLASS_MAPPED;
	void *pointer;

	model_set_mapper_fails(true);
	for (unsigned int i = 0; i < MODEL_GROUP_SIZE; i++) {
		if (group[i].pointer)
			continue;
		pointer = take(n, step_site(step));
		if (!pointer) {
			expected_cause = ALLOC_FAILURE_MEMORY;
			EXPECT(alloc_failure_cause() == expected_cause);
			break;
		}
		add(&group[i], n, pointer, step_site(step));
	}
	alloc_class_trim(model_class(n));
	model_set_mapper_fails(false);
	heap_check();
}

void op_class_mapper_fails(const struct step *step)
{
	step_by_worker(step, do_class_mapper_fails);
}
