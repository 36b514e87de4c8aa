/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation sites, and what is known of the types they allocate. */
#ifndef QUERY_SITE_H
#define QUERY_SITE_H

#include "allotype.h"
#include "query/view.h"

struct query_site {
	struct allotype_site raw;
	const struct metafile *metafile; /* NULL: none */
	bool has_meta;                   /* it is in there, as */
	bool has_type_meta;
	struct allotype_meta_site meta;
	/* The same, or those of a call further inside that knows the type. */
	const struct metafile *type_metafile;
	struct allotype_meta_site type_meta;
	const struct alloc_type *declared; /* of this object, or NULL */
	struct allotype_file file; /* serial 0: none known */
	uint64_t node;             /* of the file */
};

/* Site ID as the table has it; false for 0 and ids that are not there. */
bool query_site_raw(const struct query_view *view, uint32_t id,
		    struct allotype_site *raw);
/* The same, with its file and what the metadata says. */
bool query_site_find(const struct query_view *view, uint32_t id,
		     struct query_site *site);
/* Its code as the programmer wrote it. */
void query_site_code(const struct query_view *view,
		     const struct query_site *site, struct alloc_site *code);
/* What is at ADDRESS: function, and the line of the code before it if
 * ADDRESS is a return address. */
void query_code_at(const struct query_view *view, uint64_t address,
		   bool is_return, struct alloc_site *code);

/* Adds the function's name from the dynamic symbols, a slow search, to CODE
 * that has none. */
void query_code_complete(const struct query_view *view,
			 struct alloc_site *code);

/* What a site allocates. */
struct query_site_type {
	const struct alloc_type *type; /* of the object or of an element */
	enum alloc_status status;      /* why it is NULL */
	unsigned int evidence;
	unsigned int confidence;
	uint64_t offset; /* where in the object it begins */
	bool bytes;      /* a buffer of them */
	bool single;     /* never an array */
	bool floating;   /* it begins there or further on: floating.h */
};
void query_site_type(const struct query_site *site,
		     struct query_site_type *result);
/* What else it may be, NUMBER of type_meta.alternative_count; false: nothing
 * that can be told. */
bool query_site_alternative(const struct query_site *site, uint32_t number,
			    struct query_site_type *result);

/* All that queries want to know about a site. */
struct query_site_facts {
	struct alloc_site code;
	struct query_site_type type;
};
/* False for ids that are not there.  Inside the process what the metadata
 * said once is remembered. */
bool query_site_facts(const struct query_view *view, uint32_t id,
		      struct query_site_facts *facts);

/*
 * How an object of SIZE bytes is made of the type: *COUNT elements of an
 * array, or 0: the object is one of the type.  Returns the confidence.
 */
unsigned int query_site_fit(const struct query_site_type *type, uint64_t size,
			    uint64_t *count);

#endif
