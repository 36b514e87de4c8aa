/* SPDX-License-Identifier: Apache-2.0 */
/* allotype heap --pprof: the profile that alloc_profile_write writes, made
 * from outside. */
#ifndef TOOLS_PPROF_H
#define TOOLS_PPROF_H

#include "query/view.h"

/* Writes the live heap to PATH, whole or not at all, or to standard output if
 * that is "-".  Complains and returns EXIT_NO_ANSWER on failure. */
int pprof_write(const struct query_view *view, const char *path);

#endif
