/* SPDX-License-Identifier: Apache-2.0 */
/* How much a call asks for, by its arguments. */
#ifndef META_FLOW_SIZE_H
#define META_FLOW_SIZE_H

#include "meta/flow/flow.h"

enum size_kind {
	SIZE_UNKNOWN,
	SIZE_CONSTANT,   /* value bytes */
	SIZE_MULTIPLE,   /* of value */
	SIZE_PARAMETER,  /* parameters of the calling function, plus value */
};

/* How much a site asks for. */
struct site_size {
	enum size_kind kind;
	int64_t value;
	int64_t element;        /* the largest factor of a constant product, or
				   what is asked for but for what the
				   allocator adds */
	int64_t added;          /* to a multiple, all in all */
	int64_t step;           /* of a multiple, but for what was added */
	int64_t header;         /* of that, but for what the allocator keeps
				   there; 0 rather than negative */
	int64_t least;          /* of an unknown size: what was added to some
				   number */
	int8_t parameters[2];   /* ALLOCATOR_NO_PARAMETER: none */
	int8_t factor;          /* of an unknown size: the parameter that it is
				   a multiple of, or ALLOCATOR_NO_PARAMETER */
	uint8_t shift;          /* that one's lower bits, which do not count */
};

/* May a number of TYPE say how many bytes? */
bool size_is_number(const struct model *model, uint32_t type);

struct site_size size_of_site(const struct flow *flow,
			      const struct flow_site *site);

#endif
