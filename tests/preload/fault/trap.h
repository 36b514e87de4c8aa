/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes system calls for memory fail that one library makes, by a seccomp
 * filter on where the call comes from and a handler of its signal: for runs
 * by the hundred.  Calls of the program and of libc pass.
 */
#ifndef FAULT_TRAP_H
#define FAULT_TRAP_H

#include <stdbool.h>

/* For the library that holds ADDRESS, from now on and for ever, in all
 * threads and children; false where the system does not let us. */
bool trap_install(const void *address);
/* Call N from here on fails with ENOMEM, and all after it if REST. */
void trap_arm(unsigned long n, bool rest);
/* Calls since then. */
unsigned long trap_count(void);

#endif
