/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Abstract values: what a register or stack slot may hold.  Values are
 * interned, so that a state is an array of small numbers and comparing two
 * is comparing numbers.  0 is the unknown value.
 */
#ifndef META_FLOW_VALUE_H
#define META_FLOW_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#define VALUE_ORIGINS 8      /* those behind them only where all are asked for */
#define VALUE_ORIGINS_MOST 256
#define VALUE_UNKNOWN 0u
#define VALUE_FAR 256  /* greater deltas become VALUE_INSIDE */
#define VALUE_INSIDE INT16_MAX /* a delta: somewhere, nobody knows where */

/* The result of an allocation site, plus delta bytes. */
struct value_origin {
	uint32_t site;
	int16_t delta;
	uint16_t partial; /* bit set: enum value_doubt */
};

enum value_doubt {
	VALUE_SOMETIMES = 1, /* only on some of the ways that lead here */
	VALUE_RELOADED = 2,  /* from where it was put, in that object or
				another one */
	VALUE_ALIGNED = 4,   /* to a multiple of something */
};

enum value_kind {
	VALUE_ANY,
	VALUE_CONSTANT,  /* number */
	VALUE_MULTIPLE,  /* of number, and what was added; 1: only that is
			    known */
	VALUE_PARAMETER, /* parameter "index", plus number */
	VALUE_STATIC,    /* the link-time address number */
	VALUE_STACK,     /* CFA + number */
	VALUE_IMPORT,    /* what the loader puts into the word at number */
	VALUE_IMPORTED,  /* what the variable holds that the word at number
			    leads to, or that the loader copies there */
	VALUE_PRODUCT,   /* of the parameter registers "index" and number */
	VALUE_FACTOR,    /* a multiple of the parameter register "index", shifted
			    right by number */
	VALUE_HELD,      /* what the place number holds, but for a move of
			    "index"; see carve.h */
};

struct value {
	struct value_origin origins[VALUE_ORIGINS]; /* sorted */
	int64_t number;
	uint32_t type;        /* pointee, MODEL_NONE: void or unknown */
	int32_t type_offset;  /* it points that far into the type; of a
				 VALUE_MULTIPLE that is no pointer, what was
				 added to it */
	uint8_t origin_count;
	uint8_t kind;         /* enum value_kind */
	uint8_t index;
	uint8_t is_pointer;   /* type and type_offset mean something */
	uint8_t is_guess;     /* type: of one of several members of a union */
	uint8_t pad[3];
	uint32_t more;        /* a value with further origins, greater than
				 these; or VALUE_UNKNOWN */
	uint32_t multiplied;  /* names the unknown number that this is a multiple
				 of, by the instruction that first multiplied
				 it, plus 1; or 0 */
};

struct model;
struct values;

/* MODEL tells what pointers lead to; or NULL. */
struct values *values_create(const struct model *model);
void values_destroy(struct values *values);

/* The number of VALUE; VALUE_UNKNOWN when memory is exhausted. */
uint32_t values_intern(struct values *values, const struct value *value);
/* Valid until the next values_intern. */
const struct value *values_at(const struct values *values, uint32_t number);
/* Has memory ever run out? */
bool values_failed(const struct values *values);

static inline struct value value_unknown(void)
{
	return (struct value){ .type = UINT32_MAX };
}

struct value value_number(enum value_kind kind, int64_t number);
struct value value_pointer(uint32_t type, int32_t offset);
struct value value_of_site(uint32_t site);
struct value value_factor(uint8_t parameter, int64_t shift);

/* The origins behind those of VALUE, greater ones, in a value that has nothing
 * else; or NULL.  Valid until the next values_intern. */
const struct value *values_more(const struct values *values,
				const struct value *value);

/* What holds where two ways meet. */
uint32_t values_join(struct values *values, uint32_t a, uint32_t b);
/* VALUE when another way knows nothing: its origins, partial. */
uint32_t values_weaken(struct values *values, uint32_t value);
/* The origins of VALUE, when it is loaded from a member like that to which it
 * was stored. */
uint32_t values_reload(struct values *values, uint32_t value);
/* A number times FACTOR. */
struct value value_times(const struct value *value, int64_t factor);
/* BYTES are added to the VALUE_MULTIPLE V: the number of OUT, and its offset. */
void value_shift_multiple(const struct value *v, int64_t bytes,
			  struct value *out);
/* What a VALUE_MULTIPLE is a multiple of, with all that was added. */
int64_t value_divisor(const struct value *multiple);
/* A plus TIMES times B, if both are multiples of the same number. */
bool value_add_multiples(const struct value *a, const struct value *b,
			 int64_t times, struct value *sum);
/* Is V some number of which nothing says what it is a multiple of? */
bool value_is_unnamed(const struct value *v);
/* VALUE plus BYTES.  The type's offset is left to the caller to wrap. */
struct value value_shift(const struct value *value, int64_t bytes);
/* SUM, of unknown number, is A plus B or A minus B: what a place holds is
 * followed. */
void value_follow_held(const struct value *a, const struct value *b,
		       bool subtract, struct value *sum);
/* Is V a number as the program stores it?  Added to a pointer to a record, which
 * RECORD is, that makes no element of an array of such. */
bool value_is_distance(const struct model *model, const struct value *record,
		       const struct value *v);
/* An address somewhere in what VALUE was allocated by, and no more. */
struct value value_inside(const struct value *value);
/* The same, of VALUE when it is aligned. */
struct value value_aligned(const struct value *value);
struct abi;
/* Is V what the function was given in a register? */
bool value_is_register_parameter(const struct value *v, const struct abi *abi);

/* The numbers alone: what survives in 32 bits. */
struct value value_narrow(const struct value *value);

/* Are both the same allocations, and any? */
bool value_same_origins(const struct value *a, const struct value *b);

uint64_t value_common_divisor(uint64_t a, uint64_t b);

#endif
