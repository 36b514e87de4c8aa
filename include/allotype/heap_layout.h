/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published layout of the heap, as allotype_index.heap gives it: for
 * readers inside the process, outside it and in core files.  All addresses
 * are integers of the process that runs the runtime; little-endian.
 *
 * The heap's data lies in regions.  A region of MiniPages is cut into units
 * of ALLOTYPE_UNIT_SIZE bytes, each with a descriptor; a unit in use is one
 * MiniPage: segments of equal size from its first byte on, each with a
 * 32-bit record.  A MiniPage serves one kind of objects: those of a size class,
 * or of a class or site that has memory of its own.  A region of runs holds
 * big allocations: runs of pages, described at the index of their first page;
 * a bit per page, summed up in five levels, says where runs begin.  A region
 * of slots holds the objects of a class that are too large for a MiniPage, each
 * with a record as that of a segment.  Nothing is kept inside the data.
 */
#ifndef ALLOTYPE_HEAP_LAYOUT_H
#define ALLOTYPE_HEAP_LAYOUT_H

#include <stdint.h>

#define ALLOTYPE_HEAP_VERSION 3
#define ALLOTYPE_UNIT_SHIFT 16
#define ALLOTYPE_UNIT_SIZE (1u << ALLOTYPE_UNIT_SHIFT)
#define ALLOTYPE_PAGE_SHIFT 12
/* Regions other than the first two begin and end at such granules. */
#define ALLOTYPE_GRANULE_SHIFT 20
#define ALLOTYPE_MAP_LEAF_SHIFT 14
#define ALLOTYPE_ADDRESS_BITS 47
#define ALLOTYPE_RUN_LEVELS 5

struct allotype_heap {
	uint32_t version;
	uint32_t size;         /* of this struct */
	uint64_t regions;      /* array of struct allotype_region */
	uint32_t region_size;  /* stride of that array, bytes */
	uint32_t region_count; /* entry 0 is not used; grows only */
	/* Two levels: uint64_t[1 << (ADDRESS_BITS - GRANULE_SHIFT -
	 * MAP_LEAF_SHIFT)] of addresses of uint16_t[1 << MAP_LEAF_SHIFT]:
	 * the index of the region that holds a granule.  Regions 1 and 2
	 * (large reservations, when there are any) are not in the map. */
	uint64_t map;
	uint64_t sites; /* struct allotype_site_table of index.h */
	uint64_t kinds; /* array of struct allotype_kind, by kind; or 0 */
	uint32_t kind_size;  /* stride of that array, bytes */
	uint32_t kind_count; /* grows only */
	uint64_t classes; /* array of struct allotype_class, by id; or 0 */
	uint32_t class_size;  /* stride of that array, bytes */
	uint32_t class_count; /* grows only; entry 0 is not used */
	/* uint64_t[1 << ALLOTYPE_PART_BITS]: struct allotype_part by where
	 * they begin, chained; 0: nothing was ever split. */
	uint64_t parts;
	uint64_t profile; /* struct allotype_profile; 0: no samples are taken */
};

enum allotype_region_kind {
	ALLOTYPE_REGION_NONE,      /* given back to the system */
	ALLOTYPE_REGION_MINIPAGES,
	ALLOTYPE_REGION_RUNS,
	ALLOTYPE_REGION_SLOTS,
};

struct allotype_region {
	uint64_t base, limit;  /* the data */
	uint64_t descriptors;  /* of units, of pages or of slots */
	uint64_t used;         /* how many of them are valid */
	/* Runs only: where they begin.  Bit n of level 0: at page n; of the
	 * next level: word n of the one below is not zero. */
	uint64_t starts[ALLOTYPE_RUN_LEVELS];
	uint32_t kind;         /* enum allotype_region_kind */
	uint32_t index;        /* in the array of regions */
	/* Slots only: how far they are apart, the first one unit behind base,
	 * and the kind of their objects, an entry of the heap's kinds. */
	uint32_t slot_size;
	uint32_t object_kind;
};

enum allotype_minipage_state {
	ALLOTYPE_MINIPAGE_FREE,    /* the unit holds nothing */
	ALLOTYPE_MINIPAGE_CURRENT, /* its owner allocates from it */
	ALLOTYPE_MINIPAGE_PARTIAL,
	ALLOTYPE_MINIPAGE_FULL,
};

