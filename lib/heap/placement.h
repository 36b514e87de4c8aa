/* SPDX-License-Identifier: Apache-2.0 */
/*
 * placement=site: small objects of malloc lie together with those of their
 * allocation site and size class only, in memory that never serves another.
 * Each such pair becomes a kind when it first allocates.
 */
#ifndef HEAP_PLACEMENT_H
#define HEAP_PLACEMENT_H

#include "base/options.h"

static inline bool placement_is_by_site(void)
{
	return options.placement == OPTION_PLACEMENT_SITE;
}

/* The kind for what SITE allocates of SIZE_CLASS; SIZE_CLASS itself when there
 * is no room for more kinds.  Takes kinds_lock for a new one. */
unsigned int placement_kind(uint32_t site, unsigned int size_class);

#endif
