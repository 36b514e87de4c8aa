/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers in as many bits as they are rare, as meta/FORMAT.md defines them:
 * what the reader decodes and the compiler (meta/coder.h) encodes.  Each
 * context has a prefix code of its own, canonical, of the lengths in the
 * section of codes.
 */
#ifndef TYPE_CODED_H
#define TYPE_CODED_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "type/packed.h"

enum {
	CODED_DIRECT = 32,    /* smaller numbers are symbols */
	CODED_DIRECT_BITS = 5,
	CODED_HALVINGS = 2,   /* of each power of two above them */
	CODED_SYMBOLS = CODED_DIRECT +
			((64 - CODED_DIRECT_BITS) << CODED_HALVINGS),
	CODED_SIZE_MAX = 15,  /* bits of a code */
	CODED_QUICK_BITS = 7, /* of codes that one look tells */
};

/* What numbers are about; where there are several, the first one. */
enum coded_context {
	CODED_PIECE,           /* what a piece has: a symbol */
	CODED_PIECE_GAP,
	CODED_PIECE_SIZE,
	CODED_PIECE_WHOLE,
	CODED_PIECE_NAME,
	CODED_PIECE_TYPE,
	CODED_PIECE_FILE,
	CODED_PIECE_LINE,
	CODED_PIECE_VARIABLES,
	CODED_VARIABLE,        /* what a variable has: a symbol */
	CODED_VARIABLE_NAME,   /* two: of locals, of parameters */
	CODED_VARIABLE_TYPE = CODED_VARIABLE_NAME + 2,
	CODED_VARIABLE_LOW,    /* two: of another variable, of the same */
	CODED_VARIABLE_SIZE = CODED_VARIABLE_LOW + 2,
	CODED_VARIABLE_OFFSET, /* two: of locals, of parameters */
	/* Of a function's variables, in bits: known when they have codes. */
	CODED_VARIABLES_SIZE = CODED_VARIABLE_OFFSET + 2,
	CODED_PARAMETERS,      /* how many */
	CODED_PARAMETER,       /* its type */
	CODED_ROW,             /* by the step before */
	CODED_ROW_PLACE = CODED_ROW + 5,
	CODED_ROW_FILE,
	CODED_ROW_ADDRESS,
	CODED_TEXT,            /* a byte or a match: a symbol */
	CODED_TEXT_LENGTH,
	CODED_TEXT_DISTANCE,
	CODED_CONTEXTS,
	CODED_OF_CODE = CODED_PIECE, /* sections: contexts [of, ...) */
	CODED_OF_PARAMETERS = CODED_PARAMETERS,
	CODED_OF_ROWS = CODED_ROW,
	CODED_OF_TEXT = CODED_TEXT,
};

/* How a context's symbols are told from the next bits.  Whoever first needs
 * one makes it, others at the same time the same: what is not 0 is right. */
struct coded_code {
	/* By the next bits: symbol and, in the lowest four, size of its code;
	 * 0: longer, or none.  Atomic, relaxed. */
	uint16_t quick[1 << CODED_QUICK_BITS];
	/* Of codes of each size: where those end, of 16 bits; what added to
	 * one is the place of its symbol. */
	uint32_t limits[CODED_SIZE_MAX + 1];
	uint16_t places[CODED_SIZE_MAX + 1];
	bool made; /* all is written; released and acquired */
};

struct coded {
	struct packed_cursor bytes; /* that describe the codes */
	struct coded_code codes[CODED_CONTEXTS];
	/* Of all codes, each code's in the order of its codes: so that the end
	 * of this is not touched. */
	uint16_t symbols[CODED_CONTEXTS * CODED_SYMBOLS];
};

/* CODED, which is zero, has the codes that BYTES describe.  Those that are
 * damaged or missing have no symbols. */
void coded_init(struct coded *coded, struct packed_cursor bytes);

/* Bits to be read, the highest of a byte first.  8 bytes more than LIMIT says
 * can be read.  What goes beyond the limit, or is no code, sets FAILED. */
