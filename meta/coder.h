/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a section of coded numbers (type/coded.h): first everything is put to
 * be counted, then, once codes are chosen, everything again to be written.
 */
#ifndef META_CODER_H
#define META_CODER_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/image.h"
#include "type/coded.h"

struct coder;

/* Of contexts [FIRST, LIMIT), whose codes IMAGE gets behind those it has; NULL:
 * no memory, as IMAGE remembers. */
struct coder *coder_create(struct image *image,
			   enum allotype_meta_section_id section,
			   unsigned int first, unsigned int limit);
void coder_destroy(struct coder *coder);
/* Chooses the codes of contexts below LIMIT that have none yet.  When all have,
 * the counting ends: the same again is written. */
void coder_choose(struct coder *coder, unsigned int limit);
bool coder_has_codes(const struct coder *coder, unsigned int context);
bool coder_is_counting(const struct coder *coder);

void coder_symbol(struct coder *coder, unsigned int context,
		  unsigned int symbol);
void coder_number(struct coder *coder, unsigned int context, uint64_t number);
void coder_signed(struct coder *coder, unsigned int context, int64_t number);
/* The SIZE lowest bits of VALUE, the rest of which is 0, as they are. */
void coder_bits(struct coder *coder, uint64_t value, unsigned int size);
/* Goes on at the next byte; its number in the section. */
uint32_t coder_align(struct coder *coder);

/* Bits put so far, as far as there were codes. */
uint64_t coder_size(const struct coder *coder);

#endif
