/* SPDX-License-Identifier: Apache-2.0 */
/* What the index has to do around a fork: called by the handlers of
 * preload, in the order of lock ranks. */
#ifndef INDEX_FORK_H
#define INDEX_FORK_H

void index_fork_prepare(void);
void index_fork_parent(void);
void index_fork_child(void);

#endif
