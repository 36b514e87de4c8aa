/* SPDX-License-Identifier: Apache-2.0 */
/* The levels of a loaded file, each as a leaf would be. */
#ifndef QUERY_STATICS_H
#define QUERY_STATICS_H

#include "query/find.h"

struct query_static {
	uint64_t address, link_address;
	struct allotype_file file;
	const struct metafile *metafile; /* NULL: none */
};

/* The loaded file that holds ADDRESS. */
bool query_static_locate(const struct query_view *view, uint64_t address,
			 struct query_static *where);
/* The levels, outermost first; false: none holds the address. */
void query_static_file(const struct query_view *view,
		       const struct query_static *where,
		       struct query_leaf *leaf);
bool query_static_segment(const struct query_view *view,
			  const struct query_static *where,
			  struct query_leaf *leaf);
bool query_static_section(const struct query_static *where,
			  struct query_leaf *leaf);
#endif
