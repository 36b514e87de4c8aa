/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process or a core file to look into.  Nothing here changes it or stops
 * it, but for the moment it takes to read a thread's registers.
 *
 * Failures are explained by one line on standard error before a function
 * returns, unless it says otherwise.
 */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allotype/index.h"
#include "base/space.h"
#include "base/status.h"
#include "index/unwind.h"
#include "target/cache.h"

enum { TARGET_PATH_MAX = 4096 };

/* Sorted by base, disjoint. */
struct target_mapping {
	uint64_t base, limit;
	uint64_t offset;     /* in the file */
	uint32_t protection; /* PROT_* */
	bool shared;
	bool deleted;        /* the file has no name any more */
	char *path;          /* a file, or "[stack]" and its like; or NULL */
};

struct target;

/* What differs between processes, core files and a debugger's process. */
struct target_operations {
	/* Complete the registers of FRAME for thread TID; silent. */
	enum status (*registers)(struct target *target, int tid,
				 struct unwind_frame *frame);
	void (*close)(struct target *target);
};

struct target {
	const struct target_operations *operations;
	char *label;         /* as the user named it: for messages */
	int pid;             /* of a core file: what it was */
	bool is_core;
	struct space source; /* memory as it is */
	struct cache cache;  /* and through a cache: see target_space */
	struct target_mapping *mappings;
	size_t mapping_count;
	void *own;           /* of the implementation */
	uint64_t index_address;
	struct allotype_index index; /* after target_find_runtime */
};

/* NAME is a process ID or the path of a core file. */
enum status target_open(const char *name, struct target **target);
void target_close(struct target *target);

static inline const struct space *target_space(const struct target *target)
{
	return &target->cache.space;
}

/* NULL when nothing is mapped there. */
const struct target_mapping *target_mapping_at(const struct target *target,
					       uint64_t address);

/* Finds the runtime's published index and checks it. */
enum status target_find_runtime(struct target *target);
/* Both: opens NAME, which must have the runtime in it. */
enum status target_open_runtime(const char *name, struct target **target);

/*
 * Where the file that the target knows as PATH may be found: candidate N,
 * from 0; false past the last one.  The caller checks build IDs.
 */
bool target_file_candidate(const struct target *target, const char *path,
			   unsigned int n, char candidate[TARGET_PATH_MAX]);

/* A NUL-terminated string of the target, cut to fit; silent. */
enum status target_read_string(const struct target *target, uint64_t address,
			       char *buffer, size_t size);

/* ---- for the implementations ---- */

/* TARGET is zeroed but for what they know: label and own. */
enum status process_open(struct target *target, int pid);
enum status core_open(struct target *target, const char *path);
/* Reads /proc/PID/maps; silent: SYSTEM and errno. */
enum status maps_read(int pid, struct target_mapping **mappings,
		      size_t *count);
void maps_free(struct target_mapping *mappings, size_t count);

#endif
