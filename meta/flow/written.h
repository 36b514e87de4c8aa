/* SPDX-License-Identifier: Apache-2.0 */
/* Where an object is stored to: which records it may be when nothing has
 * named its type. */
#ifndef META_FLOW_WRITTEN_H
#define META_FLOW_WRITTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/model.h"

#define WRITTEN_PARTS 16
#define WRITTEN_METHODS 4

struct written {
	struct written_part {
		int32_t offset;
		uint32_t pointee; /* of the pointer stored, or MODEL_NONE */
		int32_t number;   /* what is stored first, if is_constant */
		uint8_t size;
		bool is_integer; /* what is stored there */
		bool is_constant;
		bool is_object; /* a pointer to what was allocated */
		bool is_self;   /* a pointer into the object itself, */
		int16_t self;   /* so far */
		bool is_number; /* a variable that is an integer */
		bool is_float;  /* one number of a vector register */
	} at[WRITTEN_PARTS];
	uint32_t count;
	/* What is put somewhere into it, by an index. */
	struct written_element {
		uint32_t pointee; /* of pointers, or MODEL_NONE */
		uint8_t size;     /* 0: nothing that tells anything */
		bool differ;
		bool indexed;     /* by a number of elements, and no more */
	} element;
	uint32_t header; /* a record that is copied to its beginning, or NONE */
	int32_t copied;  /* to where more is copied by a function; or 0 */
	/* The types of functions that are put into it. */
	uint32_t methods[WRITTEN_METHODS], method_count;
};

void written_clear(struct written *written);

/* Notes a store; what there is no room for is forgotten. */
void written_note(struct written *written, const struct written_part *part);

/* Notes a store somewhere into an array: of a number that is not zero, or of a
 * pointer to ELEMENT's pointee. */
void written_note_element(struct written *written,
			  const struct written_element *element);

/* Notes that a function of TYPE is put into it, wherever. */
void written_note_method(struct written *written, uint32_t type);

/* Is something of SIZE bytes ever put just there? */
bool written_has_part(const struct written *written, uint64_t offset,
		      uint64_t size);
/* Is anything? */
bool written_goes_on(const struct written *written, uint64_t offset);

/* Has the record BARE a member there that may be what is stored? */
bool written_has_member(const struct written_part *part,
			const struct model *model, uint32_t bare);

/* Is an int all that is ever put into an object of SIZE bytes? */
bool written_is_int(const struct written *written, uint64_t size);

/* What the one pointer points to that is ever put into an object of SIZE bytes, all
 * of it; or MODEL_NONE. */
uint32_t written_pointee(const struct written *written, uint64_t size);

/* The same of arrays, whose elements have SIZE bytes. */
bool written_are_ints(const struct written *written, uint64_t size);
uint32_t written_pointees(const struct written *written, uint64_t size);

/* The record that WRITTEN fits best of those considered. */
struct written_best {
	uint32_t type;
	int fit;
	int agreements; /* stores of pointers to what the member points to */
	bool several;   /* do equally well */
};

void written_consider(struct written_best *best, const struct written *written,
		      const struct model *model, uint32_t type);

/* The record of SIZE bytes that WRITTEN fits best, of ALSO (MODEL_NONE: none)
 * and those that FILE declares; MODEL_NONE where several do equally well.
 * What is no larger than a number must have been stored to in parts. */
uint32_t written_own_record(const struct written *written,
			    const struct model *model, uint32_t file,
			    uint32_t also, uint64_t size);

/* The same, of FILE's records alone, if it has members of just the types that
 * are stored there. */
uint32_t written_agreeing_record(const struct written *written,
				 const struct model *model, uint32_t file,
				 uint64_t size);

/* Has the record BARE members wherever it was stored to? */
bool written_fits(const struct written *written, const struct model *model,
		  uint32_t bare);

#endif
