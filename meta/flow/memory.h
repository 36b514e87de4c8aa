/* SPDX-License-Identifier: Apache-2.0 */
/* What debug information says of a register or a memory operand. */
#ifndef META_FLOW_MEMORY_H
#define META_FLOW_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/flow/flow.h"
#include "meta/flow/state.h"

/* One point of a function that is being interpreted. */
struct point {
	struct flow *flow;
	const struct flow_function *function;
	uint32_t function_number;
	uint32_t insn;            /* number in function->code */
	uint64_t pc, next;        /* addresses of it and of the following */
	struct state *state;
};

#define MEMORY_CELLS 48
/* A scalar that an operand may designate. */
struct memory_cell {
	uint32_t type;
	uint32_t variable;        /* or MODEL_NONE */
	uint8_t evidence;         /* enum evidence_kind of a store to it */
	bool of_variable;         /* it is in no other object */
	uint32_t owner;           /* the type it is in, at offset; or NONE */
	uint64_t offset;          /* without owner: its address, or 0 */
};

/* What REG holds, its type from variables if the flow knows none. */
struct value memory_register(const struct point *point, uint8_t reg);
/* The CFA-relative offset that OPERAND designates; false if it is no known
 * stack slot. */
bool memory_slot(const struct point *point,
		 const struct machine_operand *operand, int64_t *offset);
/* Likewise of REG + DISPLACEMENT. */
bool memory_register_slot(const struct point *point, uint8_t reg,
			  int64_t displacement, int64_t *offset);
/* The scalars at OFFSET in TYPE as cells; ONE: the evidence if there is but
 * one. */
uint32_t memory_scalar_cells(const struct model *model, uint32_t type,
			     int64_t offset, enum evidence_kind one,
			     struct memory_cell cells[MEMORY_CELLS]);
uint32_t memory_cells(const struct point *point,
		      const struct machine_operand *operand,
		      struct memory_cell cells[MEMORY_CELLS]);
/* Variables in the slot at CFA + OFFSET, now or after the instruction. */
uint32_t memory_slot_cells(const struct point *point, int64_t offset,
			   struct memory_cell cells[MEMORY_CELLS]);
/* Only after it, which stores VALUE there: a variable that ends with it was
 * another, but where compilers say that it is there since VALUE was made. */
uint32_t memory_kept_cells(const struct point *point, int64_t offset,
			   const struct value *value,
			   struct memory_cell cells[MEMORY_CELLS]);
uint32_t memory_static_cells(const struct point *point, uint64_t address,
			     struct memory_cell cells[MEMORY_CELLS]);
/* The ADDRESS of a static, as a pointer to it where it is one. */
struct value memory_static_address(const struct point *point, uint64_t address);
/* Does OPERAND designate memory at a fixed ADDRESS? */
bool memory_is_fixed(const struct point *point,
		     const struct machine_operand *operand, uint64_t *address);
/* What POINTER, whose type is known, points at. */
uint32_t memory_member_cells(const struct model *model,
			     const struct value *pointer,
			     struct memory_cell cells[MEMORY_CELLS]);
/* What a load of a pointer from OPERAND gives. */
struct value memory_load(const struct point *point,
			 const struct machine_operand *operand);
/* What a load of fewer bytes gives: numbers only. */
struct value memory_load_narrow(const struct point *point,
				const struct machine_operand *operand);
/* The address that OPERAND designates. */
struct value memory_address(const struct point *point,
			    const struct machine_operand *operand);
/* The address CFA + SLOT. */
struct value memory_stack_address(const struct point *point, int64_t slot);
/* Wraps VALUE's offset into its type, as for an element of an array. */
void memory_wrap(const struct model *model, struct value *value);

/* The place that a cell is, or 0. */
carve_place memory_place(const struct model *model,
			 const struct memory_cell *cell);
/* The slot of a state for what COUNT such cells, of one place, hold as plain
 * memory, or in a variable as one of several pointers; false for others. */
bool memory_member_slot(const struct point *point,
			const struct machine_operand *operand,
			const struct memory_cell *cells, uint32_t count,
			int64_t *slot);

#endif
