/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allotype: ask any address of the running process what it is.
 *
 * Every function here may be called from any thread and from a signal
 * handler, never allocates, never locks, and preserves errno.  Pointers
 * handed out point to memory of the runtime that stays valid and unchanged
 * for the life of the process; the caller never frees them.
 *
 * Intervals are half-open, [base, limit); sizes are in bytes.
 * Since 0.1 unless a function says otherwise.
 */
#ifndef ALLOTYPE_H
#define ALLOTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque: one per distinct type; two equal types are one pointer. */
struct alloc_type;

/* Why a question has, or has not, an answer. */
enum alloc_status {
	ALLOC_OK = 0,
	ALLOC_NOT_PRESENT,  /* the runtime is not in this process */
	ALLOC_UNMAPPED,     /* nothing is mapped at the address */
	ALLOC_NO_METADATA,  /* known memory, but its file has no metadata */
	ALLOC_NO_TYPE,      /* metadata is there and knows no type */
	ALLOC_FREED,        /* a heap object that is no longer live */
	ALLOC_UNUSED,       /* heap memory that holds no object */
	ALLOC_INVALID,      /* the arguments make no sense */
	ALLOC_NO_SPACE,     /* the caller's buffer is too small */
	ALLOC_NO_MEMORY,    /* memory is exhausted; since 0.2 */
	ALLOC_DENIED,       /* the system does not allow it; since 0.2 */
};

/* An allocator: somebody who hands out parts of memory. */
struct alloc_allocator {
	const char *name; /* "heap", "stackframe", "static-symbol", ... */
};

/* What a type answer rests on; a set, or-ed together. */
enum alloc_evidence {
	ALLOC_EVIDENCE_NONE = 0,
	ALLOC_EVIDENCE_DECLARED = 1 << 0,  /* the program said so */
	ALLOC_EVIDENCE_SIZEOF = 1 << 1,    /* sizeof in the source line */
	ALLOC_EVIDENCE_CAST = 1 << 2,      /* a cast in the source line */
	ALLOC_EVIDENCE_VARIABLE = 1 << 3,  /* stored to a variable */
	ALLOC_EVIDENCE_MEMBER = 1 << 4,    /* stored to a member */
	ALLOC_EVIDENCE_GLOBAL = 1 << 5,    /* stored to a static */
	ALLOC_EVIDENCE_RETURN = 1 << 6,    /* returned as T * */
	ALLOC_EVIDENCE_ARGUMENT = 1 << 7,  /* passed as T * */
	ALLOC_EVIDENCE_CONSTRUCTOR = 1 << 8,
	ALLOC_EVIDENCE_TEMPLATE = 1 << 9,  /* allocator<T> inlined here */
	ALLOC_EVIDENCE_SIZE = 1 << 10,     /* the size asked for fits */
	ALLOC_EVIDENCE_REALLOC = 1 << 11,  /* the type of the old pointer */
	ALLOC_EVIDENCE_CALLEE = 1 << 12,   /* the function is known (strdup) */
	ALLOC_EVIDENCE_DEBUGINFO = 1 << 13, /* DWARF: statics, variables */
	ALLOC_EVIDENCE_VTABLE = 1 << 14,   /* the object's virtual table */
	ALLOC_EVIDENCE_POINTER = 1 << 15,  /* a typed pointer leads here */
	ALLOC_EVIDENCE_SYMBOL = 1 << 16,   /* the ELF symbol table */
	ALLOC_EVIDENCE_SYSTEM = 1 << 17,   /* known to the system ABI */
	ALLOC_EVIDENCE_CONTENT = 1 << 18,  /* it looks like one; since 0.2 */
	/* Rather a warning: the program's own allocator gives out parts of the
	 * object, which are of other types.  Since 0.2. */
	ALLOC_EVIDENCE_CARVED = 1 << 19,
	/* The compiler noted down what the call allocates: clang's
	 * DW_AT_LLVM_alloc_type and allocation tokens.  Since 0.2. */
	ALLOC_EVIDENCE_COMPILER = 1 << 20,
};

/* The code that allocated an object. */
struct alloc_site {
	const void *address;  /* return address of the allocating call */
	const char *function; /* NULL when unknown */
	const char *file;     /* source file, NULL when unknown */
	unsigned int line;    /* 0 when unknown */
	const char *module;   /* path of the ELF file, NULL when unknown */
};

