/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program did wrong with the heap, told in one line:
 *
 *   allotype: double free: free(0x55d0) in drop (list.c:31): freed, was
 *       struct node, 32 bytes at 0x55d0 +0, allocated in make (list.c:12),
 *       freed in drop (list.c:30)
 *
 * First what was wrong, then the call and where it was made, then the object
 * or symbol in question.  The heap knows bounds and sites; a layer above,
 * if there is one, knows names, types and what other memory there is.
 */
#ifndef HEAP_MISUSE_H
#define HEAP_MISUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum misuse_kind {
	MISUSE_FREED,        /* of an object that is free already */
	MISUSE_INSIDE_FREED, /* inside of such a one */
	MISUSE_INSIDE,       /* inside an object that is live */
	MISUSE_UNUSED,       /* of heap memory that never held an object */
	MISUSE_FOREIGN,      /* of memory that is not the heap's */
	MISUSE_CLASS,        /* of an object of another class */
	MISUSE_OVERFLOW,     /* a write past the end, found afterwards */
	MISUSE_STALE_WRITE,  /* a write after free, found afterwards */
	MISUSE_FAULT_READ,   /* at `address' just now, by the code at `caller', */
	MISUSE_FAULT_WRITE,  /* which is not a return address here */
};

struct misuse {
	enum misuse_kind kind;
	/* The function of the heap that was called, and what with; NULL:
	 * it was found by itself. */
	const char *function;
	uintptr_t pointer;
	uintptr_t address; /* the byte in question; often the same */
	uint64_t caller;   /* return address of the call; 0: unknown */
	/* MISUSE_CLASS: names of classes, NULL for none: that FUNCTION was
	 * told, and the object's own. */
	const char *expected, *actual;
};

/* Tells the story without allocating or locking, from any state of the
 * program.  Then stops the process, or, with on_error=log, returns: the
 * caller leaves everything as it is. */
void misuse_report(const struct misuse *misuse);
/* Tells the story and always returns. */
void misuse_tell_only(const struct misuse *misuse);

/* FUNCTION was called for an object of class EXPECTED with POINTER, which is
 * one of class ACTUAL. */
void misuse_report_class(const char *function, const void *pointer,
			 uint64_t caller, const char *expected,
			 const char *actual);

/* "double free", "realloc inside an object", "write past the end".  MEMORY:
 * what a foreign pointer points to, or NULL. */
void misuse_append_kind(struct text *text, const struct misuse *misuse,
			const char *memory);
/* ": an object of class derived", for a mismatch of classes. */
void misuse_append_class(struct text *text, const struct misuse *misuse);
/* "free(0x55d0)", "at 0x55f8, found by free(0x55d0)", "release(0x55d0) to
 * class base". */
void misuse_append_call(struct text *text, const struct misuse *misuse);

/* What a layer above may define: appends the whole line to TEXT.  False: it
 * is not up yet. */
bool misuse_tell(struct text *text, const struct misuse *misuse)
	__attribute__((weak));

#endif
