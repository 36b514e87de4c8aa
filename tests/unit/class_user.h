/* SPDX-License-Identifier: Apache-2.0 */
/* Classes as the public calls use them: the fast path, then the slow one. */
#ifndef TESTS_UNIT_CLASS_USER_H
#define TESTS_UNIT_CLASS_USER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap/class.h"

/* Not inlined, as the record names the caller. */
static __attribute__((noinline, unused)) void *
take(struct alloc_class *object_class)
{
	void *object = class_allocate_fast(object_class, HEAP_RETURNED);

	return object ? object : class_allocate_slow(object_class, HEAP_FRAME);
}

static __attribute__((noinline, unused)) void
give(struct alloc_class *object_class, void *object)
{
	if (!class_release_fast(object_class, object, HEAP_RETURN))
		class_release_slow(object_class, object, HEAP_RETURN);
}

static inline struct alloc_class *make(struct alloc_class_config config)
{
	struct alloc_class *made = NULL;

	assert_int_equal(class_register(&config, 1, &made), STATUS_OK);
	assert_non_null(made);
	return made;
}

#endif
