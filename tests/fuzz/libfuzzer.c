/* SPDX-License-Identifier: Apache-2.0 */
/* The front door of libFuzzer, which mutates whole steps as well as bytes. */
#include <string.h>

#include "fuzz/sequence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max,
			       unsigned int seed);

enum { STEP = sizeof(struct step) };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sequence_run(data, size);
	return 0;
}

/* Makes room for COUNT steps in front of step AT; they are copies of those
 * that were there. */
static size_t repeat_steps(uint8_t *data, size_t size, size_t size_max,
			   size_t at, size_t count)
{
	size_t bytes = count * STEP;

	if (at * STEP + bytes > size || size + bytes > size_max)
		return size;
	memmove(data + at * STEP + bytes, data + at * STEP, size - at * STEP);
	return size + bytes;
}

static size_t remove_steps(uint8_t *data, size_t size, size_t at,
			   size_t count)
{
	size_t bytes = count * STEP;

	if (at * STEP + bytes > size)
		return size;
	memmove(data + at * STEP, data + at * STEP + bytes,
		size - at * STEP - bytes);
	return size - bytes;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max,
			       unsigned int seed)
{
	size_t steps = size / STEP, at = steps ? seed / 8 % steps : 0;
	size_t count = 1 + seed / 4096 % 16;

	switch (steps ? seed % 8 : 7) {
	case 0:
	case 1:
		return repeat_steps(data, size, size_max, at, count);
	case 2:
		return remove_steps(data, size, at, count);
	case 3:
	case 4:
		/* Another operation, caller or size of one step. */
		LLVMFuzzerMutate(data + at * STEP, STEP, STEP);
		return size;
	default:
		return LLVMFuzzerMutate(data, size, size_max);
	}
}
