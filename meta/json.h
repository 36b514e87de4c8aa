/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON (RFC 8259), a value at a time, to a stdio stream. */
#ifndef META_JSON_H
#define META_JSON_H

#include <stdio.h>

/* A string with its quotes; null for NULL.  Bytes that are not UTF-8 become
 * U+FFFD: JSON has no other way to say them. */
void json_write_string(FILE *stream, const char *string);

#endif
