/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What functions take the plain pointers for that they find in places: a void *
 * member keeps objects of some type, and who reads it has a variable for those.
 */
#ifndef META_FLOW_VIEWS_H
#define META_FLOW_VIEWS_H

#include <stdint.h>

#include "base/status.h"
#include "meta/flow/carve.h"

struct flow;
struct flow_site;
struct site_size;
struct value;

#define VIEWS_GIVEN 16

/* Of one function: places, and what their content was taken for; and the
 * functions that it puts into objects, which are to work on those. */
struct views {
	struct view *at;
	uint32_t count, capacity;
	uint32_t given[VIEWS_GIVEN];
	uint32_t given_count;
};

void views_deinit(struct views *views);

/* VIEWS learns that VALUE is in a variable that points to POINTEE, if it is a
 * plain pointer that some place holds.  What memory does not suffice for is
 * forgotten. */
void views_note(struct views *views, const struct value *value,
		uint32_t pointee);

/* VIEWS learns that FUNCTION, in the model's functions, is stored; or does not,
 * of MODEL_NONE. */
void views_give(struct views *views, uint32_t function);

/* Interprets the functions that only read where objects are kept of which
 * nothing else is known. */
enum status views_ask_readers(struct flow *flow);

/* The record of SIZE, if that is known, that the file of SITE takes what the places hold for in
 * which its object is kept, of several the one that all that is stored to it
 * fits best; or the only record that anybody takes it for; or MODEL_NONE. */
uint32_t views_find(const struct flow *flow, const struct flow_site *site,
		    const struct site_size *size);

#endif
