/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every operator new and delete of C++17 and C++14's sized ones (C++20
 * [new.delete]), under their mangled names (Itanium C++ ABI 5.1).
 *
 * As in libstdc++, the variants rest on four that a program may replace:
 * when it has replaced one of those, the others call its version, through
 * the symbol; otherwise all go to the heap directly, with their own frame.
 * Built with -fexceptions: what new handlers throw passes through.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

#include "base/export.h"
#include "base/report.h"
#include "heap/heap.h"

typedef void (*new_handler)(void);

void *_Znwm(size_t size);
void *_ZnwmSt11align_val_t(size_t size, size_t align);
void _ZdlPv(void *pointer);
void _ZdlPvSt11align_val_t(void *pointer, size_t align);
void *_Znam(size_t size);
void *_ZnamSt11align_val_t(size_t size, size_t align);
void *_ZnwmRKSt9nothrow_t(size_t size, const void *tag);
void *_ZnamRKSt9nothrow_t(size_t size, const void *tag);
void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t align,
					const void *tag);
void *_ZnamSt11align_val_tRKSt9nothrow_t(size_t size, size_t align,
					const void *tag);
void _ZdaPv(void *pointer);
void _ZdaPvSt11align_val_t(void *pointer, size_t align);
void _ZdlPvm(void *pointer, size_t size);
void _ZdaPvm(void *pointer, size_t size);
void _ZdlPvRKSt9nothrow_t(void *pointer, const void *tag);
void _ZdaPvRKSt9nothrow_t(void *pointer, const void *tag);
void _ZdlPvmSt11align_val_t(void *pointer, size_t size, size_t align);
void _ZdaPvmSt11align_val_t(void *pointer, size_t size, size_t align);
void _ZdlPvSt11align_val_tRKSt9nothrow_t(void *pointer, size_t align,
					const void *tag);
void _ZdaPvSt11align_val_tRKSt9nothrow_t(void *pointer, size_t align,
					const void *tag);

/* What the symbols above are unless the program has its own. */
static void *plain_new(size_t size);
static void *aligned_new(size_t size, size_t align);
static void plain_delete(void *pointer);
static void aligned_delete(void *pointer, size_t align);

/* Keeps the caller's frame alive behind a call (see malloc.c). */
static inline void *finish(void *pointer)
{
	__asm__ volatile("" : "+r"(pointer));
	return pointer;
}

static void *call_get_new_handler(void)
{
	new_handler (*get)(void) = NULL;

	*(void **)&get = dlsym(RTLD_DEFAULT, "_ZSt15get_new_handlerv");
	return get ? (void *)get() : NULL;
}

static void throw_bad_alloc(void)
{
	void (*throw)(void) = NULL;

	*(void **)&throw = dlsym(RTLD_DEFAULT, "_ZSt17__throw_bad_allocv");
	if (throw)
		throw();
	report_fatal("operator new: out of memory, and no libstdc++ to throw");
}

static inline void *try_allocate(size_t size, size_t align,
				 const uint64_t *frame)
{
	return align ? heap_allocate_aligned(align, size, frame) :
		       heap_allocate(size, frame);
}

/* Calls the new handler until there is memory; throws when there is none
 * (C++20 [new.delete.single]). */
static __attribute__((noinline)) void *
allocate_or_throw(size_t size, size_t align, const uint64_t *frame)
{
	for (;;) {
		void *pointer = try_allocate(size, align, frame);
		new_handler handler;

		if (pointer)
			return pointer;
		*(void **)&handler = call_get_new_handler();
		if (!handler)
			throw_bad_alloc();
		handler();
	}
}

/* The same, returning NULL.  A handler may throw, which C cannot catch:
 * libstdc++'s own variant calls our throwing one and catches. */
static __attribute__((noinline)) void *
allocate_or_null(const char *name, size_t size, size_t align,
		 const uint64_t *frame)
{
	void *pointer = try_allocate(size, align, frame);
	void *next;

	if (pointer || !call_get_new_handler())
		return pointer;
	next = dlsym(RTLD_NEXT, name);
	if (!next)
		return NULL;
	if (align)
		return ((void *(*)(size_t, size_t, const void *))next)(
			size, align, frame);
	return ((void *(*)(size_t, const void *))next)(size, frame);
}

