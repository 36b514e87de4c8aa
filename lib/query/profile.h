/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live heap as a profile for pprof (profile.proto of
 * github.com/google/pprof, not compressed): objects and bytes by allocation
 * site.  Every allocation is recorded, so nothing is estimated; a chain has
 * one location, the site.  Where samples are taken (profile_sample), instead
 * what they stand for, by call chain: what lives, and all that ever was
 * allocated.
 */
#ifndef QUERY_PROFILE_H
#define QUERY_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "query/view.h"

struct profile_sink {
	/* Takes SIZE bytes; false, and the profile ends there. */
	bool (*write)(struct profile_sink *sink, const void *bytes,
		      size_t size);
};

/* Allocates by the system only, and gives it back.  STATUS_SYSTEM: the sink
 * took no more; NO_MEMORY; NOT_FOUND: there is no heap yet. */
enum status query_profile_write(const struct query_view *view,
				struct profile_sink *sink);

#endif
