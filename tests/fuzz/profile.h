/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a profile of the heap and holds it against the model. */
#ifndef FUZZ_PROFILE_H
#define FUZZ_PROFILE_H

/* FD: a file that alloc_profile_write_fd filled while nothing was at work. */
void profile_check(int fd);

#endif
