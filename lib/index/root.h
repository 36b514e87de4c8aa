/* SPDX-License-Identifier: Apache-2.0 */
/* The root of the published index, of this process. */
#ifndef INDEX_ROOT_H
#define INDEX_ROOT_H

#include "allotype/index.h"

extern struct allotype_index allotype_index;

#endif
