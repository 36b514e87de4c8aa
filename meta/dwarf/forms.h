/* SPDX-License-Identifier: Apache-2.0 */
/* How long the values of attributes are (DWARF 5 section 7.5.6), little-endian
 * ones. */
#ifndef META_DWARF_FORMS_H
#define META_DWARF_FORMS_H

#include <stdint.h>

/* Of a unit. */
struct form_sizes {
	uint8_t address, offset;
	uint8_t version;
};

/* The size of each value of FORM; negative: they differ, or FORM is not known
 * here. */
int form_size(const struct form_sizes *sizes, unsigned int form);
/* Past the value of FORM at AT; NULL: not known here, or not before END. */
const unsigned char *form_skip(const struct form_sizes *sizes,
			       unsigned int form, const unsigned char *at,
			       const unsigned char *end);
static inline uint32_t form_read_four(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 |
	       (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}
uint64_t form_read_unsigned(const unsigned char *at, unsigned int size);

#endif
