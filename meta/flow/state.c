/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/state.h"

#include <stdlib.h>
#include <string.h>

enum { GROUP = 16 /* of registers, compared at once */ };

void state_deinit(struct state *state)
{
	free(state->slots);
	memset(state, 0, sizeof *state);
}

static bool reserve_slots(struct state *state, uint32_t count)
{
	struct state_slot *slots;
	uint32_t capacity = state->slot_capacity ? state->slot_capacity : 16;

	if (count <= state->slot_capacity)
		return true;
	while (capacity < count)
		capacity *= 2;
	slots = reallocarray(state->slots, capacity, sizeof *slots);
	if (!slots)
		return false;
	state->slots = slots;
	state->slot_capacity = capacity;
	return true;
}

enum status state_copy(struct state *to, const struct state *from)
{
	if (!reserve_slots(to, from->slot_count))
		return STATUS_NO_MEMORY;
	memcpy(to->registers, from->registers, sizeof to->registers);
	if (from->slot_count)
		memcpy(to->slots, from->slots,
		       from->slot_count * sizeof *to->slots);
	to->slot_count = from->slot_count;
	to->reached = from->reached;
	return STATUS_OK;
}

static uint32_t lower_bound(const struct state *state, int64_t offset)
{
	uint32_t low = 0, high = state->slot_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (state->slots[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t state_slot(const struct state *state, int64_t offset)
{
	uint32_t i = lower_bound(state, offset);

	if (i < state->slot_count && state->slots[i].offset == offset)
		return state->slots[i].value;
	return VALUE_UNKNOWN;
}

static void remove_slot(struct state *state, uint32_t i)
{
	memmove(&state->slots[i], &state->slots[i + 1],
		(state->slot_count - i - 1) * sizeof *state->slots);
	state->slot_count--;
}

void state_set_slot(struct state *state, int64_t offset, uint32_t value)
{
	uint32_t i = lower_bound(state, offset);
	bool found = i < state->slot_count &&
		     state->slots[i].offset == offset;

	if (offset > INT32_MAX || offset < INT32_MIN)
		return;
	if (found && value == VALUE_UNKNOWN) {
		remove_slot(state, i);
	} else if (found) {
		state->slots[i].value = value;
	} else if (value != VALUE_UNKNOWN &&
		   state->slot_count < STATE_SLOTS &&
		   reserve_slots(state, state->slot_count + 1)) {
		memmove(&state->slots[i + 1], &state->slots[i],
			(state->slot_count - i) * sizeof *state->slots);
		state->slots[i].offset = (int32_t)offset;
		state->slots[i].value = value;
		state->slot_count++;
	}
}

void state_forget_numbers(const struct values *values, struct state *state,
			  int64_t low, int64_t high)
{
	uint32_t i = lower_bound(state, low);

	while (i < state->slot_count && state->slots[i].offset < high) {
		const struct value *v = values_at(values,
						  state->slots[i].value);

		if (v->kind == VALUE_CONSTANT && !v->origin_count)
			remove_slot(state, i);
		else
			i++;
	}
}

/* Slots of both, by offset; values missing on one side are weakened. */
static uint32_t merge_slots(struct values *values, const struct state *a,
			    const struct state *b, struct state_slot *out)
{
	uint32_t i = 0, j = 0, n = 0;

	while (i < a->slot_count || j < b->slot_count) {
		bool left = j == b->slot_count ||
			    (i < a->slot_count &&
			     a->slots[i].offset <= b->slots[j].offset);
		bool right = i == a->slot_count ||
			     (j < b->slot_count &&
			      b->slots[j].offset <= a->slots[i].offset);

		out[n].offset = left ? a->slots[i].offset
				     : b->slots[j].offset;
		if (left && right)
			out[n].value = values_join(values, a->slots[i].value,
						   b->slots[j].value);
		else
			out[n].value = values_weaken(
				values, left ? a->slots[i].value
					     : b->slots[j].value);
		i += left;
		j += right;
		n += out[n].value != VALUE_UNKNOWN;
	}
	return n;
}

static enum status join_slots(struct values *values, struct state *into,
			      const struct state *from, bool *changed)
{
	uint32_t most = into->slot_count + from->slot_count;
	struct state_slot *slots;
	uint32_t n;

	if (into->slot_count == from->slot_count &&
	    (most == 0 || memcmp(into->slots, from->slots,
				 into->slot_count * sizeof *slots) == 0))
		return STATUS_OK;
	slots = malloc((most + 1) * sizeof *slots);
	if (!slots)
		return STATUS_NO_MEMORY;
	n = merge_slots(values, into, from, slots);
	if (n != into->slot_count ||
	    (n && memcmp(slots, into->slots, n * sizeof *slots) != 0))
		*changed = true;
	free(into->slots);
	into->slots = slots;
	into->slot_count = n;
	into->slot_capacity = most + 1;
	return STATUS_OK;
}

/* Registers from FIRST up to LIMIT. */
static void join_registers(struct values *values, struct state *into,
			   const struct state *from, uint32_t first,
			   uint32_t limit, bool *changed)
{
	for (uint32_t i = first; i < limit; i++) {
		uint32_t value;

		if (into->registers[i] == from->registers[i])
			continue;
		value = values_join(values, into->registers[i],
				    from->registers[i]);
		if (value != into->registers[i])
			*changed = true;
		into->registers[i] = value;
	}
}

enum status state_join(struct values *values, struct state *into,
		       const struct state *from, bool *changed)
{
	if (!into->reached) {
		*changed = true;
		return state_copy(into, from);
	}
	*changed = false;
	/* Most registers are not used, and alike. */
	for (uint32_t i = 0; i < MACHINE_REGISTERS; i += GROUP) {
		uint32_t limit = i + GROUP < MACHINE_REGISTERS
					 ? i + GROUP : MACHINE_REGISTERS;

		if (memcmp(&into->registers[i], &from->registers[i],
			   (limit - i) * sizeof *into->registers) != 0)
			join_registers(values, into, from, i, limit, changed);
	}
	return join_slots(values, into, from, changed);
}
