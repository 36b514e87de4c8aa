/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/decode.h"

#include <elf.h>
#include <stdlib.h>

#include "meta/flow/aarch64.h"
#include "meta/flow/aarch64_scan.h"
#include "meta/flow/x86.h"
#include "meta/flow/x86_scan.h"
#include "meta/flow/x86_slow.h"

struct decoder {
	struct x86_slow *x86; /* NULL: AArch64 */
};

struct decoder *decoder_create(uint16_t machine)
{
	struct decoder *d;

	if (machine != EM_X86_64 && machine != EM_AARCH64)
		return NULL;
	d = calloc(1, sizeof *d);
	if (!d || machine == EM_AARCH64)
		return d;
	d->x86 = x86_slow_create();
	if (!d->x86) {
		free(d);
		return NULL;
	}
	return d;
}

void decoder_destroy(struct decoder *decoder)
{
	if (!decoder)
		return;
	x86_slow_destroy(decoder->x86);
	free(decoder);
}

unsigned int decoder_read(struct decoder *decoder, const unsigned char *code,
			  size_t size, uint64_t address,
			  struct machine_insn insns[MACHINE_PARTS])
{
	if (!decoder->x86)
		return aarch64_read(code, size, address, insns);
	return x86_read(code, size, address, insns) ||
	       x86_slow_read(decoder->x86, code, size, address, insns);
}

bool decoder_scan(struct decoder *decoder, const unsigned char *code,
		  size_t size, uint64_t address, decoder_visit *visit,
		  void *context)
{
	if (!decoder->x86)
		return aarch64_scan(code, size, address, visit, context);
	return x86_scan(decoder->x86, code, size, address, visit, context);
}
