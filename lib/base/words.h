/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of structures that somebody else may be writing, or reading, at the
 * same time: word by word, relaxed.  The reader finds out by other means
 * whether it has seen one whole.  SIZE is a multiple of 8, both sides are
 * 8-aligned.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>
#include <stdint.h>

static inline void words_load(void *to, const void *from, size_t size)
{
	uint64_t *target = to;
	const uint64_t *source = from;

	for (size_t i = 0; i < size / sizeof *target; i++)
		target[i] = __atomic_load_n(&source[i], __ATOMIC_RELAXED);
}

static inline void words_store(void *to, const void *from, size_t size)
{
	uint64_t *target = to;
	const uint64_t *source = from;

	for (size_t i = 0; i < size / sizeof *target; i++)
		__atomic_store_n(&target[i], source[i], __ATOMIC_RELAXED);
}

#endif
