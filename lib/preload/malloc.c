/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The malloc family of glibc 2.36, and C23's sized frees: libc's semantics
 * and errno on top of the heap.
 *
 * Each entry point hands its own frame down, so none may end in a tail
 * call, for which finish() keeps something to do behind the call; but malloc
 * does without a frame, and ends in a jump to a function that has one.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/export.h"
#include "base/sys.h"
#include "base/text.h"
#include "heap/failure.h"
#include "heap/heap.h"

/* Declared nowhere in glibc's headers. */
void *aligned_alloc(size_t align, size_t size);
void cfree(void *pointer);
void free_sized(void *pointer, size_t size);
void free_aligned_sized(void *pointer, size_t align, size_t size);

static inline void *finish(void *pointer)
{

	if (__builtin_expect(!pointer, 0))
		errno = ENOMEM;
	__asm__ volatile("" : "+r"(pointer));
	return pointer;
}

/* No object can be that large. */
static void *refuse_size(void)
{
	failure_refuse(ALLOC_FAILURE_SIZE);
	errno = ENOMEM;
	return NULL;
}

static HEAP_JUMPED_TO void *malloc_slow(size_t size, struct bin *bin,
				 uint32_t record)
{
	void *pointer = heap_refill_and_take(bin, size, record);

	return finish(pointer ? pointer : heap_allocate(size, HEAP_FRAME));
}

EXPORT void *malloc(size_t size)
{
	uint32_t record;
	struct bin *bin;

	if (heap_find_fast(size, HEAP_RETURNED, &bin, &record))
		return heap_take_segment(bin, size, record);
	return malloc_slow(size, bin, record);
}

EXPORT void free(void *pointer)
{
	uint64_t address = HEAP_RETURN;

	if (__builtin_expect(!heap_free_fast(pointer, address), 0))
		heap_free_slow(pointer, address);
}

EXPORT void *calloc(size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return refuse_size();
	return finish(heap_allocate_zeroed(total, HEAP_FRAME));
}

/* With on_error=log a bad call returns. */
static void *fail_to_reallocate(void *pointer)
{
	errno = heap_is_live(pointer) ? ENOMEM : EINVAL;
	return NULL;
}

static inline void *reallocate(void *pointer, size_t size,
			       const uint64_t *frame)
{
	void *data;

	if (!pointer) {
		pointer = heap_allocate_fast(size, frame + 1);
		return pointer ? pointer : finish(heap_allocate(size, frame));
	}
	if (!size) {
		heap_free(pointer, frame[1]);
		return NULL;
	}
	data = heap_reallocate(pointer, size, frame);
	if (__builtin_expect(!data, 0))
		data = fail_to_reallocate(pointer);
	__asm__ volatile("" : "+r"(data));
	return data;
}

EXPORT void *realloc(void *pointer, size_t size)
{
	return reallocate(pointer, size, HEAP_FRAME);
}

EXPORT void *reallocarray(void *pointer, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return refuse_size();
	return reallocate(pointer, total, HEAP_FRAME);
}

/* glibc's memalign: any alignment, made a power of two. */
static inline void *align_as_libc(size_t align, size_t size,
				  const uint64_t *frame)
{
	if (align > SIZE_MAX / 2 + 1) {
		failure_refuse(ALLOC_FAILURE_ALIGNMENT);
		errno = EINVAL;
		return NULL;
	}
	if (align & (align - 1))
		align = (size_t)1 << (64 - __builtin_clzll(align));
	return finish(heap_allocate_aligned(align, size, frame));
}

EXPORT void *memalign(size_t align, size_t size)
{
	return align_as_libc(align, size, HEAP_FRAME);
}

EXPORT void *aligned_alloc(size_t align, size_t size)
{
	return align_as_libc(align, size, HEAP_FRAME);
}

EXPORT int posix_memalign(void **result, size_t align, size_t size)
{
	void *pointer;

	if (align % sizeof(void *) || align & (align - 1) || !align) {
		failure_refuse(ALLOC_FAILURE_ALIGNMENT);
		return EINVAL;
	}
	pointer = heap_allocate_aligned(align, size, HEAP_FRAME);
	if (!pointer)
		return ENOMEM;
	*result = pointer;
	return 0;
}

EXPORT void *valloc(size_t size)
{
	return finish(heap_allocate_aligned(SYS_PAGE_SIZE, size, HEAP_FRAME));
}

EXPORT void *pvalloc(size_t size)
{
	if (size > PTRDIFF_MAX)
		return refuse_size();
	size = (size + SYS_PAGE_SIZE - 1) & ~(SYS_PAGE_SIZE - 1);
	return finish(heap_allocate_aligned(SYS_PAGE_SIZE, size, HEAP_FRAME));
}

