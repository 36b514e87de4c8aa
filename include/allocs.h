/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of liballocs, for programs that were written against it: the
 * types are those of allotype.h under their names there.
 */
#ifndef ALLOCS_H
#define ALLOCS_H

#include <stdlib.h>

#include <allotype.h>

/* liballocs calls the types of a program uniqtypes. */
#define uniqtype alloc_type

#define UNIQTYPE_NAME(t) alloc_type_name(t)
#define UNIQTYPE_SIZE_IN_BYTES(t) alloc_type_size(t)
#define UNIQTYPE_IS_ARRAY_TYPE(t) (alloc_type_kind(t) == ALLOC_KIND_ARRAY)
#define UNIQTYPE_IS_POINTER_TYPE(t) (alloc_type_kind(t) == ALLOC_KIND_POINTER)
#define UNIQTYPE_IS_SUBPROGRAM_TYPE(t) \
	(alloc_type_kind(t) == ALLOC_KIND_FUNCTION)
#define UNIQTYPE_IS_COMPOSITE_TYPE(t)              \
	(alloc_type_kind(t) == ALLOC_KIND_STRUCT || \
	 alloc_type_kind(t) == ALLOC_KIND_UNION)
#define UNIQTYPE_ARRAY_ELEMENT_TYPE(t) alloc_type_target(t)
#define UNIQTYPE_ARRAY_LENGTH(t) alloc_type_element_count(t)
#define UNIQTYPE_POINTEE_TYPE(t) alloc_type_target(t)

#endif
