/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allotype: what its heap can do beyond malloc.  allotype-heap(3) tells it at
 * length.
 *
 * Every function here may be called from any thread at any time, but not from
 * a signal handler unless it says so.  Objects are freed with free, may be
 * given to realloc, and answer every query; the site of an object is the
 * caller of the function that made it.  Sizes are in bytes.
 *
 * Since 0.2.
 */
#ifndef ALLOTYPE_HEAP_H
#define ALLOTYPE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- classes of objects ---- */

/*
 * A class has objects of one size, in memory that is type-stable: once it has
 * held an object of the class it never holds anything else, and it stays
 * readable and writable for the life of the process.  The heap writes nothing
 * into it, not even when an object is released, so a reader that comes late
 * finds what was there, or another object of the class.
 *
 * Objects of a class are released to it, never with free or realloc.  These
 * are told from each other and end the program with a line about what was
 * done: releasing to another class, what is no object of a class, an address
 * inside an object, an object twice.
 *
 * Queries answer for its objects with the allocator "class", the class's name
 * and, if the class has one, its type (ALLOC_EVIDENCE_DECLARED).
 */
struct alloc_class;

/* Objects of more than 32 KiB take whole pages each. */
struct alloc_class_config {
	const char *name;      /* for reports and queries; copied */
	size_t size;           /* of an object, not 0, 64 MiB at most */
	/* A power of two, 32 KiB at most; 0: what an object of that size can
	 * need, 16 at most and 8 at least. */
	size_t align;
	bool zero_init;        /* objects come filled with zeros; else with
				* what the last one left, at first zeros */
	/* The name of the mapper that provides the memory; NULL: "default". */
	const char *mapper;
	/* The type of the objects: itself, or its name as DWARF spells it in
	 * C ("struct node"), copied; or neither. */
	const struct alloc_type *type;
	const char *type_name;
};

/*
 * Makes a class of *CONFIG, which may be changed afterwards, and stores it in
 * *RESULT; it lives as long as the process.  Two classes may have the same
 * name.  ALLOC_INVALID: the size is 0 or too large, the alignment no power of
 * two or too large, the mapper not known; ALLOC_NO_MEMORY: no memory, or too
 * many classes.  Constructors may register classes.
 */
enum alloc_status alloc_class_register(const struct alloc_class_config *config,
				       struct alloc_class **result);

/*
 * An object, or NULL and ENOMEM.  Costs about what malloc does, which is also
 * what it looks like: no lock, and objects that this thread released last
 * come first.  Those of more than 32 KiB take a lock, that of their class, and
 * come first that any thread released last.
 */
void *alloc_class_allocate(struct alloc_class *object_class);
/* Gives OBJECT back to its class; NULL does nothing.  Any thread may. */
void alloc_class_release(struct alloc_class *object_class, void *object);

/* As many as COUNT objects; returns how many there are in OBJECTS now. */
size_t alloc_class_allocate_batch(struct alloc_class *object_class,
				  void **objects, size_t count);
/* Releases all of COUNT objects, of which any may be NULL. */
void alloc_class_release_batch(struct alloc_class *object_class,
			       void *const *objects, size_t count);

/* The class whose object, live or released, holds ADDRESS; NULL for all other
 * memory.  From signal handlers too, as the next two. */
struct alloc_class *alloc_class_of(const void *address);
/* Its name; of a class without, "class N".  NULL gives NULL. */
const char *alloc_class_name(const struct alloc_class *object_class);
/* Classes in the order they were registered: the one after PREVIOUS, the
 * first for NULL; NULL after the last. */
struct alloc_class *alloc_class_next(const struct alloc_class *previous);

struct alloc_class_stats {
	size_t object_size;
	size_t slot_size;     /* what an object takes, alignment included */
	uint64_t allocated;   /* objects, ever */
	uint64_t released;
	uint64_t live;        /* the difference */
	size_t mapped_bytes;  /* of memory for objects, used or not */
};
/* What the class did so far.  While other threads use it the numbers may be
 * of slightly different moments.  ALLOC_INVALID: an argument is NULL. */
enum alloc_status alloc_class_get_stats(const struct alloc_class *object_class,
					struct alloc_class_stats *stats);
/* Gives the system back the memory of the class that holds no object, a whole
 * block or object of it, which reads as zeros from then on: only on request, as it ends
 * what is promised about contents above.  Was there any? */
bool alloc_class_trim(struct alloc_class *object_class);

/* ---- mappers: where the memory of classes comes from ---- */

/*
 * How to map memory: a table of functions, called one at a time, from any
 * thread, while the heap holds a lock.  They must not allocate or release
 * objects of any kind, nor wait for another thread that does.  Sizes and
 * addresses are multiples of 64 KiB, those of decommit of 4 KiB; CONTEXT is
 * that of the table.
 */
