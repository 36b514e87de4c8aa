/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing the runtime up: see init.c. */
#ifndef PRELOAD_INIT_H
#define PRELOAD_INIT_H

/* Everything but what the initial stack tells.  Done once, by the first
 * caller: a door of the loader, or our constructor. */
void init_index(void);

#endif
