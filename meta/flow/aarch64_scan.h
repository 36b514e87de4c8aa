/* SPDX-License-Identifier: Apache-2.0 */
/* decoder_scan for AArch64, which makes addresses of several instructions. */
#ifndef META_FLOW_AARCH64_SCAN_H
#define META_FLOW_AARCH64_SCAN_H

#include "meta/flow/decode.h"

bool aarch64_scan(const unsigned char *code, size_t size, uint64_t address,
		  decoder_visit *visit, void *context);

#endif
