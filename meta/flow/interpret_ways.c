/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where ways meet.  Compilers let calls and stores that look alike share their
 * instructions, whatever object each of the ways is about: what is known of
 * one of them is lost where they meet, and is told by walking on from it alone.
 */
#include "meta/flow/interpret.h"

enum {
	SHORT_BLOCK = 24,       /* instructions of one that is walked again */
	LONG_BLOCK = 512,       /* more than that of one that leads there */
	WAYS_MOST = 16,
	STEPS_MOST = 1 << 22,   /* bounds the work on a hostile function */
};

void interpret_note_mixed(struct walk *walk)
{
	if (walk->mixed_count < WALK_MIXED)
		walk->mixed[walk->mixed_count++] = walk->point.insn;
}

bool interpret_is_mixed(const struct walk *walk)
{
	for (uint32_t i = 0; walk->on_way && i < walk->mixed_count; i++)
		if (walk->mixed[i] == walk->point.insn)
			return true;
	return false;
}

static bool leads_to(const struct code *code, const struct code_block *block,
		     uint32_t number)
{
	for (uint32_t i = 0; i < block->successor_count; i++)
		if (code->successors[block->successor_first + i] == number)
			return true;
	return false;
}

/* The blocks that lead to NUMBER; 0: they are too many, or too long. */
static uint32_t find_ways(struct walk *walk, uint32_t number,
			  uint32_t ways[WAYS_MOST])
{
	const struct code *code = &walk->point.function->code;
	uint32_t n = 0;

	walk->way_steps += code->block_count + code->successor_count;
	if (walk->way_steps > STEPS_MOST)
		return 0;
	for (uint32_t i = 0; i < code->block_count; i++) {
		if (!leads_to(code, &code->blocks[i], number))
			continue;
		if (n == WAYS_MOST || code->blocks[i].count > LONG_BLOCK)
			return 0;
		ways[n++] = i;
	}
	return n;
}

/* The state behind the block FROM, where it goes on to TO. */
static enum status walk_way(struct walk *walk, uint32_t from, uint32_t to)
{
	const struct code *code = &walk->point.function->code;
	const struct code_block *block = &code->blocks[from];
	enum status status = state_copy(&walk->state, &walk->entries[from]);
	const struct machine_operand *tested;
	uint32_t way;

	if (status)
		return status;
	interpret_block(walk, from);
	tested = interpret_null_way(walk, block, &way);
	if (tested && code->successors[block->successor_first + way] == to)
		interpret_assume_null(walk, tested);
	return STATUS_OK;
}

enum status interpret_ways(struct walk *walk, uint32_t number)
{
	const struct code *code = &walk->point.function->code;
	uint32_t ways[WAYS_MOST], n = 0;
	enum status status = STATUS_OK;

	if (walk->mixed_count && code->blocks[number].count <= SHORT_BLOCK)
		n = find_ways(walk, number, ways);
	walk->recording = false;
	for (uint32_t i = 0; n > 1 && !status && i < n; i++) {
		status = walk_way(walk, ways[i], number);
		walk->on_way = !status;
		if (walk->on_way)
			interpret_block(walk, number);
		walk->on_way = false;
	}
	walk->recording = true;
	walk->mixed_count = 0;
	return status;
}
