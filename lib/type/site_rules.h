/* SPDX-License-Identifier: Apache-2.0 */
/* What metadata knows about the return address of an allocating call. */
#ifndef TYPE_SITE_RULES_H
#define TYPE_SITE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "heap/sites.h"

/* The heap's resolver (sites_set_resolver): which file and offset, and how
 * to step out if it is a wrapper's.  False for an address of no file.  Waits
 * for no lock of ours; calls nothing that allocates. */
bool site_rules_resolve(uint64_t return_address, struct site_origin *origin);

#endif
