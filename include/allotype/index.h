/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published index: what a debugger, the allotype command or a core file
 * reader needs to find everything the runtime knows.  All addresses are
 * addresses of the process that runs the runtime, kept as integers, so that
 * one layout serves readers inside and outside.  All numbers little-endian.
 *
 * Readers find `allotype_index` through the dynamic symbol table of
 * liballotype.so, check magic and version, and follow it.  Nodes are
 * published complete and only ever appended; a reader never needs a lock.
 */
#ifndef ALLOTYPE_INDEX_H
#define ALLOTYPE_INDEX_H

#include <stdint.h>

#define ALLOTYPE_INDEX_MAGIC 0x3130584449594c41ULL /* "ALYIDX01" */
#define ALLOTYPE_INDEX_VERSION 2
#define ALLOTYPE_BUILD_ID_MAX 64

struct allotype_index {
	uint64_t magic;
	uint32_t version;
	uint32_t size;       /* of this struct */
	uint64_t heap;       /* struct allotype_heap, see heap_layout.h */
	uint64_t sites;      /* struct allotype_site_table */
	uint64_t files;      /* struct allotype_file, newest first; 0: none */
	uint64_t threads;    /* struct allotype_thread, newest first */
	uint64_t mappings;   /* struct allotype_mappings, replaced as a whole */
	uint64_t start;      /* struct allotype_start */
};

/* Allocation sites, by id; id 0 means unknown. */
struct allotype_site {
	uint64_t address;  /* return address, as it was when first met */
	uint64_t offset;   /* the same in the file: link-time address */
	uint32_t file;     /* serial of its allotype_file; 0: none */
	uint32_t flags;    /* enum allotype_site_flag */
	/* The site of a call further inside, in a library that was stepped
	 * out of, which knows the type; 0: this one does. */
	uint32_t typed;
	uint32_t pad;
};
enum allotype_site_flag {
	/* The call lies in a wrapper that could not be stepped out of. */
	ALLOTYPE_SITE_IN_WRAPPER = 1 << 0,
	/* Charged without metadata: names the direct caller. */
	ALLOTYPE_SITE_DIRECT = 1 << 1,
	/* No code: others name it in `typed'.  The program declared a type,
	 * whose content hash is `offset'; `address' is the type, inside. */
	ALLOTYPE_SITE_TYPE = 1 << 2,
};
/* Some freed segments, and freed runs, name a pair of sites. */
struct allotype_site_pair {
	uint32_t allocated;
	uint32_t freed;
};
struct allotype_site_table {
	uint64_t entries;  /* array of struct allotype_site */
	uint64_t pairs;    /* array of struct allotype_site_pair */
	uint32_t count;    /* published entries; grows, never shrinks */
	uint32_t pair_count;
	uint32_t capacity;
	uint32_t pair_capacity;
	/* uint32_t[free_count]: ids of the first sites that freed something;
	 * entry 0 is not used. */
	uint64_t free_sites;
	uint32_t free_count;
	uint32_t pad;
};

#define ALLOTYPE_DT_SYMBOL_COUNT 0x6e434153 /* in `dynamic` only */

/* A loaded ELF file.  Never removed: dlclose clears `loaded`. */
struct allotype_file {
	uint64_t next;          /* older one, or 0 */
	uint32_t serial;        /* from 1, unique in this process */
	uint32_t loaded;
	uint64_t bias;          /* address = link-time address + bias */
	uint64_t base, limit;   /* all its segments */
	uint64_t program_headers; /* address of Elf64_Phdr[]: a copy */
	uint32_t program_header_count;
	uint32_t build_id_size;
	uint8_t build_id[ALLOTYPE_BUILD_ID_MAX];
	/* Address of Elf64_Dyn[], or 0: a copy of what finds the dynamic
	 * symbols, with addresses.  Of a file that may be closed these are
	 * the addresses of copies, and ALLOTYPE_DT_SYMBOL_COUNT is there. */
	uint64_t dynamic;
	uint64_t eh_frame_hdr;  /* address, or 0 */
	uint64_t path;          /* NUL-terminated string */
	uint64_t metadata;      /* inside: handle of the mapped metadata, or 0 */
	uint64_t metadata_path; /* NUL-terminated string, or 0 */
};

struct allotype_thread {
	uint64_t next;
	uint32_t tid;
	uint32_t alive;
	uint64_t stack_base, stack_limit; /* lowest byte, one past highest */
	uint64_t tls_base, tls_limit;     /* 0 when unknown */
	uint64_t thread_pointer;
};

struct allotype_mapping {
	uint64_t base, limit;
	uint64_t offset;   /* in the file */
	uint64_t path;     /* NUL-terminated string, or 0 for anonymous */
	uint64_t site;     /* return address of the mmap call, or 0 */
	uint32_t protection; /* PROT_* */
	uint32_t flags;    /* enum allotype_mapping_flag */
};
enum allotype_mapping_flag {
	ALLOTYPE_MAPPING_SHARED = 1 << 0,
	ALLOTYPE_MAPPING_BRK = 1 << 1,
	ALLOTYPE_MAPPING_STACK = 1 << 2,
	ALLOTYPE_MAPPING_OWN = 1 << 3, /* the runtime's own */
	/* Of a file; path is not known to who called mmap, the kernel
	 * tells it. */
	ALLOTYPE_MAPPING_FILE = 1 << 4,
	/* Parts have other protections than the one given. */
	ALLOTYPE_MAPPING_MIXED = 1 << 5,
	/* Of a change only: nothing is mapped here any more. */
	ALLOTYPE_MAPPING_GONE = 1 << 6,
	/* Of a change only: what is mapped here has a new protection. */
	ALLOTYPE_MAPPING_PROTECTED = 1 << 7,
};

/*
 * Mappings that the program asked for, each as it was asked for: what the
 * kernel has merged or split is still one each.  `entries`, sorted and
 * disjoint, says how it was; changes number first_change and up, a later
 * one before an earlier one, what has become of it.  Change N lies in slot
 * N % change_slots and counts when its state is (N + 1) * 4 +
 * ALLOTYPE_CHANGE_READY, before and after it is read.  When there are more
 * changes than slots nothing here can be relied on.
 */
struct allotype_mappings {
	uint64_t generation;   /* of this array, from 1 */
	uint64_t count;        /* of entries */
	uint64_t first_change;
	uint64_t changes;      /* address of struct allotype_mapping_change[] */
	uint64_t change_slots;
	uint64_t change_count; /* address of the number of changes so far */
	struct allotype_mapping entries[];
};
struct allotype_mapping_change {
	uint64_t state;
	struct allotype_mapping mapping;
};
enum allotype_change_state {
	ALLOTYPE_CHANGE_WRITING,
	ALLOTYPE_CHANGE_PENDING, /* the system call has not returned */
	ALLOTYPE_CHANGE_READY,
	ALLOTYPE_CHANGE_VOID,    /* it failed */
};

/* What the kernel put at the top of the main thread's stack
 * (System V AMD64 psABI 3.4.1). */
struct allotype_start {
	uint64_t argc;
	uint64_t argv;      /* char *[argc + 1] */
	uint64_t envp;      /* char *[env_count + 1] */
	uint64_t env_count;
	uint64_t auxv;      /* Elf64_auxv_t[auxv_count], AT_NULL included */
	uint64_t auxv_count;
	uint64_t strings, strings_limit; /* argument and environment text */
};

#endif
