/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of allotype.  Each gets its own arguments, ARGUMENTS[0] being
 * its name, and returns the exit status. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stdbool.h>

#include "complain.h"

int command_run(int count, char *arguments[]);
int command_what(int count, char *arguments[]);
int command_heap(int count, char *arguments[]);
int command_meta(int count, char *arguments[]);

/* Writes out what the command printed; a full disk or a closed pipe turns
 * STATUS into EXIT_NO_ANSWER. */
int command_finish(int status);

#endif