/* All about the innermost allocation that holds an address. */
struct alloc_info {
	enum alloc_status status;
	const struct alloc_allocator *allocator;
	const void *base;              /* first byte */
	const void *limit;             /* one past the last byte */
	size_t size;                   /* exactly what was asked for; of a
					  freed object, what there was room
					  for: its type is then that of
					  one element */
	const struct alloc_type *type; /* NULL: see type_status */
	enum alloc_status type_status; /* why type is NULL */
	unsigned int evidence;         /* enum alloc_evidence, or-ed */
	unsigned int confidence;       /* percent */
	const char *name;              /* symbol, variable, or class of
					  objects; or NULL */
	struct alloc_site site;
	struct alloc_site free_site;   /* of a freed object */
};

/*
 * Answers everything about ADDRESS in one call.  Returns info->status; on
 * anything but ALLOC_OK and ALLOC_FREED only the status is meaningful.
 */
enum alloc_status alloc_get_info(const void *address, struct alloc_info *info);

/* The single answers; NULL or 0 when unknown.  alloc_get_allocator never
 * returns NULL: for an unmapped address its name is "none". */
const struct alloc_allocator *alloc_get_allocator(const void *address);
const struct alloc_type *alloc_get_type(const void *address);
const void *alloc_get_base(const void *address);
const void *alloc_get_limit(const void *address);
size_t alloc_get_size(const void *address);
const void *alloc_get_site(const void *address);
const char *alloc_get_name(const void *address);

/* The type of the smallest subobject of the leaf allocation that begins at
 * ADDRESS, or holds it when none begins there. */
const struct alloc_type *alloc_get_inner_type(const void *address);

/* One of the types that an allocation may be of. */
struct alloc_candidate {
	const struct alloc_type *type;
	size_t offset;           /* of where it begins, or the first element:
				    bytes from the allocation's first one */
	unsigned int evidence;   /* enum alloc_evidence, or-ed */
	unsigned int confidence; /* percent */
};

/*
 * Writes up to CAPACITY types that the allocation at ADDRESS may be of, and
 * stores how many there are in *COUNT: first what alloc_get_info answers, then
 * what else the code that allocated it allows for, the likeliest first.  The
 * array is the caller's; types live as long as the process.  May be called by
 * any thread and in signal handlers, allocates nothing.  ALLOC_NO_SPACE: *COUNT
 * is what it takes; ALLOC_INVALID: COUNT is NULL, or CANDIDATES with a
 * CAPACITY; else alloc_get_info's status.  Since 0.2.
 */
enum alloc_status alloc_get_candidates(const void *address,
				       struct alloc_candidate *candidates,
				       size_t capacity, size_t *count);

/* One level of the hierarchy, from the mapping down to the field. */
struct alloc_level {
	const struct alloc_allocator *allocator; /* "field" for subobjects */
	const void *base;
	const void *limit;
	const struct alloc_type *type;
	const char *name; /* file, section, symbol, variable, or member name */
	size_t index;     /* element number, for an element of an array */
	unsigned int flags; /* enum alloc_level_flag */
};
enum alloc_level_flag {
	ALLOC_LEVEL_ELEMENT = 1 << 0, /* an array's element: see index */
	ALLOC_LEVEL_MEMBER = 1 << 1,  /* a struct's member: see name */
};

/*
 * Writes up to CAPACITY levels that hold ADDRESS, outermost first, and
 * stores their number in *COUNT.  ALLOC_NO_SPACE: *COUNT is what it takes.
 */
enum alloc_status alloc_get_path(const void *address,
				 struct alloc_level *levels, size_t capacity,
				 size_t *count);

/*
 * One line of text about ADDRESS, as `allotype what` prints it, NUL-
 * terminated.  Returns the length of the whole line, as snprintf does.
 */
size_t alloc_describe(const void *address, char *buffer, size_t size);

/*
 * Declares that the live heap object that begins at POINTER is of TYPE, or an
 * array of it, until it is freed or resized (evidence "declared").
 * ALLOC_INVALID: no such object of malloc's, or TYPE has no size.  Unlike the
 * rest here it may take a lock: not for signal handlers.  Since 0.2.
 */
enum alloc_status alloc_set_type(void *pointer, const struct alloc_type *type);

/*
 * ALLOC_TYPED(T, expression): the value of EXPRESSION, a pointer to memory
 * just allocated, as a T *.  Declares that objects allocated there are of
 * type T, or arrays of it, for answers from metadata (evidence "declared"),
 * whatever else the code says.  Costs one empty instruction, with the runtime
 * or without; needs debug information of the caller.  Since 0.2.
 */
#if defined(__GNUC__)
#define ALLOC_TYPED(T, expression)                                             \
	(__extension__({                                                       \
		__typeof__(T) *alloc_typed_object =                            \
			(__typeof__(T) *)(expression);                         \
		/* Where an instruction is debug information has a place. */   \
		__asm__("nop" : "+r"(alloc_typed_object));                     \
		alloc_typed_object;                                            \
	}))
