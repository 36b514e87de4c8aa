/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/dwarf/names.h"

#include <string.h>

#include "meta/dwarf/hash.h"
#include "type/declarator.h"

struct name {
	size_t size;
	char text[DECLARATOR_SIZE_MAX];
};

static bool add_to_name(void *sink, const char *string, size_t size)
{
	struct name *name = sink;

	memcpy(name->text + name->size, string, size);
	name->size += size;
	return true;
}

static void describe_record(const struct model_type *t,
			    struct declarator_part *part)
{
	bool by_typedef = t->flags & MODEL_TYPE_NAMED_BY_TYPEDEF;
	bool keyword = (!(t->flags & ALLOTYPE_META_TYPE_CXX) || !t->tag) &&
		       !by_typedef;

	if (keyword)
		part->keyword = t->kind == ALLOC_KIND_UNION  ? "union "
				: t->kind == ALLOC_KIND_ENUM ? "enum "
							     : "struct ";
	if (!t->tag)
		part->words = t->name ? t->name : "(anonymous)";
}

static bool read_part(const void *context, uint32_t number,
		      struct declarator_part *part)
{
	const struct model *model = context;
	const struct model_type *t;

	if (number >= model->types.count)
		return false;
	t = &model->types.at[number];
	*part = (struct declarator_part){
		.words = t->tag,
		.target = t->target,
		.count = t->count,
		.flags = t->flags,
		.kind = t->kind,
	};
	if (t->kind == ALLOC_KIND_STRUCT || t->kind == ALLOC_KIND_UNION ||
	    t->kind == ALLOC_KIND_ENUM)
		describe_record(t, part);
	return true;
}

static uint32_t read_parameter(const void *context, uint32_t number,
			       uint32_t index)
{
	const struct model *model = context;

	return model->members.at[model->types.at[number].first + index].type;
}

static bool is_anonymous(const struct model_type *t)
{
	return !t->tag && hash_kind_has_members(t->kind) &&
	       t->kind != ALLOC_KIND_FUNCTION &&
	       !(t->flags & MODEL_TYPE_NAMED_BY_TYPEDEF);
}

static bool spell_all(struct model *model, bool anonymous)
{
	struct declarator_types types = { model, read_part, read_parameter };
	struct name name;

	for (uint32_t i = 0; i < model->types.count; i++) {
		struct model_type *t = &model->types.at[i];

		if (is_anonymous(t) != anonymous)
			continue;
		name.size = 0;
		declarator_spell(&types, i, add_to_name, &name);
		t->name = model_intern(model, name.text, name.size);
		if (!t->name)
			return false;
	}
	return true;
}

bool type_names_spell(struct model *model)
{
	/* Others are spelled with the name that an anonymous record has from
	 * where it was read, which its own spelling then replaces. */
	return spell_all(model, false) && spell_all(model, true);
}
