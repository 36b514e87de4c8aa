/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/code.h"

#include <stdlib.h>
#include <string.h>

#include "meta/flow/table.h"

#define INSNS_MOST (1u << 18) /* of one function; the rest is not seen */

/* While reading: leaders mark the first instructions of blocks. */
struct reader {
	struct code *code;
	struct debuginfo *info;
	const struct model *model;
	bool *leader;
	uint32_t *block_of;    /* of each instruction */
	uint32_t *unreached;   /* instructions that only a table can reach */
	uint32_t unreached_count;
	bool *tabled;          /* instructions that a table leads to */
	struct tables tables;
	uint32_t insn_capacity, successor_capacity;
	bool (*no_return)(void *context, const struct machine_insn *call);
	void *context;
};

void code_deinit(struct code *code)
{
	free(code->insns);
	free(code->cfa);
	free(code->blocks);
	free(code->successors);
	memset(code, 0, sizeof *code);
}

uint32_t code_find(const struct code *code, uint64_t address)
{
	uint32_t low = 0, high = code->insn_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (code->insns[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < code->insn_count && code->insns[low].address == address)
		return low;
	return MODEL_NONE;
}

static enum status append_insns(struct reader *r,
				const struct machine_insn *added,
				unsigned int count)
{
	struct code *code = r->code;
	struct machine_insn *insns;

	if (code->insn_count + count > r->insn_capacity) {
		uint32_t capacity = r->insn_capacity ? r->insn_capacity * 2
						     : 256;

		insns = reallocarray(code->insns, capacity, sizeof *insns);
		if (!insns)
			return STATUS_NO_MEMORY;
		code->insns = insns;
		r->insn_capacity = capacity;
	}
	memcpy(code->insns + code->insn_count, added, count * sizeof *added);
	code->insn_count += count;
	return STATUS_OK;
}

static enum status decode_range(struct reader *r, struct decoder *decoder,
				const struct model_range *range)
{
	uint64_t size = range->high - range->low;
	const unsigned char *bytes;
	uint64_t done = 0;

	bytes = debuginfo_code(r->info, range->low, size);
	if (!bytes)
		return STATUS_OK;
	while (done < size && r->code->insn_count < INSNS_MOST) {
		struct machine_insn parts[MACHINE_PARTS];
		unsigned int count = decoder_read(decoder, bytes + done,
						  size - done,
						  range->low + done, parts);
		enum status status;

		if (!count)
			break;
		status = append_insns(r, parts, count);
		if (status)
			return status;
		done += parts[count - 1].size;
	}
	return STATUS_OK;
}

static bool ends_block(const struct reader *r, const struct machine_insn *in)
{
	switch (in->operation) {
	case MACHINE_JUMP:
	case MACHINE_BRANCH:
	case MACHINE_RETURN:
	case MACHINE_STOP:
		return true;
	case MACHINE_CALL:
		return r->no_return && r->no_return(r->context, in);
	default:
		return false;
	}
}

static bool is_direct_jump(const struct machine_insn *in)
{
	return (in->operation == MACHINE_JUMP ||
		in->operation == MACHINE_BRANCH) &&
	       in->from.kind == MACHINE_IMMEDIATE;
}

static void mark_leaders(struct reader *r)
{
	struct code *code = r->code;

	for (uint32_t i = 0; i < code->insn_count; i++) {
		const struct machine_insn *in = &code->insns[i];
		bool further = i && !in[-1].size; /* step of an instruction */

		if (!further && (i == 0 ||
				 in[-1].address + in[-1].size != in->address ||
				 in->address == code->function->entry))
			r->leader[i] = true;
		if (ends_block(r, in) && i + 1 < code->insn_count)
			r->leader[i + 1] = true;
		if (is_direct_jump(in)) {
			uint32_t target = code_find(
				code, (uint64_t)in->from.value);

			if (target != MODEL_NONE)
				r->leader[target] = true;
		}
	}
}

/* Does nothing fall into what follows the instruction? */
static bool leaves(const struct machine_insn *in)
{
	return in->operation == MACHINE_JUMP ||
	       in->operation == MACHINE_RETURN ||
	       in->operation == MACHINE_STOP;
}

/* Block starts that no direct jump and no table reaches and nothing falls
 * into: what those tables of this function lead to that cannot be read. */
static void find_unreached(struct reader *r)
{
	struct code *code = r->code;
	bool *reached = calloc(code->insn_count, sizeof *reached);
	bool left = false;

	r->unreached = calloc(code->insn_count, sizeof *r->unreached);
	if (!reached || !r->unreached) {
		free(reached);
		return;
	}
	for (uint32_t i = 0; i < code->insn_count; i++) {
		const struct machine_insn *in = &code->insns[i];
		uint32_t target = MODEL_NONE;

		if (is_direct_jump(in))
			target = code_find(code, (uint64_t)in->from.value);
		if (target != MODEL_NONE)
			reached[target] = true;
	}
	for (uint32_t i = 0; i < code->insn_count; i++) {
		const struct machine_insn *in = &code->insns[i];

		left &= !reached[i] && !r->tabled[i];
		if (in->operation == MACHINE_NOTHING)
			continue; /* padding goes with what follows */
		if (left)
			r->unreached[r->unreached_count++] = i;
		left = leaves(in);
	}
	for (uint32_t i = 0; i < r->unreached_count; i++)
		r->leader[r->unreached[i]] = true;
	free(reached);
}

static void visit_leader(void *context, uint32_t insn)
{
	struct reader *r = context;

	r->leader[insn] = true;
	r->tabled[insn] = true;
}

static bool is_table_jump(const struct machine_insn *in)
{
	return in->operation == MACHINE_JUMP &&
	       in->from.kind != MACHINE_IMMEDIATE &&
	       !machine_is_absolute(&in->from);
}

static void mark_table_leaders(struct reader *r)
{
	bool unread = false;

	for (uint32_t i = 0; i < r->code->insn_count; i++)
		if (is_table_jump(&r->code->insns[i]))
			unread |= !tables_visit(&r->tables, i, visit_leader,
						r);
	if (unread)
		find_unreached(r);
}

static enum status cut_blocks(struct reader *r)
{
	struct code *code = r->code;
	uint32_t count = 0;

	for (uint32_t i = 0; i < code->insn_count; i++)
		count += r->leader[i];
	code->blocks = calloc(count, sizeof *code->blocks);
	if (!code->blocks)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < code->insn_count; i++) {
		if (r->leader[i])
			code->blocks[code->block_count++].first = i;
		code->blocks[code->block_count - 1].count++;
		r->block_of[i] = code->block_count - 1;
		if (code->insns[i].address == code->function->entry)
			code->entry = code->block_count - 1;
	}
	return STATUS_OK;
}

