/* SPDX-License-Identifier: Apache-2.0 */
/* The definitions behind our doors: those of the next library, mostly libc.
 * Looked up on first use.  NULL when there is none. */
#ifndef PRELOAD_REAL_H
#define PRELOAD_REAL_H

enum real_function {
	REAL_DLOPEN,
	REAL_DLMOPEN,
	REAL_DLCLOSE,
	REAL_PTHREAD_CREATE,
	REAL_COUNT,
};

void *real_find(enum real_function function);

#endif