static HEAP_JUMPED_TO void *new_slow(size_t size, struct bin *bin,
				     uint32_t record)
{
	void *pointer = heap_refill_and_take(bin, size, record);

	return finish(pointer ? pointer :
				allocate_or_throw(size, 0, HEAP_FRAME));
}

static inline __attribute__((always_inline)) void *
new_from_heap(size_t size, const uint64_t *returned)
{
	uint32_t record;
	struct bin *bin;

	if (heap_find_fast(size, returned, &bin, &record))
		return heap_take_segment(bin, size, record);
	return new_slow(size, bin, record);
}

EXPORT void *_Znwm(size_t size)
{
	return new_from_heap(size, HEAP_RETURNED);
}
static void *plain_new(size_t size) __attribute__((alias("_Znwm")));

EXPORT void *_ZnwmSt11align_val_t(size_t size, size_t align)
{
	return finish(allocate_or_throw(size, align, HEAP_FRAME));
}
static void *aligned_new(size_t size, size_t align)
	__attribute__((alias("_ZnwmSt11align_val_t")));

EXPORT void _ZdlPv(void *pointer)
{
	heap_free(pointer, HEAP_RETURN);
}
static void plain_delete(void *pointer) __attribute__((alias("_ZdlPv")));

EXPORT void _ZdlPvSt11align_val_t(void *pointer, size_t align)
{
	(void)align;
	heap_free(pointer, HEAP_RETURN);
}
static void aligned_delete(void *pointer, size_t align)
	__attribute__((alias("_ZdlPvSt11align_val_t")));

/* ---- the variants ---- */

static bool new_is_replaced(void)
{
	return _Znwm != plain_new;
}

static bool aligned_new_is_replaced(void)
{
	return _ZnwmSt11align_val_t != aligned_new;
}

EXPORT void *_Znam(size_t size)
{
	if (__builtin_expect(new_is_replaced(), 0))
		return _Znwm(size);
	return new_from_heap(size, HEAP_RETURNED);
}
static void *array_new(size_t size) __attribute__((alias("_Znam")));

EXPORT void *_ZnamSt11align_val_t(size_t size, size_t align)
{
	if (__builtin_expect(aligned_new_is_replaced(), 0))
		return _ZnwmSt11align_val_t(size, align);
	return finish(allocate_or_throw(size, align, HEAP_FRAME));
}
static void *aligned_array_new(size_t size, size_t align)
	__attribute__((alias("_ZnamSt11align_val_t")));

/* libstdc++'s variant NAME, which calls what the program replaced. */
static void *call_next(const char *name, size_t size, size_t align,
		       const void *tag)
{
	void *next = dlsym(RTLD_NEXT, name);

	if (!next)
		return align ? _ZnwmSt11align_val_t(size, align) : _Znwm(size);
	if (align)
		return ((void *(*)(size_t, size_t, const void *))next)(
			size, align, tag);
	return ((void *(*)(size_t, const void *))next)(size, tag);
}

EXPORT void *_ZnwmRKSt9nothrow_t(size_t size, const void *tag)
{
	if (__builtin_expect(new_is_replaced(), 0))
		return call_next("_ZnwmRKSt9nothrow_t", size, 0, tag);
	return finish(allocate_or_null("_ZnwmRKSt9nothrow_t", size, 0,
				       HEAP_FRAME));
}

EXPORT void *_ZnamRKSt9nothrow_t(size_t size, const void *tag)
{
	if (__builtin_expect(new_is_replaced() || _Znam != array_new, 0))
		return call_next("_ZnamRKSt9nothrow_t", size, 0, tag);
	return finish(allocate_or_null("_ZnamRKSt9nothrow_t", size, 0,
				       HEAP_FRAME));
}

EXPORT void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t align,
						const void *tag)
{
	static const char name[] = "_ZnwmSt11align_val_tRKSt9nothrow_t";

	if (__builtin_expect(aligned_new_is_replaced(), 0))
		return call_next(name, size, align, tag);
	return finish(allocate_or_null(name, size, align, HEAP_FRAME));
}

