/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/source/names.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	uint64_t hash;
	const char *name; /* NULL: a pointer type's target is in hash */
	uint32_t index, next;
	uint8_t table;
};

struct names {
	const struct model *model;
	struct entry *entries;
	uint32_t count, capacity;
	uint32_t *buckets;
	uint32_t mask;
};

static uint64_t hash_name(enum names_table table, const char *name,
			  size_t size)
{
	return allotype_hash_end(allotype_hash_bytes(
		allotype_hash_begin(table & 0xff), name, size));
}

static uint64_t hash_target(uint32_t target)
{
	return allotype_hash_end(allotype_hash_u64(
		allotype_hash_begin(NAMES_POINTERS), target));
}

static void add(struct names *names, enum names_table table, uint64_t hash,
		const char *name, uint32_t index)
{
	if (names->count == names->capacity)
		return;
	names->entries[names->count++] = (struct entry){
		.hash = hash, .name = name, .index = index,
		.next = MODEL_NONE, .table = table & 0xff };
}

static void add_name(struct names *names, enum names_table table,
		     const char *name, uint32_t index)
{
	if (name)
		add(names, table, hash_name(table, name, strlen(name)), name,
		    index);
}

/* Where the last part of the qualified NAME begins: at 0 if it is alone. */
static size_t tail_of(const char *name, size_t size)
{
	unsigned int depth = 0;

	for (size_t i = size; i > 1; i--) {
		char letter = name[i - 1];

		depth += letter == '>' || letter == ')';
		depth -= depth && (letter == '<' || letter == '(');
		if (!depth && letter == ':' && name[i - 2] == ':')
			return i;
	}
	return 0;
}

static void add_tail(struct names *names, const char *name, uint32_t index)
{
	size_t size = name ? strlen(name) : 0;
	size_t tail = tail_of(name, size);

	if (tail)
		add(names, NAMES_TAILS,
		    hash_name(NAMES_TAILS, name + tail, size - tail),
		    name + tail, index);
}

/* A type's name with the namespaces and classes that it is in. */
static const char *full_name(const struct model_type *type)
{
	return type->tag ? type->tag : type->name;
}

static void add_type(struct names *names, uint32_t index)
{
	const struct model_type *type = &names->model->types.at[index];
	const char *name = full_name(type);

	switch (type->kind) {
	case ALLOC_KIND_BASE:
	case ALLOC_KIND_TYPEDEF:
		add_name(names, NAMES_TYPES, name, index);
		add_tail(names, name, index);
		break;
	case ALLOC_KIND_STRUCT:
	case ALLOC_KIND_UNION:
	case ALLOC_KIND_ENUM:
		add_name(names, NAMES_TAGS, type->tag, index);
		if (type->flags & ALLOTYPE_META_TYPE_CXX) {
			add_name(names, NAMES_TYPES, type->tag, index);
			add_tail(names, type->tag, index);
		}
		break;
	case ALLOC_KIND_POINTER:
		if (!(type->flags & (ALLOTYPE_META_TYPE_REFERENCE |
				     ALLOTYPE_META_TYPE_RVALUE)))
			add(names, NAMES_POINTERS, hash_target(type->target),
			    NULL, index);
		break;
	default:
		break;
	}
}

/* Links entries into buckets; within one, the order of the model. */
static void fill_buckets(struct names *names)
{
	memset(names->buckets, 0xff,
	       ((size_t)names->mask + 1) * sizeof *names->buckets);
	for (uint32_t i = names->count; i-- > 0;) {
		uint32_t *bucket = &names->buckets[names->entries[i].hash &
						   names->mask];

		names->entries[i].next = *bucket;
		*bucket = i;
	}
}

struct names *names_create(const struct model *model)
{
	struct names *names = calloc(1, sizeof *names);
	uint64_t most = 2ull * model->types.count + model->statics.count +
			model->declared.count + model->subprograms.count;
	uint32_t buckets = 1024;

	for (uint32_t i = 0; i < model->types.count; i++)
		most += model->types.at[i].kind == ALLOC_KIND_TYPEDEF ||
			(model->types.at[i].flags & ALLOTYPE_META_TYPE_CXX);
	if (!names || most > UINT32_MAX / 2) {
		free(names);
		return NULL;
	}
	while (buckets < most)
		buckets *= 2;
	names->model = model;
	names->capacity = (uint32_t)most;
	names->mask = buckets - 1;
	names->entries = calloc(most + 1, sizeof *names->entries);
	names->buckets = calloc(buckets, sizeof *names->buckets);
	if (!names->entries || !names->buckets) {
		names_destroy(names);
		return NULL;
	}
	for (uint32_t i = 0; i < model->types.count; i++)
		add_type(names, i);
	for (uint32_t i = 0; i < model->statics.count; i++)
		add_name(names, NAMES_STATICS, model->statics.at[i].name, i);
	for (uint32_t i = 0; i < model->declared.count; i++)
		if (model->declared.at[i].cut_up)
			add_name(names, NAMES_CUT_UP,
				 model->declared.at[i].name, i);
	for (uint32_t i = 0; i < model->subprograms.count; i++)
		add_name(names, NAMES_SUBPROGRAMS,
			 model->subprograms.at[i].plain_name, i);
	fill_buckets(names);
	return names;
}