EXPORT void cfree(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}

EXPORT void free_sized(void *pointer, size_t size)
{
	(void)size;
	heap_free(pointer, HEAP_RETURN);
}

EXPORT void free_aligned_sized(void *pointer, size_t align, size_t size)
{
	(void)align, (void)size;
	heap_free(pointer, HEAP_RETURN);
}

EXPORT size_t malloc_usable_size(void *pointer)
{
	return heap_size(pointer);
}

EXPORT int malloc_trim(size_t pad)
{
	(void)pad;
	return heap_trim();
}

/* Accepted as glibc does; there is nothing here that it would tune. */
EXPORT int mallopt(int parameter, int value)
{
	(void)parameter, (void)value;
	return 1;
}

EXPORT struct mallinfo2 mallinfo2(void)
{
	struct heap_stats stats;

	heap_get_stats(&stats);
	return (struct mallinfo2){
		.arena = stats.reserved_bytes - stats.big_bytes,
		.ordblks = stats.free_count,
		.hblks = stats.big_count,
		.hblkhd = stats.big_bytes,
		.uordblks = stats.live_bytes,
		.fordblks = stats.reserved_bytes - stats.live_bytes,
		.keepcost = stats.kept_bytes,
	};
}

EXPORT struct mallinfo mallinfo(void)
{
	struct mallinfo2 info = mallinfo2();

	return (struct mallinfo){
		.arena = (int)info.arena,
		.ordblks = (int)info.ordblks,
		.hblks = (int)info.hblks,
		.hblkhd = (int)info.hblkhd,
		.uordblks = (int)info.uordblks,
		.fordblks = (int)info.fordblks,
		.keepcost = (int)info.keepcost,
	};
}

EXPORT int malloc_info(int options, FILE *stream)
{
	struct heap_stats stats;
	struct text text;
	char buffer[512];

	if (options)
		return EINVAL;
	heap_get_stats(&stats);
	text_init(&text, buffer, sizeof buffer);
	text_format(&text,
		    "<malloc version=\"1\">\n"
		    "<total type=\"rest\" count=\"%zu\" size=\"%zu\"/>\n"
		    "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n"
		    "<system type=\"current\" size=\"%zu\"/>\n"
		    "</malloc>\n",
		    stats.free_count, stats.kept_bytes, stats.big_count,
		    stats.big_bytes, stats.reserved_bytes);
	return fputs(buffer, stream) == EOF ? -1 : 0;
}

EXPORT void malloc_stats(void)
{
	struct heap_stats stats;
	struct text text;
	char buffer[512];

	heap_get_stats(&stats);
	text_init(&text, buffer, sizeof buffer);
	text_format(&text,
		    "system bytes     = %zu\nin use bytes     = %zu\n"
		    "big allocations  = %zu\nbig bytes        = %zu\n",
		    stats.reserved_bytes, stats.live_bytes, stats.big_count,
		    stats.big_bytes);
	fputs(buffer, stderr);
}

/* glibc's other names for the same, which some programs call.  In assembly,
 * as gcc and clang do not agree on how to copy the attributes that libc
 * declares with the targets. */
#define ALIAS(name, target)                                                    \
	__asm__(".globl " #name "\n.type " #name ", @function\n"               \
		".set " #name ", " #target)
ALIAS(__libc_malloc, malloc);
ALIAS(__libc_free, free);
ALIAS(__libc_calloc, calloc);
ALIAS(__libc_realloc, realloc);
ALIAS(__libc_memalign, memalign);
ALIAS(__libc_valloc, valloc);
ALIAS(__libc_pvalloc, pvalloc);

/*
 * What clang's -fsanitize=alloc-token calls instead: an allocation token is one
 * more argument, which the calling conventions of our machines let a function
 * leave alone.  What the tokens say is read from the code (meta/flow).
 */
#if __has_attribute(copy) /* gcc warns of attributes that differ */
#define WITH_TOKEN(function) \
	EXPORT __typeof__(function) __alloc_token_##function \
		__attribute__((alias(#function), copy(function)))
#else
#define WITH_TOKEN(function) \
	EXPORT __typeof__(function) __alloc_token_##function \
		__attribute__((alias(#function)))
#endif
WITH_TOKEN(malloc);
WITH_TOKEN(calloc);
WITH_TOKEN(realloc);
WITH_TOKEN(reallocarray);
WITH_TOKEN(memalign);
WITH_TOKEN(aligned_alloc);
WITH_TOKEN(posix_memalign);
WITH_TOKEN(valloc);
WITH_TOKEN(pvalloc);