/* The descriptor of a unit: one cache line. */
struct allotype_minipage {
	uint64_t owner;     /* the owning thread's cache; 0: nobody's */
	uint64_t records;   /* uint32_t[count]; bitmap words before it */
	uint64_t base;      /* of the data */
	uint64_t summary;   /* which words of the free bitmap are not zero */
	uint64_t next, previous; /* in a list of its owner or of the heap */
	uint32_t reciprocal; /* 2^32 / size, rounded up */
	uint16_t size;      /* of a segment, bytes */
	uint16_t kind;      /* size class, or entry of the heap's kinds */
	uint16_t taken;     /* segments handed out, or cached by the owner */
	uint16_t notify;    /* a free that brings taken down to this: act */
	uint16_t fresh;     /* segments from here on were never used, whatever
			     * their records say of a former life */
	uint8_t state;      /* enum allotype_minipage_state */
	uint8_t zero : 1;   /* never used segments read as zeros */
	uint8_t stale : 1;  /* after a fork: what is free may not be zeros */
	uint8_t listed : 1; /* in a list */
	uint8_t lost : 1;   /* after a fork: its data is not here */
};

static inline uint32_t
allotype_minipage_count(const struct allotype_minipage *page)
{
	return page->reciprocal >> (32 - ALLOTYPE_UNIT_SHIFT);
}

/* Kinds of MiniPages from here on are not size classes. */
#define ALLOTYPE_KIND_FIRST 256

/* What the segments of a MiniPage, or the slots, of such a kind are. */
struct allotype_kind {
	uint64_t object_size;  /* of every object; 0: its record tells */
	uint32_t segment_size;
	uint32_t class_id;     /* of a class of objects; or 0 */
	uint32_t site;         /* that all of them are allocated by; or 0 */
	uint32_t pad;
};

/* A class of objects that the program has registered. */
struct allotype_class {
	uint64_t name;        /* NUL-terminated string */
	uint64_t object_size;
	uint64_t type_name;   /* NUL-terminated, as C spells it; 0: none */
	uint64_t type;        /* inside: its struct alloc_type; or 0 */
	uint64_t return_address; /* of the call that registered it */
};

/*
 * The record of a segment: 0 when it was never used.  With the top bit set,
 * live: the site that allocated it and the bytes of its capacity that were
 * not asked for.  With it clear, freed: the same site, and which of the first
 * sites that free freed it (an index of allotype_site_table.free_sites); or,
 * where one of those does not fit, with the next bit set, a pair of sites.
 */
#define ALLOTYPE_RECORD_LIVE 0x80000000u
#define ALLOTYPE_RECORD_PAIR 0x40000000u /* freed only */
#define ALLOTYPE_RECORD_SITE_SHIFT 11
#define ALLOTYPE_RECORD_SITE_MAX ((1u << 20) - 1)
#define ALLOTYPE_RECORD_SLACK_MAX ((1u << 11) - 1)
/* Of a freed segment without the pair bit. */
#define ALLOTYPE_FREED_SITE_MAX ((1u << 19) - 1)
#define ALLOTYPE_FREE_INDEX_MAX ALLOTYPE_RECORD_SLACK_MAX
/* Of a segment that is several objects: see struct allotype_part.  The pair
 * of this number does not exist. */
#define ALLOTYPE_RECORD_SPLIT 0x7fffffffu
#define ALLOTYPE_PAIR_MAX (ALLOTYPE_RECORD_PAIR - 1)

/* The site in the record of a live segment, or of a live run, that is a sample
 * of the profile: its own is that of its struct allotype_sample.  Such a
 * record is never plain (see below). */
#define ALLOTYPE_SITE_SAMPLED ALLOTYPE_RECORD_SITE_MAX

static inline uint32_t allotype_record_live(uint32_t site, uint32_t slack)
{
	return ALLOTYPE_RECORD_LIVE | site << ALLOTYPE_RECORD_SITE_SHIFT |
	       slack;
}

static inline uint32_t allotype_record_site(uint32_t record)
{
	return record >> ALLOTYPE_RECORD_SITE_SHIFT & ALLOTYPE_RECORD_SITE_MAX;
}

static inline uint32_t allotype_record_slack(uint32_t record)
{
	return record & ALLOTYPE_RECORD_SLACK_MAX;
}

/* Does the segment hold a live object, or parts of one? */
static inline int allotype_record_is_taken(uint32_t record)
{
	return record & ALLOTYPE_RECORD_LIVE ||
	       record == ALLOTYPE_RECORD_SPLIT;
}

/* Is the segment live, and its site small enough for a freed record? */
static inline int allotype_record_is_plain(uint32_t record)
{
	return (int32_t)record <
	       (int32_t)(ALLOTYPE_RECORD_LIVE | ALLOTYPE_RECORD_PAIR);
}

/* What the record of a plain live segment becomes when the site with
 * FREE_INDEX, not 0, frees it. */
static inline uint32_t allotype_record_freed(uint32_t record,
					     uint32_t free_index)
{
	return (record & ALLOTYPE_FREED_SITE_MAX
				 << ALLOTYPE_RECORD_SITE_SHIFT) |
	       free_index;
}

