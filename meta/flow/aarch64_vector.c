/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch64 vector and floating point instructions (Arm ARM, C4.1.96), as far
 * as pointers go through them: compilers move two at a time.
 */
#include "meta/flow/aarch64_word.h"

static struct machine_operand half(uint32_t vector, bool high)
{
	struct machine_operand operand = aarch64_vector(vector, 8);

	if (high)
		operand.reg += MACHINE_VECTOR_HIGH - MACHINE_VECTOR_LOW;
	return operand;
}

static struct machine_operand general(uint32_t number)
{
	return aarch64_number(number, 8);
}

/* Moves of 64 bits between a general register, or half a vector, and half a
 * vector. */
static bool read_half_move(struct aarch64_word *word)
{
	uint32_t rd = aarch64_rd(word), rn = aarch64_rn(word);
	struct machine_operand to, from;

	switch (word->bits & ~0x3ffu) {
	case 0x9e670000: /* fmov d, x */
	case 0x4e081c00: /* ins v.d[0], x */
		to = half(rd, false), from = general(rn);
		break;
	case 0x9eaf0000: /* fmov v.d[1], x */
	case 0x4e181c00: /* ins v.d[1], x */
		to = half(rd, true), from = general(rn);
		break;
	case 0x9e660000: /* fmov x, d */
	case 0x4e083c00: /* umov x, v.d[0] */
		to = general(rd), from = half(rn, false);
		break;
	case 0x9eae0000: /* fmov x, v.d[1] */
	case 0x4e183c00: /* umov x, v.d[1] */
		to = general(rd), from = half(rn, true);
		break;
	case 0x1e604000: /* fmov d, d */
	case 0x5e080400: /* mov d, v.d[0] */
	case 0x6e080400: /* mov v.d[0], v.d[0] */
		to = half(rd, false), from = half(rn, false);
		break;
	case 0x5e180400: /* mov d, v.d[1] */
	case 0x6e084400: /* mov v.d[0], v.d[1] */
		to = half(rd, false), from = half(rn, true);
		break;
	case 0x6e180400: /* mov v.d[1], v.d[0] */
		to = half(rd, true), from = half(rn, false);
		break;
	case 0x6e184400: /* mov v.d[1], v.d[1] */
		to = half(rd, true), from = half(rn, true);
		break;
	default:
		return false;
	}
	aarch64_set(word, MACHINE_MOVE, to, from);
	return true;
}

static void set_both(struct aarch64_word *word, struct machine_operand low,
		     struct machine_operand high)
{
	aarch64_set(word, MACHINE_MOVE, half(aarch64_rd(word), false), low);
	aarch64_set(word, MACHINE_MOVE, half(aarch64_rd(word), true), high);
}

/* Both halves at once. */
static bool read_whole_move(struct aarch64_word *word)
{
	uint32_t rd = aarch64_rd(word), rn = aarch64_rn(word), rm = aarch64_rm(word);

	if ((word->bits & ~0x3ffu) == 0x4e080c00) { /* dup v.2d, x */
		set_both(word, general(rn), general(rn));
		return true;
	}
	if ((word->bits & ~0x3ffu) == 0x4e080400 && rd != rn) {
		set_both(word, half(rn, false), half(rn, false));
		return true; /* dup v.2d, v.d[0] */
	}
	if ((word->bits & ~0x1f03ffu) == 0x4ec03800 && rd != rm) {
		set_both(word, half(rn, false), half(rm, false));
		return true; /* zip1 v.2d, v.2d, v.2d */
	}
	if ((word->bits & ~0x1f03ffu) == 0x4ea01c00 && rn == rm) {
		aarch64_set(word, MACHINE_MOVE, aarch64_vector(rd, 16),
			    aarch64_vector(rn, 16));
		return true; /* mov v.16b, v.16b */
	}
	return false;
}

/* Conversions to numbers, and moves of elements, write a general register. */
static bool writes_general(const struct aarch64_word *word)
{
	uint32_t bits = word->bits;
	uint32_t operation = aarch64_field(word, 16, 3);

	if ((bits & 0x9fe0ec00) == 0x0e002c00)
		return true; /* smov, umov */
	if ((bits & 0x5f20fc00) == 0x1e200000) /* to and from integers */
		return operation < 2 || operation == 4 || operation == 5 ||
		       operation == 6;
	return (bits & 0x5f200000) == 0x1e000000 && operation < 2;
}

/* fcmp, fccmp: flags only. */
static bool compares(const struct aarch64_word *word)
{
	return (word->bits & 0xff20fc00) == 0x1e202000 ||
	       (word->bits & 0xff200c00) == 0x1e200400;
}

void aarch64_read_vector(struct aarch64_word *word)
{
	if (read_half_move(word) || read_whole_move(word) || compares(word))
		return;
	if (!writes_general(word))
		aarch64_destroy_vector(word, aarch64_rd(word));
	else if (aarch64_rd(word) != AARCH64_ZERO)
		aarch64_destroy(word, aarch64_rd(word));
}
