/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The abstract interpretation of one function: values flow through
 * registers and stack slots to a fixed point; then one more walk records
 * what is seen of each allocation.
 */
#ifndef META_FLOW_INTERPRET_H
#define META_FLOW_INTERPRET_H

#include "meta/flow/flow.h"
#include "meta/flow/memory.h"

/* Runs FUNCTION and renews what its sites know.  NOT_FOUND: no code. */
enum status interpret_function(struct flow *flow, uint32_t function);

/* Larger functions than this are not asked what they return. */
#define INTERPRET_IDENTITY_INSNS 120

/* The argument (by register order) that FUNCTION always returns unchanged,
 * or FLOW_IDENTITY_NONE. */
int interpret_identity(struct flow *flow, uint32_t function);

/* ---- between interpret.c and its parts ---- */

enum { WALK_MIXED = 4 };

struct walk {
	struct point point;
	struct state state;       /* point.state */
	struct state *entries;    /* of each block */
	uint8_t *visits;
	bool *pending;
	bool recording;
	bool on_way;              /* see interpret_ways */
	uint32_t mixed[WALK_MIXED], mixed_count; /* instructions */
	uint64_t way_steps;
	/* What the returns seen so far give back: an argument, or
	 * FLOW_IDENTITY_NONE when they differ. */
	int returns;
};

/* Adds evidence to the allocations that VALUE may be: it was given a place
 * of POINTER_TYPE.  VARIABLE: which, or MODEL_NONE. */
void interpret_note(struct walk *walk, const struct value *value,
		    enum evidence_kind kind, uint32_t pointer_type,
		    uint32_t variable);
void interpret_set(struct walk *walk, uint8_t reg, const struct value *value);
/* Nothing is known any more of registers: as machine_insn.destroyed. */
void interpret_destroy(struct walk *walk, uint64_t destroyed);
/* A call, or a jump that leaves the function like one. */
void interpret_call(struct walk *walk, const struct machine_insn *insn);
/* Does a jump to a computed address lead to a function? */
bool interpret_is_tail_call(const struct walk *walk,
			    const struct machine_insn *insn);
/* VALUE points to an object of TYPE, says evidence of KIND. */
void interpret_note_object(struct walk *walk, const struct value *value,
			   enum evidence_kind kind, uint32_t type);
/* VALUE is stored to TO, in memory. */
void interpret_store(struct walk *walk, const struct machine_operand *to,
		     const struct value *value);
/* What TO in the frame holds is not known any more. */
void interpret_forget_slot(struct walk *walk, const struct machine_operand *to);
/* Who is told where a variable is, by V, in an argument, may change it: it is no
 * constant any more. */
void interpret_forget_addressed(struct walk *walk, const struct value *v);
/* VALUE, which some place may hold, is given to what has TYPE: if that is a pointer
 * to a record, the place's plain pointer is taken for one. */
void interpret_note_view(struct walk *walk, const struct value *value,
			 uint32_t type);
/* INSN stores STORED, maybe to an allocation: which parts that has. */
void interpret_note_written(struct walk *walk, const struct machine_insn *insn,
			    const struct value *stored);
/* What FROM points to is copied to where TO does: a variable is the beginning of an
 * allocation. */
void interpret_note_header(struct walk *walk, const struct value *to,
			   const struct value *from);
/* A function copies something to where TO points, behind the beginning. */
void interpret_note_behind(struct walk *walk, const struct value *to);
/* INSN stores a word to TO: it may be the first of a variable that is copied. */
void interpret_note_word(struct walk *walk, const struct machine_insn *insn,
			 const struct value *to);
/* VALUE, maybe the address of a virtual table, is stored to TO. */
void interpret_note_table(struct walk *walk, const struct machine_operand *to,
			  const struct value *value);
/* INFORMATION gets into the register of the second argument. */
void interpret_note_thrown(struct walk *walk, const struct value *information);
/* What is zero on a WAY, one of the two successors of BLOCK, or NULL. */
const struct machine_operand *
interpret_null_way(const struct walk *walk, const struct code_block *block,
		   uint32_t *way);
/* What the register or memory OPERAND holds is null, wherever else it is. */
void interpret_assume_null(struct walk *walk,
			   const struct machine_operand *operand);
/* The instruction at hand, which is recorded, is about an allocation; what it
 * says of that depends on the way that led here, if only one can be told. */
void interpret_note_mixed(struct walk *walk);
/* Is the instruction at hand, which is walked for one such way, one of those? */
bool interpret_is_mixed(const struct walk *walk);
/* Walks the block, which has been recorded, once more for each way into it, to
 * see what is noted of such instructions. */
enum status interpret_ways(struct walk *walk, uint32_t number);
/* The instructions of a block change the state. */
void interpret_block(struct walk *walk, uint32_t number);
/* Everything else. */
void interpret_insn(struct walk *walk, const struct machine_insn *insn);
/* The type of what the walked function returns, or MODEL_NONE. */
uint32_t interpret_result_type(const struct walk *walk);

#endif