/* The descriptor of a slot. */
struct allotype_slot {
	uint32_t record; /* as that of a segment, without slack */
	uint32_t next;   /* of a free one: the next of its stack; 0: none */
};

enum allotype_run_state {
	ALLOTYPE_RUN_NONE, /* no run begins at this page */
	ALLOTYPE_RUN_LIVE,
	ALLOTYPE_RUN_FREED,
	ALLOTYPE_RUN_SPLIT, /* in use, but by parts */
	ALLOTYPE_RUN_RETIRED, /* freed, but not given out again yet */
};

/* The descriptor of a run, at the index of its first page. */
struct allotype_run {
	uint64_t size;      /* exactly what was asked for */
	uint32_t pages;     /* its length */
	uint32_t previous;  /* pages of the run before it; 0: none */
	uint32_t site;      /* live: site; else: pair of sites, 0: none */
	uint16_t region;    /* index */
	uint8_t state;      /* enum allotype_run_state */
	uint8_t zero;       /* reads as zeros (freed runs) */
	uint64_t next_free, previous_free;
	uint32_t dirty;     /* of a free run: pages with memory, at most */
	uint32_t pad;
};

/*
 * A part of a segment or a run that was one object and is several.  The
 * first part begins where the segment or run does; the parts cover it.
 */
#define ALLOTYPE_PART_BITS 14

enum allotype_part_state {
	ALLOTYPE_PART_UNUSED, /* never was an object */
	ALLOTYPE_PART_LIVE,
	ALLOTYPE_PART_FREED,
	ALLOTYPE_PART_NONE,   /* no part any more: waits for use */
};

struct allotype_part {
	uint64_t base, limit; /* its room */
	uint64_t size;        /* exactly what was asked for */
	uint64_t next;        /* part of the same, by address; 0: none */
	uint64_t head;        /* the first part of the same */
	uint64_t chain;       /* next of the same bucket */
	uint32_t site;        /* live: site; freed: pair of sites */
	uint32_t state;       /* enum allotype_part_state */
	uint32_t live;        /* of a head: how many parts are live */
	uint32_t pad;
};

/* The bucket of a part that begins at BASE. */
static inline uint32_t allotype_part_bucket(uint64_t base)
{
	return (uint32_t)(((base >> 4) * UINT64_C(0x9e3779b97f4a7c15)) >>
			  (64 - ALLOTYPE_PART_BITS));
}

/*
 * Samples of what was allocated, with their call chains, when the option
 * profile_sample asks for them.  Of an allocation that takes N bytes (a
 * segment's size, whatever was asked for, or what was asked for of a big one)
 * the probability to be one is 1 - e^(-N / period).
 */
#define ALLOTYPE_SAMPLE_BITS 12
#define ALLOTYPE_CHAIN_MAX 64 /* callers */
/* Estimated numbers of objects are in such parts of one. */
#define ALLOTYPE_SAMPLE_UNIT 4096

struct allotype_profile {
	uint64_t period;
	/* uint64_t[1 << ALLOTYPE_SAMPLE_BITS]: live struct allotype_sample by
	 * where the objects begin, chained. */
	uint64_t samples;
	uint64_t chains;      /* struct allotype_chain, newest first */
	uint32_t chain_count; /* numbers given so far */
	uint32_t lost;        /* samples there was no room for */
};

/* Chains are never removed; only the estimates change. */
struct allotype_chain {
	uint64_t next;    /* older one, or 0 */
	uint64_t bucket;  /* the runtime's own */
	/* Of all that was ever allocated with this chain. */
	uint64_t objects; /* in units */
	uint64_t bytes;
	uint32_t number;  /* from 1 */
	uint32_t site;
	/* Newer files than the one with this serial lie in the place of
	 * closed ones. */
	uint32_t file;
	uint32_t depth;
	uint64_t callers[]; /* return addresses, the innermost first */
};

struct allotype_sample {
	uint64_t base;   /* of the object; 0: waits for use */
	uint64_t size;   /* exactly what was asked for */
	uint64_t chain;
	uint64_t weight; /* how many objects it stands for, in units */
	uint64_t next;   /* of the same bucket, or 0 */
	uint32_t site;
	uint32_t pad;
};

/* How many bytes objects of SIZE bytes stand for. */
static inline uint64_t allotype_sample_bytes(uint64_t size, uint64_t weight)
{
	return size / ALLOTYPE_SAMPLE_UNIT * weight +
	       size % ALLOTYPE_SAMPLE_UNIT * weight / ALLOTYPE_SAMPLE_UNIT;
}

/* The bucket of a sample whose object begins at BASE. */
static inline uint32_t allotype_sample_bucket(uint64_t base)
{
	return (uint32_t)(((base >> 4) * UINT64_C(0x9e3779b97f4a7c15)) >>
			  (64 - ALLOTYPE_SAMPLE_BITS));
}

#endif
