/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Size classes: steps of 16 bytes up to 128, then 8 classes to a doubling, so
 * that at most an eighth of a larger object is slack.  They are evenly spaced,
 * but between 1024 and 8192 parts of a MiniPage, which they fill: what is a
 * little longer than a power of two, as buffers with a header are, has little
 * slack.  Beyond CLASS_SIZE_MAX allocations are big: runs of pages.
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
	CLASS_PARTS_MAX = 8192, /* parts of a MiniPage up to here */
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

/* What the classes up to END, a power of two, that are parts are multiples of:
 * below a page of what aligned objects ask for most. */
static inline uint32_t class_granule(uint32_t end)
{
	return end <= 4096 ? 64 : CLASS_ALIGN;
}

/* How often the class for SIZE goes into 8 times the end of its doubling,
 * 2^(SHIFT + 4): 8 to 15 times. */
static inline unsigned int class_parts(uint32_t size, unsigned int shift)
{
	uint32_t end = UINT32_C(16) << shift, granule = class_granule(end);

	return 8 * end / ((size + granule - 1) & -granule);
}

/* The smallest class whose segments hold SIZE <= CLASS_SIZE_MAX bytes. */
static inline unsigned int class_of_size(size_t size)
{
	unsigned int shift;

	if (size <= CLASS_TABLE_MAX)
		return class_of_small(size);
	/* The doubling (2^n, 2^(n+1)] has 8 classes, or steps of 2^(n - 3). */
	shift = 60 - (unsigned int)__builtin_clzll(size - 1);
	if (size <= CLASS_PARTS_MAX)
		return (shift - 3) * 8 + 15 -
		       class_parts((uint32_t)size, shift);
	return (shift - 4) * 8 + (unsigned int)((size - 1) >> shift);
}

static inline uint32_t class_size(unsigned int size_class)
{
	unsigned int doubling;
	uint32_t end;

	if (size_class < CLASS_LINEAR_COUNT)
		return (size_class + 1) * CLASS_ALIGN;
	doubling = (size_class - CLASS_LINEAR_COUNT) / 8;
	end = (uint32_t)CLASS_LINEAR_MAX * 2 << doubling;
	if (end > CLASS_TABLE_MAX && end <= CLASS_PARTS_MAX)
		return 8 * end / (15 - size_class % 8) & -class_granule(end);
	return end / 16 * (size_class % 8 + 9);
}

#endif
