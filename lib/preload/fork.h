/* SPDX-License-Identifier: Apache-2.0 */
/* The heap's handlers around fork(2): see fork.c. */
#ifndef PRELOAD_FORK_H
#define PRELOAD_FORK_H

/* As the heap comes up, before anybody else's: then ours run last before the
 * fork and first after it. */
void fork_register(void);

#endif
