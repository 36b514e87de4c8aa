/* SPDX-License-Identifier: Apache-2.0 */
/* AArch64 loads and stores (Arm ARM, C4.1.95). */
#include "meta/flow/aarch64_word.h"

/* What one load or store moves, and how. */
struct access {
	bool load, is_vector;
	uint8_t size;     /* in memory */
	uint8_t wide;     /* in the register */
	bool prefetch;
};

static uint32_t rt2_of(const struct aarch64_word *word)
{
	return aarch64_field(word, 10, 5);
}

static uint32_t rs_of(const struct aarch64_word *word)
{
	return aarch64_field(word, 16, 5);
}

static struct machine_operand whole(const struct access *access, uint32_t reg)
{
	return access->is_vector ? aarch64_vector(reg, access->size)
				 : aarch64_number(reg, access->wide);
}

/* A vector register of which less than half is loaded has nothing of use. */
static void move(struct aarch64_word *word, const struct access *access,
		 uint32_t reg, struct machine_operand memory)
{
	struct machine_operand data = whole(access, reg);

	memory.size = access->size;
	if (!access->load) {
		data.size = access->size;
		aarch64_set(word, MACHINE_MOVE, memory, data);
	} else if (access->is_vector && access->size < 8) {
		aarch64_destroy_vector(word, reg);
	} else if (access->size == access->wide || access->is_vector) {
		aarch64_set(word, MACHINE_MOVE, data, memory);
	} else {
		aarch64_set(word, MACHINE_EXTEND, data, memory);
	}
}

static void write_back(struct aarch64_word *word, int64_t distance)
{
	uint32_t rn = aarch64_rn(word);

	if (rn == AARCH64_STACK)
		aarch64_set(word, MACHINE_ADD, aarch64_pointer(rn, 8),
			    aarch64_immediate(distance, 8));
	else
		aarch64_set(word, MACHINE_ADDRESS, aarch64_pointer(rn, 8),
			    aarch64_memory(rn, distance, 8));
}

/* ---- pairs ---- */

/* The register that is the base as well comes last. */
static void move_pair(struct aarch64_word *word, const struct access *access,
		      int64_t displacement)
{
	uint32_t registers[2] = { aarch64_rd(word), rt2_of(word) };
	unsigned int first = access->load && !access->is_vector &&
			     registers[0] == aarch64_rn(word);

	for (unsigned int i = 0; i < 2; i++) {
		unsigned int k = i ^ first;

		move(word, access, registers[k],
		     aarch64_memory(aarch64_rn(word),
				    displacement + k * access->size,
				    access->size));
	}
}

static void read_pair(struct aarch64_word *word)
{
	uint32_t form = aarch64_field(word, 30, 2);
	uint32_t index = aarch64_field(word, 23, 3) & 3;
	struct access access = {
		.load = aarch64_field(word, 22, 1),
		.is_vector = aarch64_field(word, 26, 1),
	};
	int64_t distance;

	if (access.is_vector)
		access.size = (uint8_t)(4u << (form & 3));
	else
		access.size = form == 2 ? 8 : 4;
	access.wide = form == 1 ? 8 : access.size; /* ldpsw */
	if (form == 3 || (form == 1 && !access.is_vector && !access.load)) {
		aarch64_destroy(word, aarch64_rn(word)); /* tags */
		return;
	}
	distance = aarch64_signed(word, 15, 7) * access.size;
	move_pair(word, &access, index == 1 ? 0 : distance);
	if (index == 1 || index == 3)
		write_back(word, distance);
}

/* ---- one register ---- */

static struct access access_of(const struct aarch64_word *word)
{
	uint32_t size = aarch64_field(word, 30, 2);
	uint32_t form = aarch64_field(word, 22, 2);
	struct access access = { .is_vector = aarch64_field(word, 26, 1) };

	if (access.is_vector) {
		access.size = (uint8_t)(1u << ((form & 2) << 1 | size));
		access.wide = access.size;
		access.load = form & 1;
		return access;
	}
	access.size = (uint8_t)(1u << size);
	access.load = form != 0;
	access.prefetch = size == 3 && form == 2;
	access.wide = form == 2 || size == 3 ? 8 : 4;
	return access;
}

static void move_at(struct aarch64_word *word, const struct access *access,
		    int64_t displacement)
{
	move(word, access, aarch64_rd(word),
	     aarch64_memory(aarch64_rn(word), displacement, access->size));
}

/* base + index, which is extended from 4 or 8 bytes and scaled. */
static void read_indexed(struct aarch64_word *word,
			 const struct access *access)
{
	struct machine_operand memory = aarch64_memory(aarch64_rn(word), 0,
						       access->size);

	if (rs_of(word) != AARCH64_ZERO) {
		memory.index = (uint8_t)rs_of(word);
		memory.scale = aarch64_field(word, 12, 1) ? access->size : 1;
	}
	move(word, access, aarch64_rd(word), memory);
}

