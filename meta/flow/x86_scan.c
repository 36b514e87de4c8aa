/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/x86_scan.h"

#include "meta/flow/x86.h"

/* call/jmp *mem and *reg: opcode FF /2 and /4. */
static bool classify_indirect(const struct x86 *x,
			      struct decoder_mention *m, uint64_t next)
{
	if (x->reg != 2 && x->reg != 4)
		return false;
	if (x->mod == 0 && x->rm == 5) {
		m->kind = x->reg == 2 ? DECODER_CALL_SLOT : DECODER_JUMP_SLOT;
		m->target = next + (uint64_t)x->displacement;
	} else {
		m->kind = x->reg == 2 ? DECODER_CALL_INDIRECT
				      : DECODER_JUMP_INDIRECT;
	}
	return true;
}

static bool classify_one_byte(const struct x86 *x, struct decoder_mention *m)
{
	uint64_t next = m->address + m->size;

	switch (x->opcode) {
	case 0xe8:
		m->kind = DECODER_CALL;
		m->target = next + (uint64_t)x->immediate;
		return true;
	case 0xe9: case 0xeb:
	case 0x70 ... 0x7f:
		m->kind = DECODER_JUMP;
		m->target = next + (uint64_t)x->immediate;
		return true;
	case 0x8d:
		m->kind = DECODER_ADDRESS;
		m->target = next + (uint64_t)x->displacement;
		return x->wide && x->mod == 0 && x->rm == 5;
	case 0xb8 ... 0xbf:
		m->kind = DECODER_ADDRESS;
		m->target = (uint32_t)x->immediate;
		return !x->wide && !x->half;
	case 0xff:
		return classify_indirect(x, m, next);
	case 0xc2: case 0xc3:
		m->kind = DECODER_LEAVE;
		return true;
	default:
		return false;
	}
}

static bool classify_mention(const struct x86 *x, struct decoder_mention *m)
{
	m->target = 0;
	if (x->map == X86_ONE_BYTE)
		return classify_one_byte(x, m);
	if (x->map != X86_0F || (x->opcode & 0xf0) != 0x80)
		return false;
	m->kind = DECODER_JUMP;
	m->target = m->address + m->size + (uint64_t)x->immediate;
	return true;
}

bool x86_scan(struct x86_slow *slow, const unsigned char *code, size_t size,
	      uint64_t address, decoder_visit *visit, void *context)
{
	struct decoder_mention mention;
	struct x86 x;

	while (size) {
		size_t length = 1;

		mention.address = address;
		if (x86_parse(code, size, &x)) {
			length = mention.size = x.size;
			if (classify_mention(&x, &mention) &&
			    !visit(context, &mention))
				return false;
		} else {
			length = x86_slow_length(slow, code, size);
		}
		code += length;
		size -= length;
		address += length;
	}
	return true;
}
