/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/thrown.h"

#include <stdlib.h>
#include <string.h>

#include "meta/classes.h"

struct reading {
	struct class_index *classes;
	struct thrown *thrown;
	bool throws, exhausted;
};

static void note_throw(void *context, uint64_t place, const char *name,
		       bool is_got)
{
	struct reading *reading = context;

	(void)place, (void)is_got;
	reading->throws |= !strcmp(name, "__cxa_throw");
}

static bool throws(struct debuginfo *info, const struct model *model)
{
	struct reading reading = { .throws = false };

	debuginfo_import_relocations(info, note_throw, &reading);
	for (uint32_t i = 0; !reading.throws && i < model->symbols.count; i++)
		note_throw(&reading, 0, model->symbols.at[i].name, false);
	return reading.throws;
}

static void add(void *context, uint64_t place, const char *name, bool is_got)
{
	struct reading *reading = context;
	struct thrown *thrown = reading->thrown;
	struct class_candidates found;
	struct thrown_type *entry;

	(void)is_got;
	if (strncmp(name, "_ZTI", 4))
		return;
	class_index_find(reading->classes, name + 4, &found);
	if (found.count != 1)
		return;
	entry = model_append((void **)&thrown->at, &thrown->count,
			     &thrown->capacity, sizeof *entry, 1);
	if (!entry) {
		reading->exhausted = true;
		return;
	}
	entry->address = place;
	entry->type = found.types[0];
}

static int compare_addresses(const void *a, const void *b)
{
	const struct thrown_type *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

enum status thrown_read(struct debuginfo *info, const struct model *model,
			struct thrown *thrown)
{
	struct reading reading = { .thrown = thrown };

	*thrown = (struct thrown){ .count = 0 };
	if (!throws(info, model))
		return STATUS_OK;
	reading.classes = class_index_create(model);
	if (!reading.classes)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < model->symbols.count; i++)
		add(&reading, model->symbols.at[i].address,
		    model->symbols.at[i].name, false);
	debuginfo_import_relocations(info, add, &reading);
	class_index_destroy(reading.classes);
	if (thrown->count)
		qsort(thrown->at, thrown->count, sizeof *thrown->at,
		      compare_addresses);
	return reading.exhausted ? STATUS_NO_MEMORY : STATUS_OK;
}

void thrown_deinit(struct thrown *thrown)
{
	free(thrown->at);
	*thrown = (struct thrown){ .count = 0 };
}

uint32_t thrown_type(const struct thrown *thrown, uint64_t address)
{
	const struct thrown_type key = { .address = address };
	const struct thrown_type *found = NULL;

	if (thrown->count)
		found = bsearch(&key, thrown->at, thrown->count, sizeof key,
				compare_addresses);
	return found ? found->type : MODEL_NONE;
}