static void destroy(struct aarch64_word *word, uint32_t general)
{
	if (general != AARCH64_ZERO)
		aarch64_destroy(word, general);
}

static void read_small_displacement(struct aarch64_word *word,
				    const struct access *access)
{
	int64_t distance = aarch64_signed(word, 12, 9);
	uint32_t index = aarch64_field(word, 10, 2);

	move_at(word, access, index == 1 ? 0 : distance);
	if (index == 1 || index == 3)
		write_back(word, distance);
}

/* Atomic operations give what was in memory and leave there what nobody
 * knows. */
static void read_atomic(struct aarch64_word *word, uint32_t changed)
{
	aarch64_step(word, MACHINE_OTHER)->to =
		aarch64_memory(aarch64_rn(word), 0, 8);
	destroy(word, changed);
}

static void read_single(struct aarch64_word *word)
{
	struct access access = access_of(word);
	uint32_t index = aarch64_field(word, 10, 2);

	if (access.prefetch)
		return;
	if (aarch64_field(word, 24, 1))
		move_at(word, &access,
			(int64_t)aarch64_field(word, 10, 12) * access.size);
	else if (!aarch64_field(word, 21, 1))
		read_small_displacement(word, &access);
	else if (index == 2)
		read_indexed(word, &access);
	else if (index == 0)
		read_atomic(word, aarch64_rd(word));
	else { /* ldraa */
		destroy(word, aarch64_rd(word));
		aarch64_destroy(word, aarch64_rn(word));
	}
}

static void read_literal(struct aarch64_word *word)
{
	uint32_t form = aarch64_field(word, 30, 2);
	struct access access = {
		.load = true, .is_vector = aarch64_field(word, 26, 1),
	};

	if (form == 3)
		return; /* prefetch */
	access.size = access.is_vector ? (uint8_t)(4u << form)
				       : form == 1 ? 8 : 4;
	access.wide = form == 0 ? 4 : 8;
	move(word, &access, aarch64_rd(word), aarch64_absolute(word->address +
			(uint64_t)aarch64_signed(word, 5, 19) * 4, 8));
}

/* ---- ordered, exclusive, compare and swap ---- */

static void read_exclusive(struct aarch64_word *word)
{
	bool load = aarch64_field(word, 22, 1);
	bool high = aarch64_field(word, 21, 1);
	struct access access = {
		.load = load,
		.size = (uint8_t)(1u << aarch64_field(word, 30, 2)),
	};

	access.wide = access.size == 8 ? 8 : 4;
	if (aarch64_field(word, 23, 1) && !high) {
		move_at(word, &access, 0); /* ldar, stlr */
	} else if (aarch64_field(word, 23, 1)) {
		read_atomic(word, rs_of(word)); /* cas */
	} else if (high && access.size < 4) { /* casp */
		read_atomic(word, rs_of(word));
		destroy(word, (rs_of(word) + 1) & 31);
	} else if (load) {
		destroy(word, aarch64_rd(word));
		if (high)
			destroy(word, rt2_of(word));
	} else {
		read_atomic(word, rs_of(word));
	}
}

/* ldapur and its like; memory tags; copies of any length. */
static void read_other(struct aarch64_word *word)
{
	struct access access = access_of(word);

	if (!aarch64_field(word, 21, 1) && !aarch64_field(word, 10, 2) &&
	    !access.is_vector) {
		move_at(word, &access, aarch64_signed(word, 12, 9));
		return;
	}
	destroy(word, aarch64_rd(word));
	destroy(word, rs_of(word));
	aarch64_destroy(word, aarch64_rn(word));
}

/* ld1 to ld4, st1 to st4, of several or of one element. */
static void read_structures(struct aarch64_word *word)
{
	struct machine_insn *step = aarch64_step(word, MACHINE_OTHER);

	if (aarch64_field(word, 23, 1))
		step->destroyed |= 1ULL << aarch64_rn(word);
	if (!aarch64_field(word, 22, 1)) {
		step->to = aarch64_memory(aarch64_rn(word), 0, 16);
		return;
	}
	for (uint32_t i = 0; i < 4; i++)
		step->destroyed |= 1ULL << (MACHINE_VECTOR_LOW +
					    ((aarch64_rd(word) + i) & 31));
}

void aarch64_read_memory(struct aarch64_word *word)
{
	switch (aarch64_field(word, 27, 3)) {
	case 1:
		if (aarch64_field(word, 26, 1))
			read_structures(word);
		else
			read_exclusive(word);
		break;
	case 3:
		if (aarch64_field(word, 24, 1))
			read_other(word);
		else
			read_literal(word);
		break;
	case 5:
		read_pair(word);
		break;
	case 7:
		read_single(word);
		break;
	default:
		break;
	}
}
