/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that objects begin with, before what they are made for. */
#ifndef META_FLOW_BALLOT_HEADER_H
#define META_FLOW_BALLOT_HEADER_H

#include "meta/flow/ballot.h"

/* Bytes, but for a record that is copied to their beginning, as a file's or
 * message's header is: a variable, and more just behind it, or what the size has
 * been added to. */
void ballot_collect_header(struct ballot *b);

/* A pointer further inside is kept, just behind a header, but as bytes: what
 * another one, somewhere inside, is kept or given on as. */
void ballot_collect_behind_header(struct ballot *b);

/* What is resized was pointed to by a pointer to its first element, less a header:
 * where that is as large as elements, it was taken for one. */
void ballot_skip_header(struct ballot *b);

#endif
