/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reserved address space that is committed in steps.  Where nothing limits
 * it, one large reservation holds everything: bookkeeping in its lower
 * part, data above, with gaps that stay inaccessible between the pieces.
 * Under RLIMIT_AS, or when the large one fails, every piece is a small
 * reservation of its own.
 */
#ifndef HEAP_RESERVE_H
#define HEAP_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

/* An array that grows in place.  The owner's lock guards it. */
struct growth {
	char *base;       /* NULL: not reserved */
	size_t committed; /* bytes from base on that can be used */
	size_t limit;     /* bytes reserved */
	size_t step;      /* bytes to commit at least */
};

enum reserve_part { RESERVE_BOOKKEEPING, RESERVE_DATA };

/* Once, before anything else here. */
void reserve_init(void);
/* Is address space scarce?  Then ask for little. */
bool reserve_is_limited(void);

/*
 * Reserves SIZE bytes, aligned to ALIGN, a power of two; false when there is
 * no room.  Pieces of the large reservation come first; LARGE_ONLY refuses
 * any other.  Guard space surrounds the piece.
 */
bool growth_init(struct growth *growth, enum reserve_part part, size_t size,
		 size_t align, size_t step, bool large_only);
/* Makes the first SIZE bytes usable; false leaves all as it was. */
bool growth_ensure(struct growth *growth, size_t size);
/* Gives all of a piece of its own back to the system. */
void growth_release(struct growth *growth);
/* Gives back the uncommitted rest but for a little, and asks for little from
 * now on: the program limits its address space.  Caller holds all
 * locks of the heap. */
void reserve_shrink(void);

#endif
