/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which types a metadata file needs.  Headers declare far more than a program
 * uses: in C++ most types are those of functions nobody calls.
 */
#ifndef META_REACH_H
#define META_REACH_H

#include <stdint.h>

#include "meta/model.h"

/*
 * For each type of MODEL 0 if it is needed, else MODEL_NONE.  Needed are records, enumerations and
 * base types, what statics, functions, variables and sites are made of, and
 * what any of these lead to.  NULL: no memory.  The caller frees it.
 */
uint32_t *reach_types(const struct model *model);

#endif