struct alloc_mapper {
	const char *name; /* copied */
	void *context;
	/* SIZE bytes of addresses at a multiple of ALIGN, a power of two,
	 * inaccessible; NULL: there are none.  Seldom called, for much. */
	void *(*reserve)(void *context, size_t size, size_t align);
	/* Makes a part of them readable and writable memory that reads as
	 * zeros; false leaves it as it was.  Never twice for one part: guards
	 * that lie between the parts stay inaccessible. */
	bool (*commit)(void *context, void *base, size_t size);
	/* Gives back what is behind a part, which goes on being readable and
	 * writable, and reads as zeros; false: it is as before.  May be NULL:
	 * then memory is kept. */
	bool (*decommit)(void *context, void *base, size_t size);
	/* Takes back what reserve gave and nothing was committed of; as the
	 * program lives, the rest is for ever. */
	void (*release)(void *context, void *base, size_t size);
	/*
	 * Writes reach others than this process.  A child of fork cannot have
	 * such memory to itself, so it does not have it at all: its parts are
	 * inaccessible there, objects in them can be released but not used,
	 * and new objects get new memory.
	 */
	bool shared;
};

/*
 * Makes *MAPPER, which may be changed afterwards, known by its name to
 * alloc_class_register, for ever.  ALLOC_INVALID: a function or the name is
 * missing, or the name is taken; ALLOC_NO_MEMORY.
 */
enum alloc_status alloc_mapper_register(const struct alloc_mapper *mapper);

/*
 * There are two from the start: "default", anonymous memory, and "file", which
 * maps files that have no names and no open descriptors, for objects that may
 * well be written to disk when memory is short.  It is `shared'.  This sets
 * the directory where it makes its next files; it is copied.  NULL: where
 * TMPDIR says, or /tmp, as at first.  ALLOC_INVALID: it is too long.
 */
enum alloc_status alloc_mapper_set_directory(const char *directory);

/* ---- when memory runs out ---- */

/* Why an allocation failed. */
enum alloc_failure {
	ALLOC_FAILURE_NONE = 0,
	ALLOC_FAILURE_SIZE,      /* no object can be that large */
	ALLOC_FAILURE_ALIGNMENT, /* no such alignment */
	ALLOC_FAILURE_LIMIT,     /* the option heap_limit */
	ALLOC_FAILURE_MEMORY,    /* the system gives no more */
	ALLOC_FAILURE_TABLE,     /* a table of the runtime is full */
	ALLOC_FAILURE_UNKNOWN,   /* nobody could take a note */
};

/*
 * Why the calling thread's last allocation that failed did so; as errno, it
 * stays when later ones succeed.  ALLOC_FAILURE_NONE when none has failed.  A
 * thread that has left its thread functions, and one for which there was no
 * memory to begin with, gets ALLOC_FAILURE_UNKNOWN.  May be called from a
 * signal handler.
 */
enum alloc_failure alloc_failure_cause(void);
/* Words for it; never NULL. */
const char *alloc_failure_text(enum alloc_failure cause);

/*
 * Called when an allocation of SIZE bytes fails for CAUSE, which is one of
 * LIMIT, MEMORY and TABLE: before malloc and its kin return NULL, and before
 * the handler of std::set_new_handler.  May free memory and allocate; what it
 * allocates fails at once when there is nothing, as handlers are not called
 * within handlers.  Returns true when another attempt may help, false to give
 * up; must return, not throw: a handler of std::set_new_handler may.
 */
typedef bool (*alloc_oom_handler)(size_t size, enum alloc_failure cause);

/*
 * Sets the handler of the process, and that of the calling thread, which is
 * asked first: only when it gives up the other one is asked.  NULL: none.
 * Both return the one before.  New threads have none of their own, nor can a
 * thread set one that has left its thread functions, or for which there is no
 * memory to begin with.  Handlers survive a fork.
 */
alloc_oom_handler alloc_set_oom_handler(alloc_oom_handler handler);
alloc_oom_handler alloc_set_thread_oom_handler(alloc_oom_handler handler);

/*
 * As malloc, for those who can do without: stores the object in *RESULT and
 * returns ALLOC_OK, or returns ALLOC_NO_MEMORY and leaves *RESULT alone.
 * Calls no handler and does not touch errno; alloc_failure_cause knows more.
 * ALLOC_INVALID: RESULT is NULL.
 */
enum alloc_status alloc_try(size_t size, void **result);

/* ---- numbers ---- */