EXPORT void *_ZnamSt11align_val_tRKSt9nothrow_t(size_t size, size_t align,
						const void *tag)
{
	static const char name[] = "_ZnamSt11align_val_tRKSt9nothrow_t";

	if (__builtin_expect(aligned_new_is_replaced() ||
			     _ZnamSt11align_val_t != aligned_array_new, 0))
		return call_next(name, size, align, tag);
	return finish(allocate_or_null(name, size, align, HEAP_FRAME));
}

static inline void delete_plain(void *pointer, uint64_t address)
{
	if (__builtin_expect(_ZdlPv != plain_delete, 0))
		_ZdlPv(pointer);
	else
		heap_free(pointer, address);
}

static inline void delete_aligned(void *pointer, size_t align,
				  uint64_t address)
{
	if (__builtin_expect(_ZdlPvSt11align_val_t != aligned_delete, 0))
		_ZdlPvSt11align_val_t(pointer, align);
	else
		heap_free(pointer, address);
}

EXPORT void _ZdaPv(void *pointer)
{
	delete_plain(pointer, HEAP_RETURN);
}
static void array_delete(void *pointer) __attribute__((alias("_ZdaPv")));

EXPORT void _ZdaPvSt11align_val_t(void *pointer, size_t align)
{
	delete_aligned(pointer, align, HEAP_RETURN);
}
static void aligned_array_delete(void *pointer, size_t align)
	__attribute__((alias("_ZdaPvSt11align_val_t")));

static inline void delete_array(void *pointer, uint64_t address)
{
	if (__builtin_expect(_ZdaPv != array_delete, 0))
		_ZdaPv(pointer);
	else
		delete_plain(pointer, address);
}

static inline void delete_aligned_array(void *pointer, size_t align,
					uint64_t address)
{
	if (__builtin_expect(_ZdaPvSt11align_val_t != aligned_array_delete, 0))
		_ZdaPvSt11align_val_t(pointer, align);
	else
		delete_aligned(pointer, align, address);
}

EXPORT void _ZdlPvm(void *pointer, size_t size)
{
	(void)size;
	delete_plain(pointer, HEAP_RETURN);
}

EXPORT void _ZdaPvm(void *pointer, size_t size)
{
	(void)size;
	delete_array(pointer, HEAP_RETURN);
}

EXPORT void _ZdlPvRKSt9nothrow_t(void *pointer, const void *tag)
{
	(void)tag;
	delete_plain(pointer, HEAP_RETURN);
}

EXPORT void _ZdaPvRKSt9nothrow_t(void *pointer, const void *tag)
{
	(void)tag;
	delete_array(pointer, HEAP_RETURN);
}

EXPORT void _ZdlPvmSt11align_val_t(void *pointer, size_t size, size_t align)
{
	(void)size;
	delete_aligned(pointer, align, HEAP_RETURN);
}

EXPORT void _ZdaPvmSt11align_val_t(void *pointer, size_t size, size_t align)
{
	(void)size;
	delete_aligned_array(pointer, align, HEAP_RETURN);
}

EXPORT void _ZdlPvSt11align_val_tRKSt9nothrow_t(void *pointer, size_t align,
						const void *tag)
{
	(void)tag;
	delete_aligned(pointer, align, HEAP_RETURN);
}

EXPORT void _ZdaPvSt11align_val_tRKSt9nothrow_t(void *pointer, size_t align,
						const void *tag)
{
	(void)tag;
	delete_aligned_array(pointer, align, HEAP_RETURN);
}

/* With allocation tokens, as in malloc.c. */
#define WITH_TOKEN(function) \
	EXPORT __typeof__(function) __alloc_token_##function \
		__attribute__((alias(#function)))
WITH_TOKEN(_Znwm);
WITH_TOKEN(_ZnwmSt11align_val_t);
WITH_TOKEN(_ZnwmRKSt9nothrow_t);
WITH_TOKEN(_ZnwmSt11align_val_tRKSt9nothrow_t);
WITH_TOKEN(_Znam);
WITH_TOKEN(_ZnamSt11align_val_t);
WITH_TOKEN(_ZnamRKSt9nothrow_t);
WITH_TOKEN(_ZnamSt11align_val_tRKSt9nothrow_t);
