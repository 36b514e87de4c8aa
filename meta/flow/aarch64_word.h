/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that read AArch64 instructions: the word, its fields, and
 * the steps that it becomes. */
#ifndef META_FLOW_AARCH64_WORD_H
#define META_FLOW_AARCH64_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "meta/flow/machine.h"

struct aarch64_word {
	uint32_t bits;
	uint64_t address;
	struct machine_insn *steps;
	unsigned int count;
};

enum {
	AARCH64_ZERO = 31,  /* where it is not the stack pointer */
	AARCH64_STACK = 31,
};

static inline uint32_t aarch64_field(const struct aarch64_word *word,
				     unsigned int low, unsigned int width)
{
	return word->bits >> low & ((1u << width) - 1);
}

static inline int64_t aarch64_signed(const struct aarch64_word *word,
				     unsigned int low, unsigned int width)
{
	uint32_t field = aarch64_field(word, low, width);

	return (int64_t)field -
	       ((int64_t)(field >> (width - 1) & 1) << width);
}

/* Register fields where most instructions have them. */
static inline uint32_t aarch64_rd(const struct aarch64_word *word)
{
	return aarch64_field(word, 0, 5);
}

static inline uint32_t aarch64_rn(const struct aarch64_word *word)
{
	return aarch64_field(word, 5, 5);
}

static inline uint32_t aarch64_rm(const struct aarch64_word *word)
{
	return aarch64_field(word, 16, 5);
}

/* Operands of SIZE bytes: register 31 is zero as a number, and the stack
 * pointer as an address. */
struct machine_operand aarch64_number(uint32_t number, uint8_t size);
struct machine_operand aarch64_pointer(uint32_t number, uint8_t size);
struct machine_operand aarch64_vector(uint32_t number, uint8_t size);
struct machine_operand aarch64_immediate(int64_t value, uint8_t size);
/* Memory at the address in BASE, plus DISPLACEMENT. */
struct machine_operand aarch64_memory(uint32_t base, int64_t displacement,
				      uint8_t size);
struct machine_operand aarch64_absolute(uint64_t address, uint8_t size);
struct machine_operand aarch64_scratch(void);
/* What nothing is known of. */
struct machine_operand aarch64_opaque(void);

struct machine_insn *aarch64_step(struct aarch64_word *word,
				  enum machine_operation operation);
/* A step TO = FROM, or TO = FROM operation OTHER.  None if it is to zero. */
void aarch64_compute(struct aarch64_word *word,
		     enum machine_operation operation,
		     struct machine_operand to, struct machine_operand from,
		     struct machine_operand other);
void aarch64_set(struct aarch64_word *word, enum machine_operation operation,
		 struct machine_operand to, struct machine_operand from);
/* A step of which it is only known that the general register, or the vector
 * register, has another value afterwards. */
void aarch64_destroy(struct aarch64_word *word, uint32_t general);
void aarch64_destroy_vector(struct aarch64_word *word, uint32_t vector);

/* The groups of C4.1, but for branches and plain arithmetic. */
void aarch64_read_memory(struct aarch64_word *word);
void aarch64_read_vector(struct aarch64_word *word);

#endif
