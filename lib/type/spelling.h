/* SPDX-License-Identifier: Apache-2.0 */
/* How C spells the types that the runtime derives from others. */
#ifndef TYPE_SPELLING_H
#define TYPE_SPELLING_H

#include "allotype.h"
#include "base/text.h"

/* Appends the spelling of an array of COUNT (UINT64_MAX: flexible) ELEMENTs:
 * int[3], char *[3], int (*[3])[4], void (*[3])(int). */
void spelling_array(struct text *text, const struct alloc_type *element,
		    uint64_t count);
/* Appends the spelling of a pointer to TARGET. */
void spelling_pointer(struct text *text, const struct alloc_type *target);

#endif
