/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shadow model: what the heap must hold and answer.  An object is known
 * by its number; its content is a pattern, its sites are return addresses
 * that the harness made up.  Objects are only changed by the thread whose
 * step it is; in a burst every worker has its own numbers.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alloc_class;
struct alloc_class_config;

enum {
	MODEL_SLOTS = 128, /* objects that steps name */
	MODEL_GROUPS = 4,  /* crowds of equal size */
	MODEL_GROUP_SIZE = 1500,
	MODEL_OBJECTS = MODEL_SLOTS + MODEL_GROUPS * MODEL_GROUP_SIZE,
	MODEL_SITES = 64,
	MODEL_SITE_DOOR = MODEL_SITES, /* in this program: a real call */
	MODEL_FREE_SITES = 4096,
	MODEL_CLASSES = 10,
	MODEL_BYTES_MAX = 96 << 20, /* of live objects */
};

struct model_object {
	unsigned char *pointer; /* NULL: none */
	size_t size;
	unsigned int site;
	uint64_t caller; /* the site's address */
	unsigned char seed;
	bool big;
	bool split; /* a part of an object that was cut */
	bool lost; /* shared memory of a parent: without content */
	struct alloc_class *object_class; /* or NULL */
};
extern struct model_object model[MODEL_OBJECTS];

/* Before the first sequence. */
void model_init(void);
/* One of MODEL_CLASSES classes of objects, of all mappers. */
struct alloc_class *model_class(unsigned int n);
const struct alloc_class_config *model_class_config(unsigned int n);
/* Have the mapper of one of them fail from now on, or not. */
void model_set_mapper_fails(bool fails);
enum { MODEL_CLASS_MAPPED = 4 }; /* that one */

/* A made-up call: the frame of an entry point that was called at SITE, in
 * every fourth case by a wrapper's wrapper.  Lies on the caller's stack. */
struct model_frame {
	uint64_t stack[12];
};
void model_make_frame(struct model_frame *frame, unsigned int site);
/* The return address of a free at SITE, one of MODEL_FREE_SITES. */
uint64_t model_free_address(unsigned int site);

/* May an object of SIZE bytes be added? */
bool model_has_room(size_t size);

/* The heap gave POINTER for SIZE bytes to SITE: a new object, which is
 * filled and answers. */
void model_add(struct model_object *object, void *pointer, size_t size,
	       size_t align, unsigned int site);
/* OBJECT was resized to SIZE bytes at SITE and is now at POINTER: its old
 * content is there. */
void model_resized(struct model_object *object, void *pointer, size_t size,
		   unsigned int site);
/* OBJECT was cut behind N bytes; what lies behind, at POINTER, is SECOND. */
void model_was_split(struct model_object *object, struct model_object *second,
		     size_t n, void *pointer);
/* OBJECT was freed by a call with return address ADDRESS; 0: in this
 * program. */
void model_freed(struct model_object *object, uint64_t address);
/* The same when other threads are at work: no questions. */
void model_forget(struct model_object *object);

/* Content, size and answers at base, inside and at the end. */
void model_check(const struct model_object *object);
/* All of them, the walk over the heap, and the heap's invariants. */
void model_check_all(void);
/* The answer for any ADDRESS at all. */
void model_check_address(uint64_t address);
/* The live bytes and counts that the heap claims. */
void model_check_stats(void);
/* Is the address of a site this one?  0: one in this program. */
void model_check_site(uint32_t id, uint64_t caller);
/* In a fork child: memory that is shared is not there. */
void model_lose_shared(void);

#endif
