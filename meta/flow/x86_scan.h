/* SPDX-License-Identifier: Apache-2.0 */
/* decoder_scan for x86-64. */
#ifndef META_FLOW_X86_SCAN_H
#define META_FLOW_X86_SCAN_H

#include "meta/flow/decode.h"
#include "meta/flow/x86_slow.h"

bool x86_scan(struct x86_slow *slow, const unsigned char *code, size_t size,
	      uint64_t address, decoder_visit *visit, void *context);

#endif
