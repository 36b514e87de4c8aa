/* SPDX-License-Identifier: Apache-2.0 */
/* What code says of the classes of objects: constructors, the tables that it
 * gives them, the type information that they are thrown with. */
#include <string.h>

#include "meta/flow/interpret.h"

enum {
	WORD = 8,
	TABLE_PREFIX = 2 * WORD, /* offset to top, type information */
};

void interpret_note_object(struct walk *walk, const struct value *value,
			   enum evidence_kind kind, uint32_t type)
{
	struct flow *flow = walk->point.flow;

	for (uint32_t i = 0; i < value->origin_count; i++) {
		struct evidence evidence = {
			.type = type, .kind = (uint8_t)kind,
			.offset = value->origins[i].delta,
			.partial = value->origins[i].partial,
		};

		evidence_add(&flow->sites[value->origins[i].site].evidence,
			     &evidence);
	}
}

/* An address in code at a fixed place is a number. */
static bool is_address(const struct value *value)
{
	return value->kind == VALUE_CONSTANT || value->kind == VALUE_STATIC;
}

/* ---- tables ---- */

static const struct model_vtable *table_at(const struct model *model,
					   uint64_t address)
{
	uint32_t low = 0, high = model->vtables.count;
	const struct model_vtable *table;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->vtables.at[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	table = &model->vtables.at[low - 1];
	return address - table->address < table->size ? table : NULL;
}

/* From where a pointer to POINT in TABLE is kept to where its object begins;
 * false: nothing points there. */
static bool object_offset(const struct model_vtable *table, uint64_t point,
			  int64_t *offset)
{
	uint64_t prefix = point - TABLE_PREFIX - table->address;

	if (!table->bytes || prefix % WORD ||
	    table->size - prefix < TABLE_PREFIX)
		return false;
	memcpy(offset, table->bytes + prefix, sizeof *offset);
	if (*offset > 0 || *offset < INT16_MIN || table->offset > INT16_MAX)
		return false;
	*offset -= table->offset;
	return true;
}

void interpret_note_table(struct walk *walk, const struct machine_operand *to,
			  const struct value *value)
{
	const struct model *model = walk->point.flow->model;
	const struct model_vtable *table;
	uint64_t point = (uint64_t)value->number;
	struct value place;
	int64_t offset;

	if (!walk->recording || !model->vtables.count || !is_address(value) ||
	    point < TABLE_PREFIX)
		return;
	table = table_at(model, point - TABLE_PREFIX);
	if (!table || table->type == MODEL_NONE ||
	    !object_offset(table, point, &offset))
		return;
	place = memory_address(&walk->point, to);
	place = value_shift(&place, offset);
	interpret_note_object(walk, &place, EVIDENCE_TABLE, table->type);
}

/* ---- exceptions ---- */

static bool is_exception(const struct flow *flow, uint32_t site)
{
	const char *symbol =
		flow->allocators.at[flow->sites[site].allocator].symbol;

	return symbol && !strcmp(symbol, "__cxa_allocate_exception");
}

/*
 * What is thrown comes with its type information.  Throws of several types
 * may share a call, but each has its own type at hand when it loads that.
 */
void interpret_note_thrown(struct walk *walk, const struct value *information)
{
	struct flow *flow = walk->point.flow;
	uint32_t type;

	if (!walk->recording || !flow->thrown.count ||
	    (!is_address(information) && information->kind != VALUE_IMPORT))
		return;
	type = thrown_type(&flow->thrown, (uint64_t)information->number);
	for (uint8_t reg = 0; type != MODEL_NONE && reg < MACHINE_REGISTERS;
	     reg++) {
		struct value value = memory_register(&walk->point, reg);

		if (value.origin_count == 1 &&
		    is_exception(flow, value.origins[0].site))
			interpret_note_object(walk, &value, EVIDENCE_THROWN,
					      type);
	}
}
