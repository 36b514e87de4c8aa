/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/verify.h"

#include <string.h>

#include "meta/source/md5.h"

bool verify_text(const struct model_file *file, const char *text, size_t size,
		 struct timespec modified, struct timespec built)
{
	uint8_t digest[16];

	if (file && file->has_md5) {
		md5_digest(text, size, digest);
		return memcmp(digest, file->md5, sizeof digest) == 0;
	}
	if (modified.tv_sec != built.tv_sec)
		return modified.tv_sec < built.tv_sec;
	return modified.tv_nsec <= built.tv_nsec;
}
