/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that the program's own allocators cut up: a function that returns
 * plain memory takes the address from some place (a member, a static) and
 * moves on what the place holds; what is stored to that place elsewhere is
 * given out in parts.
 */
#ifndef META_FLOW_CARVE_H
#define META_FLOW_CARVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/model.h"

/* A member of any object of a record, or a static; 0: none. */
typedef uint64_t carve_place;

/* How far a value is from what a place holds. */
enum carve_move {
	CARVE_EXACT,
	CARVE_STEP,  /* a constant was added, or it was aligned */
	CARVE_MOVED, /* something was added */
};

#define CARVE_PLACES 4
/* What a function does to places. */
struct carve {
	struct carve_use {
		carve_place place;
		uint8_t move;
	} returned[CARVE_PLACES], advanced[CARVE_PLACES];
	uint8_t returned_count, advanced_count;
};

/* The member at OFFSET in TYPE, of the innermost record there. */
carve_place carve_member(const struct model *model, uint32_t type,
			 uint64_t offset);
carve_place carve_static(uint64_t address);

/* *CARVE, made when it is NULL, learns that its function returns what PLACE
 * holds, or changes that, by MOVE.  What memory does not suffice for is
 * forgotten. */
void carve_note_returned(struct carve **carve, carve_place place,
			 uint8_t move);
void carve_note_advanced(struct carve **carve, carve_place place,
			 uint8_t move);

/* Does the function give out parts of what PLACE leads to? */
bool carve_gives_parts(const struct carve *carve, carve_place place);

#endif
