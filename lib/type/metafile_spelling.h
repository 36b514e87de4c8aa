/* SPDX-License-Identifier: Apache-2.0 */
/* How C and C++ spell the types of a metadata file, which has the names of
 * records, enumerations, base types and typedefs only. */
#ifndef TYPE_METAFILE_SPELLING_H
#define TYPE_METAFILE_SPELLING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "type/metafile.h"

/* Is the name of a type of KIND made of what it leads to? */
bool metafile_kind_is_spelled(uint8_t kind);
/* Appends the spelling of the type of this NUMBER, 8191 bytes at most. */
void metafile_spell(struct text *text, const struct metafile *file,
		    uint32_t number);
/* Is NAME the spelling of the type of this NUMBER? */
bool metafile_type_is_named(const struct metafile *file, uint32_t number,
			    const char *name);

#endif
