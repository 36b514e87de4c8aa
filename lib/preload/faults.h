/* SPDX-License-Identifier: Apache-2.0 */
/* The story of a fault in the heap's own memory, with security=on. */
#ifndef PRELOAD_FAULTS_H
#define PRELOAD_FAULTS_H

/* Once, as the runtime comes up.  Does nothing without security=on, or when
 * the program has a handler, or none on purpose, already. */
void faults_init(void);

#endif
