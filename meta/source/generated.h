/* SPDX-License-Identifier: Apache-2.0 */
/* Code that a program made of another file, as yacc does: debug information
 * speaks of that file, the code is in the generated one. */
#ifndef META_SOURCE_GENERATED_H
#define META_SOURCE_GENERATED_H

#include <stdint.h>

#include "meta/source/sourcefile.h"

/* The line of UNIT that its #line directives call LINE of the file NAME
 * (directories do not count); 0: there is none. */
uint32_t generated_line(const struct sourcefile *unit, const char *name,
			uint32_t line);

#endif
