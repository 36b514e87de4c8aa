/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/aarch64_scan.h"

#include <elf.h>
#include <string.h>

#include "meta/flow/aarch64.h"

/* What a register holds, by the instructions before. */
enum holding {
	HOLDING_NOTHING,
	HOLDING_ADDRESS,  /* maybe a page's, to which more is added */
	HOLDING_CONTENT,  /* of the word at an address */
};

struct scan {
	uint64_t values[MACHINE_GENERAL_COUNT];
	uint8_t holdings[MACHINE_GENERAL_COUNT]; /* enum holding */
	const struct abi *abi;
	decoder_visit *visit;
	void *context;
};

static bool is_tracked(const struct machine_operand *operand)
{
	return operand->kind == MACHINE_REGISTER &&
	       operand->reg < MACHINE_GENERAL_COUNT;
}

static void hold(struct scan *scan, const struct machine_operand *to,
		 enum holding holding, uint64_t value)
{
	if (!is_tracked(to))
		return;
	scan->holdings[to->reg] = to->size == 8 ? (uint8_t)holding
						: HOLDING_NOTHING;
	scan->values[to->reg] = value;
}

static void forget(struct scan *scan, uint64_t destroyed)
{
	for (unsigned int reg = 0; reg < MACHINE_GENERAL_COUNT; reg++)
		if (destroyed >> reg & 1)
			scan->holdings[reg] = HOLDING_NOTHING;
}

/* The address of a memory operand, when it is known. */
static bool address_of(const struct scan *scan,
		       const struct machine_operand *memory, uint64_t *address)
{
	*address = (uint64_t)memory->value;
	if (machine_is_absolute(memory))
		return true;
	if (memory->kind != MACHINE_MEMORY ||
	    memory->index != MACHINE_NO_REGISTER ||
	    memory->reg >= MACHINE_GENERAL_COUNT ||
	    scan->holdings[memory->reg] != HOLDING_ADDRESS)
		return false;
	*address += scan->values[memory->reg];
	return true;
}

static bool tell(const struct scan *scan, const struct machine_insn *step,
		 enum decoder_mention_kind kind, uint64_t target)
{
	struct decoder_mention mention = {
		.address = step->address, .target = target,
		.kind = (uint8_t)kind, .size = AARCH64_INSN,
	};

	return scan->visit(scan->context, &mention);
}

static bool tell_jump(const struct scan *scan, const struct machine_insn *step)
{
	const struct machine_operand *from = &step->from;
	bool call = step->operation == MACHINE_CALL;

	if (from->kind == MACHINE_IMMEDIATE)
		return tell(scan, step, call ? DECODER_CALL : DECODER_JUMP,
			    (uint64_t)from->value);
	if (is_tracked(from) && scan->holdings[from->reg] == HOLDING_CONTENT)
		return tell(scan, step,
			    call ? DECODER_CALL_SLOT : DECODER_JUMP_SLOT,
			    scan->values[from->reg]);
	return tell(scan, step,
		    call ? DECODER_CALL_INDIRECT : DECODER_JUMP_INDIRECT, 0);
}

static bool scan_move(struct scan *scan, const struct machine_insn *step)
{
	const struct machine_operand *from = &step->from;
	uint64_t address;

	if (is_tracked(from))
		hold(scan, &step->to, scan->holdings[from->reg],
		     scan->values[from->reg]);
	else if (from->size == 8 && address_of(scan, from, &address))
		hold(scan, &step->to, HOLDING_CONTENT, address);
	else
		hold(scan, &step->to, HOLDING_NOTHING, 0);
	return true;
}

static bool scan_address(struct scan *scan, const struct machine_insn *step)
{
	uint64_t address;

	if (!address_of(scan, &step->from, &address)) {
		hold(scan, &step->to, HOLDING_NOTHING, 0);
		return true;
	}
	hold(scan, &step->to, HOLDING_ADDRESS, address);
	return step->operation == MACHINE_PAGE ||
	       tell(scan, step, DECODER_ADDRESS, address);
}

static bool scan_step(struct scan *scan, const struct machine_insn *step)
{
	bool goes_on;

	switch (step->operation) {
	case MACHINE_CALL:
		goes_on = tell_jump(scan, step);
		forget(scan, machine_call_destroys(scan->abi));
		return goes_on;
	case MACHINE_JUMP:
	case MACHINE_BRANCH:
		return tell_jump(scan, step);
	case MACHINE_RETURN:
		return tell(scan, step, DECODER_LEAVE, 0);
	case MACHINE_MOVE:
		return scan_move(scan, step);
	case MACHINE_PAGE:
	case MACHINE_ADDRESS:
		return scan_address(scan, step);
	default:
		hold(scan, &step->to, HOLDING_NOTHING, 0);
		forget(scan, step->destroyed);
		return true;
	}
}

bool aarch64_scan(const unsigned char *code, size_t size, uint64_t address,
		  decoder_visit *visit, void *context)
{
	struct scan scan = {
		.visit = visit, .context = context,
		.abi = abi_of(EM_AARCH64),
	};

	for (; size >= AARCH64_INSN; size -= AARCH64_INSN) {
		struct machine_insn steps[MACHINE_PARTS];
		unsigned int count = aarch64_read(code, size, address, steps);

		for (unsigned int i = 0; i < count; i++)
			if (!scan_step(&scan, &steps[i]))
				return false;
		code += AARCH64_INSN;
		address += AARCH64_INSN;
	}
	return true;
}
