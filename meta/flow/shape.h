/* SPDX-License-Identifier: Apache-2.0 */
/* What structs begin with and have inside. */
#ifndef META_FLOW_SHAPE_H
#define META_FLOW_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/model.h"

/* BARE: without typedefs and qualifiers, or MODEL_NONE. */
bool shape_is_record(const struct model *model, uint32_t bare);
bool shape_is_arithmetic(const struct model *model, uint32_t bare);
bool shape_is_floating(const struct model *model, uint32_t bare);
/* Is TYPE void *, by whatever name? */
bool shape_is_void_pointer(const struct model *model, uint32_t type);

/* Has TYPE nothing but pointers to others of its kind?  Such links are part of
 * what they link, which is what lies behind them, not another one. */
bool shape_is_link(const struct model *model, uint32_t type);

/* The struct that TYPE begins with, or MODEL_NONE. */
uint32_t shape_first_struct(const struct model *model, uint32_t type);

/* Does OUTER begin with all the members of INNER, as structs do that share a
 * header by a macro?  Both are bare. */
bool shape_begins_with(const struct model *model, uint32_t outer,
		       uint32_t inner);

/* May so few bytes be asked for where the record BARE is wanted?  They end where
 * a member begins, or with a smaller one of the union that is the last. */
bool shape_may_end_at(const struct model *model, uint32_t bare, uint64_t size);

/* Has OUTER, as large as the bare INNER, nothing that INNER has not: it is its
 * only member, or both have the same? */
bool shape_is_all_of(const struct model *model, uint32_t outer, uint32_t inner);

/* Is a type of HASH (flow_type_hash) among the members of the bare type, a
 * union? */
bool shape_is_of_union(const struct model *model, uint32_t bare, uint64_t hash);

/* The bare type of an array's elements, of arrays to any depth; else BARE. */
uint32_t shape_element(const struct model *model, uint32_t bare);

/* Does an array of elements of STEP bytes begin that far behind OFFSET in the
 * type OUTER, at any depth, and no element of an array lie there?  Where an
 * index counts from 1, that is where it counts from. */
bool shape_is_before_array(const struct model *model, uint32_t outer,
			   uint64_t offset, uint64_t step);

/* How many bytes an object of the bare type needs at least: what its flexible
 * array member does not use may be missing, padding and all. */
uint64_t shape_least_size(const struct model *model, uint32_t bare);

/* Is there a struct of HASH (flow_type_hash) at OFFSET in the bare type
 * OUTER, at any depth? */
bool shape_has_part(const struct model *model, uint32_t outer,
		    uint64_t offset, uint64_t hash);

#endif
