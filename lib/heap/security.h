/* SPDX-License-Identifier: Apache-2.0 */
/*
 * security=on: what the heap does to hinder and to find misuse of it.
 *
 * - A segment is chosen at random among those of its MiniPage that are free.
 * - Every object has a canary behind its end, of one byte at least and up to
 *   the end of its segment or page: bytes that depend on a secret of the
 *   process and on the address, and are never 0.  Who frees or resizes the
 *   object finds them changed: a write past the end.
 * - What is freed reads as zeros at once, and waits in the quarantine before
 *   it is given out again (quarantine.h).  What does not read as zeros then
 *   was written to after free.
 * - A big allocation is followed by a page that cannot be accessed, and its
 *   own pages cannot be accessed any more once it is freed: that is what lies
 *   before the next one, too.
 *
 * Covers malloc's memory, but for the canaries of objects that were split;
 * classes have their own rules.  All paths go through
 * heap_checked.
 */
#ifndef HEAP_SECURITY_H
#define HEAP_SECURITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/export.h"
#include "heap/object.h"
#include "heap/thread.h"

/* Constant after bring-up. */
extern bool heap_secured HIDDEN;

/* Reads the options; once, before the first allocation. */
void security_init(void);
/* In a fork child: goes other ways than the parent. */
void security_fork_child(void);

/* Bytes that an object needs besides its own. */
static inline size_t security_padding(void)
{
	return heap_secured ? 1 : 0;
}

/* Pages of a run behind those of its object. */
static inline uint32_t security_guard_pages(void)
{
	return heap_secured ? 1 : 0;
}

/* One of the bits of WORD, which is not 0. */
unsigned int security_pick(uint64_t word);

/* Takes a free segment of BIN, which has one, for SIZE bytes with the live
 * RECORD of its site; it reads as zeros. */
void *security_take(struct bin *bin, size_t size, uint32_t record);

/* Does security=on look after segments of KIND: malloc's, not a class's? */
bool security_covers_kind(unsigned int kind);
/* Does it after OBJECT? */
bool security_covers(const struct object *object);
/* Reports a write past the end of the live OBJECT, if it is covered, with
 * which FUNCTION was called at CALLER. */
void security_check(const struct object *object, const char *function,
		    uint64_t caller);
/* Frees a live object that is covered: AFTER is its record, or run's pair of
 * sites, from now on.  False: somebody else freed it meanwhile. */
bool security_free(const struct object *object, uint32_t after);
/* Does a covered run have as many pages as SIZE bytes need? */
bool security_fits_pages(const struct object *object, size_t size);
/* Makes a live object that is covered SIZE bytes long where it is, if there
 * is room. */
bool security_resize(const struct object *object, size_t size, uint32_t site);

/* ---- for big.c, under region_lock ---- */

/* Makes a run of PAGES at DATA, its guard page included, usable for SIZE
 * bytes; false if the system refuses.  LIVE: how many others there are. */
bool security_open(void *data, size_t pages, size_t size, size_t live);
/* The reverse; does it read as zeros when it is opened again? */
bool security_close(void *data, size_t pages);

/* ---- for quarantine.c ---- */

/* The first byte of [base, base + size) that is not 0, or 0. */
uintptr_t security_find_write(uintptr_t base, size_t size);

/* Checks all canaries, and what is in the quarantine.  Reports each object
 * that was written past its end or after free and returns how many. */
size_t security_check_all(void);

#endif
