/* SPDX-License-Identifier: Apache-2.0 */
/* The MD5 digest (RFC 1321), which DWARF 5 line tables name files by. */
#ifndef META_SOURCE_MD5_H
#define META_SOURCE_MD5_H

#include <stddef.h>
#include <stdint.h>

void md5_digest(const void *bytes, size_t size, uint8_t digest[16]);

#endif