struct coded_cursor {
	struct coded *coded;
	const unsigned char *bytes;
	uint64_t at, limit;    /* bits */
	uint64_t next;         /* the next bits, at the top; */
	unsigned int known;    /* how many of them there are */
	bool failed;
};

/* Makes COUNT bits known, at most 57. */
static inline void coded_know(struct coded_cursor *cursor, unsigned int count)
{
	uint64_t bits;

	if (cursor->known >= count)
		return;
	memcpy(&bits, cursor->bytes + (cursor->at >> 3), sizeof bits);
	cursor->next = __builtin_bswap64(bits) << (cursor->at & 7);
	cursor->known = 64 - (cursor->at & 7);
}

static inline void coded_skip(struct coded_cursor *cursor, uint64_t size)
{
	cursor->known = 0;
	if (size <= cursor->limit - cursor->at) {
		cursor->at += size;
	} else {
		cursor->at = cursor->limit;
		cursor->failed = true;
	}
}

/* The same of SIZE bits, less than 64, that are known. */
static inline void coded_pass(struct coded_cursor *cursor, unsigned int size)
{
	cursor->next <<= size;
	cursor->known -= size;
	cursor->at += size;
	if (__builtin_expect(cursor->at > cursor->limit, 0)) {
		cursor->at = cursor->limit;
		cursor->known = 0;
		cursor->failed = true;
	}
}

/* SIZE bits, at most 32. */
static inline uint64_t coded_few_bits(struct coded_cursor *cursor,
				      unsigned int size)
{
	uint64_t bits;

	if (!size)
		return 0;
	coded_know(cursor, size);
	bits = cursor->next >> (64 - size);
	coded_pass(cursor, size);
	return bits;
}

/* SIZE bits, at most 64. */
static inline uint64_t coded_bits(struct coded_cursor *cursor,
				  unsigned int size)
{
	uint64_t high = 0;

	if (__builtin_expect(size > 32, 0)) {
		high = coded_few_bits(cursor, size - 32) << 32;
		size = 32;
	}
	return high | coded_few_bits(cursor, size);
}

/* Symbol and size of a code that is longer than CODED_QUICK_BITS, or of any if
 * the context's are not made; or 0. */
unsigned int coded_long(struct coded *coded, unsigned int context,
			uint64_t bits);

static inline unsigned int coded_symbol(struct coded_cursor *cursor,
					unsigned int context)
{
	const struct coded_code *code = &cursor->coded->codes[context];
	unsigned int found;

	coded_know(cursor, CODED_SIZE_MAX);
	found = __atomic_load_n(
		&code->quick[cursor->next >> (64 - CODED_QUICK_BITS)],
		__ATOMIC_RELAXED);
	if (!found)
		found = coded_long(cursor->coded, context, cursor->next);
	if (!found)
		cursor->failed = true;
	coded_pass(cursor, found & 15);
	return found >> 4;
}

static inline uint64_t coded_number(struct coded_cursor *cursor,
				    unsigned int context)
{
	unsigned int symbol = coded_symbol(cursor, context), size;
	uint64_t top = 1 << CODED_HALVINGS;

	if (symbol < CODED_DIRECT)
		return symbol;
	symbol -= CODED_DIRECT;
	size = (symbol >> CODED_HALVINGS) + CODED_DIRECT_BITS - CODED_HALVINGS;
	top |= symbol & (top - 1);
	return top << size | coded_bits(cursor, size);
}

/* The sign in the lowest bit, as in packed numbers. */
static inline int64_t coded_signed(struct coded_cursor *cursor,
				   unsigned int context)
{
	uint64_t value = coded_number(cursor, context);

	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* The symbol of NUMBER; *SIZE bits of it follow that. */
static inline unsigned int coded_symbol_of(uint64_t number, unsigned int *size)
{
	unsigned int power;

	*size = 0;
	if (number < CODED_DIRECT)
		return (unsigned int)number;
	power = 63 - (unsigned int)__builtin_clzll(number);
	*size = power - CODED_HALVINGS;
	return CODED_DIRECT + ((power - CODED_DIRECT_BITS) << CODED_HALVINGS) +
	       (unsigned int)(number >> *size & ((1 << CODED_HALVINGS) - 1));
}

#endif
