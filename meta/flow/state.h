/* SPDX-License-Identifier: Apache-2.0 */
/* What all registers and known stack slots hold at one point of the code. */
#ifndef META_FLOW_STATE_H
#define META_FLOW_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/flow/machine.h"
#include "meta/flow/value.h"

#define STATE_SLOTS 1024 /* more are forgotten */
#define STATE_MEMBERS 0x40000000

struct state_slot {
	int32_t offset;  /* from the CFA; or, from STATE_MEMBERS on, which
			    members of records and statics it is */
	uint32_t value;
};

/* Zero-initialized: nothing is known. */
struct state {
	uint32_t registers[MACHINE_REGISTERS];
	struct state_slot *slots; /* sorted by offset */
	uint32_t slot_count, slot_capacity;
	bool reached;
};

void state_deinit(struct state *state);
enum status state_copy(struct state *to, const struct state *from);

uint32_t state_slot(const struct state *state, int64_t offset);
/* VALUE_UNKNOWN forgets it.  Without memory the slot is forgotten. */
void state_set_slot(struct state *state, int64_t offset, uint32_t value);

/* Forgets which numbers are in slots from LOW on, up to HIGH. */
void state_forget_numbers(const struct values *values, struct state *state,
			  int64_t low, int64_t high);

/* INTO becomes what holds whether one comes from INTO or FROM. */
enum status state_join(struct values *values, struct state *into,
		       const struct state *from, bool *changed);

/* Is anything known of members? */
static inline bool state_has_members(const struct state *state)
{
	return state->slot_count &&
	       state->slots[state->slot_count - 1].offset >= STATE_MEMBERS;
}

#endif
