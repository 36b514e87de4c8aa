/* SPDX-License-Identifier: Apache-2.0 */
#include "allotype.h"
#include "base/export.h"

EXPORT_API const char *alloc_status_text(enum alloc_status status)
{
	switch (status) {
	case ALLOC_OK:
		return "known";
	case ALLOC_NOT_PRESENT:
		return "the runtime is not present";
	case ALLOC_UNMAPPED:
		return "nothing is mapped there";
	case ALLOC_NO_METADATA:
		return "no metadata";
	case ALLOC_NO_TYPE:
		return "the metadata knows none";
	case ALLOC_FREED:
		return "freed";
	case ALLOC_UNUSED:
		return "unused heap memory";
	case ALLOC_INVALID:
		return "invalid arguments";
	case ALLOC_NO_SPACE:
		return "the buffer is too small";
	case ALLOC_NO_MEMORY:
		return "memory is exhausted";
	case ALLOC_DENIED:
		return "the system does not allow it";
	}
	return "unknown status";
}
