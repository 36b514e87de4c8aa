/* SPDX-License-Identifier: Apache-2.0 */
#include "index/root.h"

/* The one symbol that readers outside look for (allotype/index.h). */
struct allotype_index allotype_index
	__attribute__((visibility("default"))) = {
		.magic = ALLOTYPE_INDEX_MAGIC,
		.version = ALLOTYPE_INDEX_VERSION,
		.size = sizeof(struct allotype_index),
	};
