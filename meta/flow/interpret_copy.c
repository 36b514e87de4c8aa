/* SPDX-License-Identifier: Apache-2.0 */
/* Records that are copied to the beginning of allocations: by a function, or by
 * words, as compilers do it. */
#include "meta/flow/interpret.h"
#include "meta/flow/shape.h"

void interpret_note_header(struct walk *walk, const struct value *to,
			   const struct value *from)
{
	struct flow *flow = walk->point.flow;

	if (from->kind != VALUE_STACK || !from->is_pointer || from->type_offset ||
	    !shape_is_record(flow->model,
			     model_type_strip(flow->model, from->type)))
		return;
	for (uint32_t i = 0; i < to->origin_count; i++)
		if (!to->origins[i].delta)
			flow->sites[to->origins[i].site].written.header =
				from->type;
}

void interpret_note_behind(struct walk *walk, const struct value *to)
{
	for (uint32_t i = 0; i < to->origin_count; i++)
		if (to->origins[i].delta > 0 &&
		    to->origins[i].delta != VALUE_INSIDE)
			walk->point.flow->sites[to->origins[i].site]
				.written.copied = to->origins[i].delta;
}

/* What has loaded the register that INSN stores, in its block, a little before;
 * or NULL. */
static const struct machine_insn *find_load(const struct walk *walk,
					    const struct machine_insn *insn)
{
	enum { FAR = 4 };
	const struct machine_insn *first = walk->point.function->code.insns;

	for (const struct machine_insn *at = insn; at-- > first &&
						   insn - at <= FAR;)
		if (at->to.kind == MACHINE_REGISTER &&
		    at->to.reg == insn->from.reg)
			return at->operation == MACHINE_MOVE &&
				       at->from.kind == MACHINE_MEMORY &&
				       at->from.size == insn->to.size
				       ? at : NULL;
	return NULL;
}

/* Is the first number of the record BARE all of WORD bytes?  Then that may be all
 * that is copied. */
static bool begins_with(const struct model *model, uint32_t bare, uint64_t word)
{
	uint32_t scalar;

	return model_type_scalars_at(model, bare, 0, &scalar, 1, NULL) &&
	       model_type_size(model, scalar) >= word;
}

void interpret_note_word(struct walk *walk, const struct machine_insn *insn,
			 const struct value *to)
{
	const struct model *model = walk->point.flow->model;
	const struct machine_insn *load;
	struct value from;
	int64_t slot;

	if (insn->to.value || insn->to.size < sizeof(uint64_t) ||
	    !machine_is_register(&insn->from))
		return;
	load = find_load(walk, insn);
	if (!load || !memory_slot(&walk->point, &load->from, &slot))
		return;
	from = memory_stack_address(&walk->point, slot);
	if (from.is_pointer && from.type != MODEL_NONE &&
	    !begins_with(model, model_type_strip(model, from.type),
			 insn->to.size))
		interpret_note_header(walk, to, &from);
}
