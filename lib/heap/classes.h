/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Size classes: steps of 16 bytes up to 128, then 8 classes to a doubling,
 * so that at most an eighth of a larger object is slack.  Beyond
 * CLASS_SIZE_MAX allocations are big: runs of pages.
 */
#ifndef HEAP_CLASSES_H
#define HEAP_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#include "base/export.h"

enum {
	CLASS_ALIGN = 16,
	CLASS_LINEAR_MAX = 128, /* steps of CLASS_ALIGN up to here */
	CLASS_LINEAR_COUNT = CLASS_LINEAR_MAX / CLASS_ALIGN,
	CLASS_TABLE_MAX = 1024, /* looked up, not computed, up to here */
	CLASS_SIZE_MAX = 32768,
	CLASS_COUNT = CLASS_LINEAR_COUNT + 8 * 8,
};

/* The class of each size in granules of CLASS_ALIGN, up to CLASS_TABLE_MAX. */
enum { CLASS_GRANULES = CLASS_TABLE_MAX / CLASS_ALIGN + 1 };
extern const uint8_t class_by_granule[CLASS_GRANULES] HIDDEN;

static inline size_t class_granules(size_t size)
{
	return (size + CLASS_ALIGN - 1) / CLASS_ALIGN;
}

/* The smallest class whose segments hold SIZE <= CLASS_TABLE_MAX bytes. */
static inline unsigned int class_of_small(size_t size)
{
	return class_by_granule[class_granules(size)];
}

/* The smallest class whose segments hold SIZE <= CLASS_SIZE_MAX bytes. */
static inline unsigned int class_of_size(size_t size)
{
	unsigned int shift;

	if (size <= CLASS_TABLE_MAX)
		return class_of_small(size);
	/* The doubling (2^n, 2^(n+1)] has steps of 2^(n - 3). */
	shift = 60 - (unsigned int)__builtin_clzll(size - 1);
	return (shift - 4) * 8 + (unsigned int)((size - 1) >> shift);
}

static inline uint32_t class_size(unsigned int size_class)
{
	unsigned int doubling;

	if (size_class < CLASS_LINEAR_COUNT)
		return (size_class + 1) * CLASS_ALIGN;
	doubling = (size_class - CLASS_LINEAR_COUNT) / 8;
	return (uint32_t)(CLASS_LINEAR_MAX + CLASS_ALIGN *
		(size_class % 8 + 1)) << doubling;
}

#endif
