/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that allocate: those of the system, by name, and the wrappers
 * that the analysis finds.
 */
#ifndef META_FLOW_ALLOCATORS_H
#define META_FLOW_ALLOCATORS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/model.h"

enum allocator_flag {
	ALLOCATOR_BYTES = 1 << 0,   /* what it returns is characters */
	ALLOCATOR_APPROXIMATE = 1 << 1, /* its size parameter is a guess */
	ALLOCATOR_SYSTEM = 1 << 2,
	/* A function of the C++ library: what it returns is not what it
	 * allocates. */
	ALLOCATOR_LIBRARY = 1 << 3,
	/* Before what it returns lies a header, of a size that is known at run
	 * time only. */
	ALLOCATOR_FLOATING = 1 << 4,
	/* One of the library that returns what it allocates, where the program
	 * calls it itself. */
	ALLOCATOR_PLAIN = 1 << 5,
	/* It asks for a multiple of its size parameter, or of the upper bits
	 * of that. */
	ALLOCATOR_MULTIPLE = 1 << 6,
};

#define ALLOCATOR_NO_PARAMETER (-1)

struct allocator {
	const char *name;       /* as programmers call it */
	const char *symbol;     /* linkage name */
	uint64_t entry;         /* of a wrapper */
	uint32_t function;      /* of the library, in model->functions */
	int64_t size_add;       /* it asks for that much more */
	int64_t delta;          /* the result is that far into the object */
	uint64_t size;          /* constant size, or 0 */
	uint32_t type;          /* what it always allocates, or NONE */
	uint32_t base;          /* the record that all it returns begins with,
				   plus 1; or 0 */
	uint32_t flags;
	/* Numbers of integer parameters, or ALLOCATOR_NO_PARAMETER. */
	int8_t sizes[2];        /* the size is their product, or a multiple */
	uint8_t shift;          /* how far up those bits are */
	int8_t old;             /* the pointer that it reallocates */
	int8_t out;             /* the result is stored where this points */
	int8_t token;           /* an allocation token (alloc_tokens.h); or 0 */
	int8_t copied;          /* the pointer to what the result is a copy of */
};

struct allocators {
	struct allocator *at;
	uint32_t count, capacity;
	uint8_t *by_symbol;     /* numbers of the system's */
};

/* Fills ALLOCATORS with the system's. */
enum status allocators_init(struct allocators *allocators,
			    const struct model *model);
void allocators_deinit(struct allocators *allocators);
/* The system's function of this linkage name, or MODEL_NONE. */
uint32_t allocators_find(const struct allocators *allocators,
			 const char *symbol);
/* Is it one of malloc's family or operator new: nothing is charged to what
 * is inside it?  The bottom is malloc's family alone: the runtime replaces
 * it everywhere. */
bool allocators_is_primitive(uint32_t allocator);
bool allocators_is_bottom(uint32_t allocator);
/* Does it allocate a certain type; and others, too? */
bool allocators_is_typed(uint32_t allocator);
bool allocators_is_mixed(uint32_t allocator);
/* What std::pmr::memory_resource::allocate calls through a table. */
#define ALLOCATORS_RESOURCE "_ZNSt3pmr15memory_resource11do_allocateEmm"
/* Appends a wrapper: *NUMBER is its place. */
enum status allocators_add(struct allocators *allocators,
			   const struct allocator *wrapper, uint32_t *number);

/* memset and the like return their first argument. */
bool allocators_returns_argument(const char *symbol);
/* The letters (flow_signature_spelled) of a C library's function that programs
 * call through pointers, of which debug information may say nothing; or NULL. */
const char *allocators_signature(const char *symbol);
/* Likewise, of a pointer that is named after one of them: xmlMalloc. */
const char *allocators_signature_like(const char *name);
/* Is NAME that of SYMBOL, or does it end so, in letters of any case? */
bool allocators_is_like(const char *name, const char *symbol);
/* memcpy and the like copy what the second points to where the first does. */
bool allocators_copies(const char *symbol);
/* abort and the like, when debug information does not say so. */
bool allocators_never_returns(const char *symbol);

#endif
