/* SPDX-License-Identifier: Apache-2.0 */
/* Packs the strings of a metadata file (meta/FORMAT.md). */
#ifndef META_TEXT_H
#define META_TEXT_H

#include "meta/image.h"

/* The text in IMAGE's section of strings, in its place and in string blocks.
 * The image remembers when memory is exhausted. */
void text_pack(struct image *image);

#endif
