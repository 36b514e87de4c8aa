/* SPDX-License-Identifier: Apache-2.0 */
/* Which variables of a function are in a register or stack slot at a pc. */
#ifndef META_FLOW_PLACES_H
#define META_FLOW_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/flow/code.h"
#include "meta/flow/machine.h"
#include "meta/model.h"

struct place {
	uint64_t low, high;
	uint64_t reach;      /* the highest "high" of its group up to here */
	int64_t offset;
	uint32_t type, variable;
	uint16_t order;      /* group: see places.c */
	bool is_record;      /* a pointer to one */
	int32_t key;
};

struct places {
	struct place *at;    /* by order, key, low */
	uint32_t count;
	uint32_t member_first; /* the first in what a register points to */
	uint8_t stack;       /* register */
	/* Where those in a register begin; the next one's are behind. */
	uint32_t registers[MACHINE_GENERAL_COUNT + 1];
	/* Of pointers to records in registers, and of those that are what some
	 * member holds: for each instruction, the first that begins there, plus
	 * 1; or 0. */
	uint32_t *starts;
	struct place_start {
		uint32_t next;    /* as in starts */
		uint32_t pointee;
	} *start_of;         /* each place */
};

enum status places_read(const struct model *model, const struct code *code,
			struct places *places);
void places_deinit(struct places *places);

/* A variable found: its type, itself, and how far the register or slot's
 * content is below the variable's value, or the slot inside the variable. */
struct place_hit {
	uint32_t type, variable;
	int64_t offset;
	uint64_t low; /* it has been there since */
};
#define PLACE_HITS 8

/* Is there anything in REG, anywhere? */
static inline bool places_has_register(const struct places *places, uint8_t reg)
{
	return places->registers[reg] < places->registers[reg + 1];
}
/* Variables whose value is in register REG + hit.offset at PC. */
uint32_t places_in_register(const struct places *places, uint8_t reg,
			    uint64_t pc, struct place_hit hits[PLACE_HITS]);
/* Pointer variables whose value is in memory at REG + OFFSET: what they were
 * assigned, a member, still holds it. */
uint32_t places_in_member(const struct places *places, uint8_t reg,
			  int64_t offset, uint64_t pc,
			  struct place_hit hits[PLACE_HITS]);
/* Scalar variables in memory at CFA + OFFSET; CFA tells the rule at PC. */
uint32_t places_in_slot(const struct places *places,
			const struct code_cfa *cfa, int64_t offset,
			uint64_t pc, struct place_hit hits[PLACE_HITS]);
/* Structs, unions and arrays that hold CFA + OFFSET; hit.offset: where. */
uint32_t places_around_slot(const struct places *places,
			    const struct model *model,
			    const struct code_cfa *cfa, int64_t offset,
			    uint64_t pc, struct place_hit hits[PLACE_HITS]);

#endif
