/* SPDX-License-Identifier: Apache-2.0 */
/* Thread-local variables: where they are from the thread pointer, and what
 * symbols say of them. */
#ifndef META_DWARF_THREADS_H
#define META_DWARF_THREADS_H

struct thread_names;

void thread_names_destroy(struct thread_names *names);

#endif