void names_destroy(struct names *names)
{
	if (!names)
		return;
	free(names->entries);
	free(names->buckets);
	free(names);
}

/* The first entry from AT on that equals KEY, or MODEL_NONE. */
static uint32_t find_from(const struct names *names, uint32_t at,
			  const struct entry *key, size_t size)
{
	for (; at != MODEL_NONE; at = names->entries[at].next) {
		const struct entry *e = &names->entries[at];

		if (e->hash != key->hash || e->table != key->table)
			continue;
		if (!key->name || (strncmp(e->name, key->name, size) == 0 &&
				   !e->name[size]))
			return at;
	}
	return MODEL_NONE;
}

uint32_t names_first(const struct names *names, enum names_table table,
		     const char *name, size_t size, uint32_t *entry)
{
	struct entry key = { .hash = hash_name(table, name, size),
			     .name = name, .table = table & 0xff };

	*entry = find_from(names, names->buckets[key.hash & names->mask],
			   &key, size);
	return *entry == MODEL_NONE ? MODEL_NONE :
				      names->entries[*entry].index;
}

uint32_t names_next(const struct names *names, uint32_t *entry)
{
	const struct entry *key = &names->entries[*entry];

	*entry = find_from(names, key->next, key,
			   key->name ? strlen(key->name) : 0);
	return *entry == MODEL_NONE ? MODEL_NONE :
				      names->entries[*entry].index;
}

/* The only type of that name that the asking unit declares. */
static uint32_t find_own(const struct names *names, enum names_table table,
			 const char *name, size_t size, uint32_t file)
{
	uint32_t entry, found = MODEL_NONE;

	for (uint32_t i = names_first(names, table, name, size, &entry);
	     i != MODEL_NONE; i = names_next(names, &entry)) {
		if (!model_type_size(names->model, i) ||
		    !model_is_own_record(names->model, i, file))
			continue;
		if (found != MODEL_NONE)
			return MODEL_NONE;
		found = i;
	}
	return found;
}

uint32_t names_type(const struct names *names, enum names_table table,
		    const char *name, size_t size,
		    const struct names_asker *asker)
{
	const struct model *model = names->model;
	uint32_t entry, own, count = 0;
	uint32_t found = MODEL_NONE, exact = MODEL_NONE;
	bool several = false;
	uint64_t bytes = 0;

	for (uint32_t i = names_first(names, table, name, size, &entry);
	     i != MODEL_NONE; i = names_next(names, &entry)) {
		uint64_t other = model_type_size(model, i);

		count += other != 0;
		if (exact == MODEL_NONE && asker->wanted &&
		    other == asker->wanted)
			exact = i;
		several |= bytes && other && bytes != other;
		if (found == MODEL_NONE || (other && !bytes)) {
			found = i;
			bytes = other;
		}
	}
	if (count > 1 && asker->unit_file != MODEL_NONE) {
		own = find_own(names, table, name, size, asker->unit_file);
		if (own != MODEL_NONE)
			return own;
	}
	*asker->by_size |= several;
	return several ? exact : found;
}

/* The full name that ends in "::NAME", whose last part begins at TAIL, of
 * typedefs or of other types, or NULL; SEVERAL: it is not the only one. */
static const char *find_scoped(const struct names *names, const char *name,
			       size_t size, size_t tail, bool typedefs,
			       bool *several)
{
	const char *found = NULL;
	uint32_t entry;

	*several = false;
	for (uint32_t i = names_first(names, NAMES_TAILS, name + tail,
				      size - tail, &entry);
	     i != MODEL_NONE; i = names_next(names, &entry)) {
		const struct model_type *type = &names->model->types.at[i];
		const char *full = full_name(type);
		size_t length = strlen(full);

		if ((type->kind == ALLOC_KIND_TYPEDEF) != typedefs ||
		    length < size + 2 ||
		    strncmp(full + length - size, name, size) ||
		    strncmp(full + length - size - 2, "::", 2))
			continue;
		*several |= found && strcmp(found, full);
		found = full;
	}
	return found;
}

const char *names_scoped(const struct names *names, const char *name,
			 size_t size)
{
	size_t tail = tail_of(name, size);
	const char *found;
	bool several;

	found = find_scoped(names, name, size, tail, false, &several);
	if (!found)
		found = find_scoped(names, name, size, tail, true, &several);
	return several ? NULL : found;
}

uint32_t names_pointer(const struct names *names, uint32_t target)
{
	struct entry key = { .hash = hash_target(target),
			     .table = NAMES_POINTERS };
	uint32_t at = find_from(names, names->buckets[key.hash & names->mask],
				&key, 0);

	while (at != MODEL_NONE &&
	       names->model->types.at[names->entries[at].index].target !=
		       target)
		at = find_from(names, names->entries[at].next, &key, 0);
	return at == MODEL_NONE ? MODEL_NONE : names->entries[at].index;
}
