/* SPDX-License-Identifier: Apache-2.0 */
/* The doors of slitter.h, on the classes of class_api.c; as there, who hands
 * its frame down must not end in a tail call. */
#include "slitter.h"

#include "allotype/heap.h"
#include "base/export.h"
#include "base/report.h"
#include "heap/class.h"

static struct alloc_class *find_class(struct slitter_class class)
{
	struct alloc_class *found = class_by_id(class.id);

	if (__builtin_expect(!found, 0))
		report_fatal("slitter: there is no class %u", class.id);
	return found;
}

EXPORT struct slitter_class
slitter_class_register(const struct slitter_class_config *config)
{
	struct alloc_class *made;
	enum status status;

	status = class_register(&(struct alloc_class_config){
					.name = config->name,
					.size = config->size,
					.zero_init = config->zero_init,
					.mapper = config->mapper_name,
				}, HEAP_RETURN, &made);
	if (status != STATUS_OK)
		report_fatal("slitter: class \"%s\" cannot be registered: %s",
			     config->name ? config->name : "",
			     status == STATUS_NO_MEMORY ?
				     "no memory" : "its size or its mapper");
	return (struct slitter_class){ class_id(made) };
}

static HEAP_JUMPED_TO void *
slitter_allocate_slow(struct alloc_class *object_class)
{
	void *object = class_allocate_slow(object_class, HEAP_FRAME);

	if (!object)
		report_fatal("slitter: no memory for an object of class \"%s\"",
			     class_name(object_class));
	__asm__ volatile("" : "+r"(object));
	return object;
}

EXPORT void *slitter_allocate(struct slitter_class class)
{
	struct alloc_class *object_class = find_class(class);
	void *object = class_allocate_fast(object_class, HEAP_RETURNED);

	if (__builtin_expect(object != NULL, 1))
		return object;
	return slitter_allocate_slow(object_class);
}

EXPORT void slitter_release(struct slitter_class class, void *object)
{
	struct alloc_class *object_class = find_class(class);
	uint64_t address = HEAP_RETURN;

	if (__builtin_expect(!class_release_fast(object_class, object,
						 address), 0))
		class_release_slow(object_class, object, address);
}

EXPORT void slitter_set_file_backed_slab_directory(const char *directory)
{
	if (alloc_mapper_set_directory(directory) != ALLOC_OK)
		report_fatal("slitter: the name of the directory is too long");
}
