/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small made-up world for tests of queries: one loaded file with metadata,
 * a mapping around it, an argument vector, and the real heap.
 */
#ifndef TESTS_QUERY_WORLD_H
#define TESTS_QUERY_WORLD_H

#include "query/view.h"

enum {
	WORLD_IMAGE_SIZE = 0x3000,
	WORLD_HOME = 0x2100,    /* static struct home static_home */
	WORLD_COUNTER = 0x2200, /* static int counter */
	WORLD_STARS = 0x2300,   /* static struct weasel *stars[2] */
	WORLD_MAIN = 0x1000,    /* int main(int, char **) */
	WORLD_MAIN_SIZE = 0x80,
	/* Link-time addresses of allocation sites. */
	WORLD_SITE_TABLE = 0x1010,   /* double[], in make_table */
	WORLD_SITE_WEASEL = 0x1020,  /* struct weasel */
	WORLD_SITE_BYTES = 0x1030,
	WORLD_SITE_WRAPPER = 0x1040,
	WORLD_SITE_UNKNOWN = 0x1050, /* not in the metadata */
	WORLD_SITE_MESSAGE = 0x1060, /* a header and a flexible array */
	WORLD_SITE_PREFIXED = 0x1070, /* struct weasel behind 8 bytes */
	WORLD_SITE_FREE = 0x1078,
};

struct world {
	struct query_view view;
	unsigned char *image; /* link-time address 0 is image[0] */
	bool has_metadata;
	char *strings;        /* "prog\0-x\0" */
	uint64_t *argv;
};

/* Made once, never destroyed: types refer to its metadata. */
struct world *world_create(void);

/* An object of SIZE bytes, allocated from link-time address SITE. */
void *world_allocate(struct world *world, size_t size, uint64_t site);
void world_free(struct world *world, void *object);

#endif