#else
#define ALLOC_TYPED(T, expression) ((T *)(expression))
#endif

/*
 * Collects what the program's memory tells of heap objects whose code does not
 * tell their types, or leaves several: typed pointers that lead to them from
 * statics, from the calling thread's stack and from typed objects (evidence
 * "pointer": one into the middle of an object of which nothing else is known
 * says that a record lies there; members of unions are told apart by their
 * content), and which of the possible types their content looks like
 * ("content").  Done once, when called, and kept, in at most MEMORY bytes
 * which come from the system and not from the heap, for
 * alloc_get_info_collected; what was collected before is forgotten.  With
 * MEMORY 0 nothing else happens.
 *
 * Reads all of the typed memory, which takes as long as that takes; memory
 * that is not readable, or goes meanwhile, is left out.  Any thread may call
 * it, but no signal handler: it takes a lock.  Other threads go on meanwhile;
 * what they write in these moments may be seen or not.  Their stacks tell
 * nothing here: where their frames are only their registers say, which a
 * thread has to be stopped for, by a signal that would disturb its system
 * calls.  "allotype what --collect" reads the registers from outside.
 * Preserves errno.
 *
 * ALLOC_NO_SPACE: MEMORY did not suffice for all; what did fit is there.
 * ALLOC_NO_MEMORY: the system gave none.  ALLOC_DENIED: the system does not
 * allow the process to read its own memory by process_vm_readv(2).
 * Since 0.2.
 */
enum alloc_status alloc_collect_evidence(size_t memory);

/*
 * As alloc_get_info, by the last alloc_collect_evidence, too.  What it told of
 * an object holds for any later one of that size from the same code at that
 * address.  While others collect, the answer is that of alloc_get_info.
 * Since 0.2.
 */
enum alloc_status alloc_get_info_collected(const void *address,
					   struct alloc_info *info);

/* Is the runtime in this process? */
enum alloc_status alloc_runtime_status(void);
const char *alloc_status_text(enum alloc_status status);

/* ---- types ---- */

enum alloc_kind {
	ALLOC_KIND_UNKNOWN = 0,
	ALLOC_KIND_VOID,
	ALLOC_KIND_BASE,      /* integers, floating point, bool, characters */
	ALLOC_KIND_POINTER,   /* and C++ references */
	ALLOC_KIND_ARRAY,
	ALLOC_KIND_STRUCT,    /* and C++ classes */
	ALLOC_KIND_UNION,
	ALLOC_KIND_ENUM,
	ALLOC_KIND_FUNCTION,
	ALLOC_KIND_TYPEDEF,
	ALLOC_KIND_CONST,
	ALLOC_KIND_VOLATILE,
	ALLOC_KIND_RESTRICT,
	ALLOC_KIND_ATOMIC,
};

/* How the bits of a base type are read (DWARF 5 section 7.8, DW_ATE_*). */

/* A member of a struct, class, union; an enumerator; a parameter. */
struct alloc_member {
	const char *name;              /* NULL when it has none */
	const struct alloc_type *type; /* NULL for an enumerator */
	size_t offset;                 /* bytes from the start; SIZE_MAX:
					  not constant (virtual base) */
	unsigned int bit_offset;       /* bits from there, for a bit-field */
	unsigned int bit_size;         /* 0: not a bit-field */
	int64_t value;                 /* of an enumerator */
	bool is_base;                  /* a C++ base class subobject */
};

/* All accept NULL: the name is then "unknown", the rest 0 or NULL. */
const char *alloc_type_name(const struct alloc_type *type); /* C spelling */
size_t alloc_type_size(const struct alloc_type *type); /* 0: incomplete */
enum alloc_kind alloc_type_kind(const struct alloc_type *type);
/* Pointee, element type, return type, or what a typedef or qualifier names. */
const struct alloc_type *alloc_type_target(const struct alloc_type *type);
/* TYPE without typedefs and qualifiers. */
const struct alloc_type *alloc_type_strip(const struct alloc_type *type);
/* Elements of an array; 0 for a flexible one. */
size_t alloc_type_element_count(const struct alloc_type *type);
unsigned int alloc_type_encoding(const struct alloc_type *type); /* DW_ATE_* */
size_t alloc_type_member_count(const struct alloc_type *type);
enum alloc_status alloc_type_member(const struct alloc_type *type,
				    size_t index, struct alloc_member *member);

#ifdef __cplusplus
}
#endif
#endif