static void add_successor(void *context, uint32_t insn)
{
	struct reader *r = context;
	struct code *code = r->code;

	if (code->successor_count == r->successor_capacity) {
		uint32_t capacity = r->successor_capacity
					    ? r->successor_capacity * 2 : 256;
		uint32_t *at = reallocarray(code->successors, capacity,
					    sizeof *at);

		if (!at)
			return;
		code->successors = at;
		r->successor_capacity = capacity;
	}
	code->successors[code->successor_count++] = r->block_of[insn];
}

static void link_block(struct reader *r, struct code_block *block)
{
	struct code *code = r->code;
	uint32_t last = block->first + block->count - 1;
	const struct machine_insn *in = &code->insns[last];
	bool falls = !ends_block(r, in) || in->operation == MACHINE_BRANCH;

	block->successor_first = code->successor_count;
	if (is_direct_jump(in)) {
		uint32_t target = code_find(code, (uint64_t)in->from.value);

		if (target != MODEL_NONE)
			add_successor(r, target);
	} else if (is_table_jump(in) &&
		   !tables_visit(&r->tables, last, add_successor, r)) {
		for (uint32_t i = 0; i < r->unreached_count; i++)
			add_successor(r, r->unreached[i]);
	}
	if (falls && last + 1 < code->insn_count &&
	    in->address + in->size == in[1].address)
		add_successor(r, last + 1);
	block->successor_count = code->successor_count -
				 block->successor_first;
}

static enum status read_rules(struct reader *r)
{
	struct code *code = r->code;
	struct cfa_rule rule = { 0 };

	code->cfa = calloc(code->insn_count, sizeof *code->cfa);
	if (!code->cfa)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < code->insn_count; i++) {
		uint64_t pc = code->insns[i].address;

		if ((pc < rule.low || pc >= rule.high) &&
		    !debuginfo_cfa_rule(r->info, pc, &rule)) {
			memset(&rule, 0, sizeof rule);
			continue;
		}
		code->cfa[i].known = true;
		code->cfa[i].reg = rule.reg;
		code->cfa[i].offset = rule.offset;
	}
	return STATUS_OK;
}

static enum status read_blocks(struct reader *r)
{
	struct code *code = r->code;
	enum status status;

	r->leader = calloc(code->insn_count, sizeof *r->leader);
	r->tabled = calloc(code->insn_count, sizeof *r->tabled);
	r->block_of = calloc(code->insn_count, sizeof *r->block_of);
	if (!r->leader || !r->tabled || !r->block_of)
		return STATUS_NO_MEMORY;
	mark_leaders(r);
	status = tables_init(&r->tables, r->info, r->code);
	if (status)
		return status;
	mark_table_leaders(r);
	status = cut_blocks(r);
	for (uint32_t i = 0; !status && i < code->block_count; i++)
		link_block(r, &code->blocks[i]);
	return status ? status : read_rules(r);
}

enum status code_read(struct debuginfo *info, const struct model *model,
		      struct decoder *decoder,
		      const struct model_function *function,
		      bool (*no_return)(void *context,
					const struct machine_insn *call),
		      void *context, struct code *code)
{
	struct reader r = {
		.code = code, .info = info, .model = model,
		.no_return = no_return, .context = context,
	};
	enum status status = STATUS_OK;

	memset(code, 0, sizeof *code);
	code->abi = abi_of(model->machine);
	code->function = function;
	for (uint32_t i = 0; !status && i < function->range_count; i++)
		status = decode_range(&r, decoder,
			&model->ranges.at[function->range_first + i]);
	if (!status)
		status = code->insn_count ? read_blocks(&r)
					  : STATUS_NOT_FOUND;
	free(r.leader);
	free(r.block_of);
	free(r.unreached);
	tables_deinit(&r.tables);
	free(r.tabled);
	if (status)
		code_deinit(code);
	return status;
}
