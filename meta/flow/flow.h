/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the analysis of one file share. */
#ifndef META_FLOW_FLOW_H
#define META_FLOW_FLOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/abi.h"
#include "meta/dwarf/debuginfo.h"
#include "meta/flow/alloc_tokens.h"
#include "meta/flow/allocators.h"
#include "meta/flow/calls.h"
#include "meta/flow/carve.h"
#include "meta/flow/code.h"
#include "meta/flow/decode.h"
#include "meta/flow/embedding.h"
#include "meta/flow/evidence.h"
#include "meta/flow/handles.h"
#include "meta/flow/places.h"
#include "meta/flow/sized.h"
#include "meta/flow/thrown.h"
#include "meta/flow/value.h"
#include "meta/flow/views.h"
#include "meta/flow/written.h"
#include "meta/model.h"
#include "meta/parallel.h"
#include "meta/source/source.h"

/* An inlined function (MODEL_NONE: the function itself) with a variable for
 * the object, or another use of it. */
struct flow_owner {
	uint32_t instance;
	bool typed;             /* a T *, T neither void nor char */
	bool used;              /* by no variable, or by one of a wrapper */
};
#define FLOW_OWNERS 16
#define FLOW_KEEPERS 4

/* The object is put into a union in another one. */
struct flow_held {
	uint64_t at;            /* in the record OWNER that the union is in */
	int64_t offset;         /* in the other object */
	uint32_t owner;
	uint32_t site;          /* that makes the other object */
	bool known;
	bool several;           /* not only there */
};

/* A call that allocates. */
struct flow_site {
	uint64_t call, return_address;
	uint32_t function;      /* in model->functions */
	uint32_t allocator;     /* in flow->allocators */
	uint32_t arguments[MACHINE_ARGUMENTS]; /* values */
	struct evidence_list evidence;
	uint32_t inferred;      /* type of an earlier round, or NONE */
	uint32_t inferred_kinds; /* its evidence: bit set of evidence_kind */
	int32_t inferred_offset; /* where such begin: behind a header */
	uint64_t first_pc;      /* where it is first in a variable, as a */
	uint32_t first;         /* pointer to this type; or NONE: to several */
	int64_t returned_delta; /* if returned */
	uint32_t out_parameters; /* bit set: stored where these point */
	int8_t copied;          /* what this parameter points to is copied to
				   its beginning; or negative */
	struct flow_owner owners[FLOW_OWNERS];
	uint32_t owner_count;
	uint32_t instance;      /* innermost one that the call is in, or NONE */
	uint32_t kept_in;       /* a wrapper's that gives on others; or NONE */
	struct written written;
	/* Where plain pointers to it, or into it, are kept. */
	carve_place keepers[FLOW_KEEPERS];
	uint32_t keeper_count;
	struct flow_held held;
	bool filled;            /* what a parameter points to is copied to its
				   beginning, or some of that */
	bool tail;              /* a jump: the caller returns from it */
	bool indirect;
	bool returned;          /* by its function */
	bool returned_inside;   /* by it, at a distance it works out */
	bool hint_asked, has_hint;
	struct source_hint hint;
};

enum flow_identity {
	FLOW_IDENTITY_NONE = -1,
	FLOW_IDENTITY_UNKNOWN = -2,
	FLOW_IDENTITY_ASKED = -3, /* being computed: recursion */
};

/* What is known of each of model->functions. */
struct flow_function {
	struct code code;
	struct places places;
	/* Set after parameters, with release; read with acquire.  Apart from
	 * what compilers may read in one go. */
	_Alignas(8) atomic_bool has_parameters;
	_Alignas(8) uint32_t parameters[MACHINE_ARGUMENTS]; /* types or NONE */
	uint32_t wrapper;       /* allocator, or NONE */
	uint32_t site_first;    /* linked through site_next */
	int8_t identity;        /* the argument it returns, or flow_identity */
	int8_t found_identity;  /* by the last run; see batch.h */
	uint8_t lane;           /* whose values its sites' arguments are */
	struct carve *carve;    /* what it cuts up, or NULL */
	struct views views;     /* what it takes plain pointers for */
	uint64_t inputs;        /* a hash of what the last run depended on */
	bool is_read, is_unreadable, has_run;
	bool is_pending;
};

