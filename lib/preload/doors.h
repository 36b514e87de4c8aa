/* SPDX-License-Identifier: Apache-2.0 */
/* What the doors of system calls have in common: libc's conventions. */
#ifndef PRELOAD_DOORS_H
#define PRELOAD_DOORS_H

#include <errno.h>
#include <stdint.h>

#include "base/sys.h"

static inline uint64_t doors_round_up(uint64_t size)
{
	return (size + SYS_PAGE_SIZE - 1) & ~(SYS_PAGE_SIZE - 1);
}

static inline uint64_t doors_return_address(void *address)
{
	return (uintptr_t)__builtin_extract_return_addr(address);
}
#define DOORS_CALLER doors_return_address(__builtin_return_address(0))

static inline long doors_fail(long result)
{
	errno = (int)-result;
	return -1;
}

#endif