/* The objects of one size class; or, with a size of 0, those that share no
 * memory with others of their size (classes of objects, placement=site); or,
 * with a size of SIZE_MAX, big allocations: runs of pages of their own. */
struct alloc_size_class {
	size_t size;          /* of a segment: the largest object */
	uint64_t allocations; /* ever */
	uint64_t frees;
	uint64_t live;        /* objects now */
	uint64_t live_bytes;  /* of them, exactly what was asked for */
	uint64_t minipages;   /* that hold any; of big ones, runs */
};

struct alloc_heap_totals {
	uint64_t allocations, frees, live, live_bytes; /* of all */
	uint64_t minipages;         /* in use, with objects or not */
	uint64_t data_bytes;        /* memory for objects, in use or kept */
	uint64_t bookkeeping_bytes; /* descriptors, records, caches, sites */
	/* With the option metrics=on, else 0: bytes of bookkeeping that the
	 * operations so far read and wrote, by the fields on their way. */
	uint64_t bookkeeping_read, bookkeeping_written;
};

/*
 * Counts the whole heap into *TOTAL and, by size class, into up to CAPACITY
 * of ROWS, which may be NULL if that is 0.  Returns how many rows there are;
 * 0 without the runtime, or when TOTAL is NULL.
 *
 * Exact while no other thread allocates or frees.  Takes time in proportion
 * to the memory that ever held small objects, and holds up threads that need
 * more meanwhile.  A realloc that moves is an allocation and a free; what
 * alloc_split cut counts as one object until its last part is freed, except
 * big allocations that were cut at a page.
 */
size_t alloc_heap_stats(struct alloc_heap_totals *total,
			struct alloc_size_class *rows, size_t capacity);

/* ---- parts, places, alignments ---- */

/*
 * Makes two objects of the live one that begins at POINTER: its first N
 * bytes, and what lies behind them, of which it returns the address.  N is
 * rounded up to a multiple of 16 for the second, and exact for the first.
 * Contents stay.  Each is freed on its own, in any order, by any thread, can
 * be split again, and has the site and type of the whole; realloc may move
 * it.  No byte of the data is used to remember this.
 *
 * The memory of a split object can be used again when all of its parts are
 * freed, except that an object of more than 32 KiB, cut at a multiple of the
 * page size from its start, becomes two that know nothing of each other.
 *
 * NULL, and nothing changed: errno is EINVAL when nothing would be left for
 * the second, when N is 0 or when POINTER is not of this heap; ENOMEM without
 * memory for the bookkeeping.  A pointer that free would not take stops the
 * program as free does.
 */
void *alloc_split(void *pointer, size_t n);

/*
 * Gives the object at POINTER the new SIZE where it is: into room behind it
 * that is free, or by giving room up.  True when that was done; false, and
 * nothing changed, when it cannot stay, when SIZE is 0, or when POINTER is
 * not of this heap.  errno stays.  POINTER is not NULL.
 */
bool alloc_resize_in_place(void *pointer, size_t size);

/*
 * An object of SIZE bytes at a multiple of ALIGN, which may be any number
 * from 1 on, and of 16.  NULL: errno is EINVAL when ALIGN is 0, else ENOMEM.
 */
void *alloc_aligned(size_t align, size_t size);

/*
 * sbrk(2), safe among threads that call it: the heap never uses the break,
 * which belongs to the program alone.  (void *)-1, and errno, on failure.
 */
void *alloc_sbrk(intptr_t increment);

/* ---- security=on ---- */

/*
 * Looks for writes past the end of every live object and after the free of
 * every one in the quarantine, without waiting for their next free.  Each is
 * told in one line, and ends the program unless on_error=log; returns how many
 * there were.  0 without security=on.  Takes time in proportion to the heap;
 * frees by other threads wait meanwhile.
 */
size_t alloc_heap_check(void);

/* ---- profiles ---- */

/*
 * Writes the live heap as a profile that pprof reads (profile.proto, not
 * compressed) to the file PATH, made or cut, or to the descriptor FD, which
 * stays open: objects and bytes by allocation site, exact but for what other
 * threads do meanwhile, labelled with the type when that is known; the files
 * of the process with their build IDs; functions and lines as far as there is
 * metadata.  With the option profile_sample=SIZE it holds estimates instead,
 * by call chain: what lives and all that was allocated so far (see
 * allotype-heap(3)).  Not to be called from signal handlers.
 * Returns 0 or an errno value: ENOTSUP without the runtime or before it is up,
 * ENOMEM, or why the file could not be written.  Allocates nothing from the
 * heap.
 */
int alloc_profile_write(const char *path);
int alloc_profile_write_fd(int fd);

#ifdef __cplusplus
}
#endif
#endif
