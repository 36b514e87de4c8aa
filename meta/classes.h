/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes by what the linkage names of the Itanium C++ ABI call them: the
 * names of virtual tables, of type information, and of what is thrown.
 */
#ifndef META_CLASSES_H
#define META_CLASSES_H

#include "meta/model.h"

struct class_index;

/* An index of MODEL, which must not change; NULL: no memory. */
struct class_index *class_index_create(const struct model *model);
void class_index_destroy(struct class_index *index); /* accepts NULL */

/* Types of one name that are told apart. */
enum { CLASS_CANDIDATES_MAX = 8 };
struct class_candidates {
	uint32_t count;
	uint32_t types[CLASS_CANDIDATES_MAX];
};

/*
 * The types that MANGLED, as it stands behind _ZTV or _ZTI, may mean: those
 * with member functions whose linkage names begin so; without any, those of
 * the name it stands for.
 */
void class_index_find(const struct class_index *index, const char *mangled,
		      struct class_candidates *candidates);

#endif
