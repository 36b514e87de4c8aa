/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of heap objects, and their types. */
#ifndef QUERY_CLASS_H
#define QUERY_CLASS_H

#include "allotype.h"
#include "allotype/heap_layout.h"
#include "query/view.h"

/* A copy of class ID; false for ids that are not there. */
bool query_class_find(const struct query_view *view, uint32_t id,
		      struct allotype_class *found);
/* What its objects are: NULL when it has no type, or one that is not in the
 * metadata of any file. */
const struct alloc_type *query_class_type(const struct query_view *view,
					  uint32_t id,
					  const struct allotype_class *found);

#endif