struct library_set;

#define FLOW_LANES PARALLEL_MOST

struct flow {
	struct debuginfo *info;
	struct model *model;
	struct source *source;  /* or NULL */
	const struct abi *abi;
	/* Of the running thread: those of one of the lanes. */
	struct decoder *decoder;
	struct values *values;
	struct flow_callees *callees;
	struct flow_lane {
		struct decoder *decoder;
		struct values *values;
		struct flow_callees *callees; /* met last */
	} lanes[FLOW_LANES];    /* of each thread */
	unsigned int threads;
	bool identities_known;  /* those of functions are not asked for again */
	uint32_t identity_changes; /* since then */
	struct allocators allocators;
	struct calls calls;
	struct flow_function *functions;
	struct flow_site *sites;
	uint32_t *site_next;    /* next site of the same function */
	uint32_t site_count, site_capacity;
	uint32_t *site_buckets; /* by call address; site + 1 */
	uint32_t site_bucket_count;
	bool *wrapper_subprograms; /* of model->subprograms */
	bool settled;           /* all wrappers are known */
	struct library_set *library_sets; /* of allocators; see library.h */
	struct thrown thrown;
	struct alloc_tokens alloc_tokens; /* where calls have some */
	struct embeddings embeddings;
	struct handles handles;
	struct sized sized;
};

enum status flow_init(struct flow *flow, struct debuginfo *info,
		      struct model *model, struct source *source,
		      unsigned int threads);
void flow_deinit(struct flow *flow);
/* What a thread needs of its own; false without memory. */
bool flow_lane_make(struct flow *flow, unsigned int number);

/* Argument NUMBER of SITE; the unknown value for a negative one. */
const struct value *flow_argument(const struct flow *flow,
				  const struct flow_site *site, int number);

/* The site of the call at ADDRESS, or NULL. */
struct flow_site *flow_find_site(const struct flow *flow, uint64_t address);
/* Makes the call a site of ALLOCATOR, unless it is one already. */
enum status flow_add_site(struct flow *flow, const struct call *call,
			  uint32_t allocator, bool indirect, bool *added);

/* Decodes FUNCTION if that has not been done; false if it has no code.  Only
 * one thread may ask for a function. */
bool flow_read_function(struct flow *flow, uint32_t function);

/* The function that begins at ADDRESS, or MODEL_NONE. */
uint32_t flow_function_at(const struct flow *flow, uint64_t address);

/* Whom a direct call or one through a GOT slot calls. */
struct flow_callee {
	const char *symbol;    /* import or ELF symbol; or NULL */
	const char *variable;  /* another file's, that it is called through;
				  or NULL */
	uint32_t function;     /* in model->functions, or NONE */
	uint32_t subprogram;   /* or NONE */
	uint32_t type;         /* of the function, or NONE */
};
struct flow_callee flow_callee_at(const struct flow *flow, uint64_t target);
struct flow_callee flow_callee_named(const struct flow *flow,
				     const char *symbol);

/* One number for all function types that are called alike. */
uint64_t flow_signature(const struct model *model, uint32_t function_type);

/* That of the result and the parameters that LETTERS spell: p void *,
 * c char *, s size_t. */
uint64_t flow_signature_spelled(const struct abi *abi, const char *letters);

/* One number for all types that are spelled differently but are one. */
uint64_t flow_type_hash(const struct model *model, uint32_t type);

/* The declared name of SUBPROGRAM as programmers call it. */
const char *flow_subprogram_name(const struct model *model,
				 uint32_t subprogram);

#endif
