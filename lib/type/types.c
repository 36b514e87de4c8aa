/* SPDX-License-Identifier: Apache-2.0 */
#include "type/types.h"

#include <string.h>
#include <sys/mman.h>

#include "base/sys.h"
#include "type/metafile_spelling.h"
#include "type/type_entry.h"

/*
 * An open-addressed table of entry numbers plus one; half of the slots stay
 * empty even when every entry is used.  An entry is filled before its
 * number is released into a slot; acquiring the slot shows it complete.
 * An entry that loses the race for a slot is left unused.
 */
enum {
	CAPACITY = 1 << 17,
	CAPACITY_LIMITED = 1 << 14, /* where address space is scarce */
	STRING_BYTES_PER_TYPE = 56,
	PROBES_MAX = 1024,
};

static struct {
	struct alloc_type *entries;
	uint32_t *slots;
	char *strings;
	uint32_t capacity;
	uint32_t slot_mask;
	uint32_t entry_count; /* atomic, relaxed: only hands out numbers */
	size_t string_capacity;
	size_t string_bytes;  /* atomic, relaxed */
} table;

static const struct alloc_type *builtins[TYPES_BUILTIN_COUNT];

enum status types_init(void)
{
	bool limited = sys_limit(SYS_LIMIT_ADDRESS_SPACE) != UINT64_MAX;
	size_t capacity = limited ? CAPACITY_LIMITED : CAPACITY;
	size_t entries = capacity * sizeof(struct alloc_type);
	size_t slots = capacity * 2 * sizeof(uint32_t);
	size_t strings = capacity * STRING_BYTES_PER_TYPE;
	size_t size = entries + slots + strings;
	char *memory;

	if (table.entries)
		return STATUS_MISUSE;
	memory = sys_reserve(size, SYS_PAGE_SIZE);
	if (!memory)
		return STATUS_NO_MEMORY;
	if (sys_failed(sys_mprotect(memory, size, PROT_READ | PROT_WRITE))) {
		sys_release(memory, size);
		return STATUS_NO_MEMORY;
	}
	/* A huge page for the first type would cost 2 MiB. */
	sys_keep_small(memory, size);
	table.entries = (struct alloc_type *)memory;
	table.slots = (uint32_t *)(memory + entries);
	table.strings = memory + entries + slots;
	table.string_capacity = strings;
	table.slot_mask = (uint32_t)capacity * 2 - 1;
	table.capacity = (uint32_t)capacity;
	return STATUS_OK;
}

char *types_reserve_string(size_t length)
{
	size_t at;

	if (length >= table.string_capacity ||
	    __atomic_load_n(&table.string_bytes, __ATOMIC_RELAXED) >=
		    table.string_capacity)
		return NULL;
	at = __atomic_fetch_add(&table.string_bytes, length + 1,
				__ATOMIC_RELAXED);
	if (at > table.string_capacity - length - 1)
		return NULL;
	return table.strings + at;
}

static struct alloc_type *reserve_entry(void)
{
	uint32_t at;

	if (__atomic_load_n(&table.entry_count, __ATOMIC_RELAXED) >=
	    table.capacity)
		return NULL;
	at = __atomic_fetch_add(&table.entry_count, 1, __ATOMIC_RELAXED);
	return at < table.capacity ? &table.entries[at] : NULL;
}

/* The hash decides; the rest is checked because a file may lie. */
static bool same_type(const struct alloc_type *a, const struct alloc_type *b)
{
	if (a->hash != b->hash || a->kind != b->kind || a->size != b->size ||
	    a->count != b->count)
		return false;
	/* The name of a derived type follows from the rest. */
	return metafile_kind_is_spelled(a->kind) || a->name == b->name ||
	       strcmp(a->name, b->name) == 0;
}

/* The one type that equals KEY: an old one, or a copy of KEY. */
static const struct alloc_type *canonical(const struct alloc_type *key)
{
	struct alloc_type *fresh = NULL;
	uint32_t at = (uint32_t)key->hash;

	if (!table.entries)
		return NULL;
	for (int probes = 0; probes < PROBES_MAX; at++) {
		uint32_t *slot = &table.slots[at & table.slot_mask];
		/* Pairs with the release below. */
		uint32_t number = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

		if (!number) {
			if (!fresh) {
				fresh = reserve_entry();
				if (!fresh)
					return NULL;
				*fresh = *key;
			}
			if (__atomic_compare_exchange_n(
				    slot, &number,
				    (uint32_t)(fresh - table.entries) + 1,
				    false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
				return fresh;
		}
		/* NUMBER is now whoever holds the slot. */
		if (same_type(&table.entries[number - 1], key))
			return &table.entries[number - 1];
		probes++;
	}
	return NULL;
}

static const struct alloc_type *make_from_file(const struct metafile *file,
					       uint32_t index)
{
	struct metafile_type meta;
	struct alloc_type key;

	if (!metafile_type(file, index, &meta) ||
	    meta.kind > ALLOC_KIND_ATOMIC)
		return NULL;
	key = (struct alloc_type){
		.hash = metafile_type_hash(file, index),
		.size = meta.size,
		.file = file,
		.name = metafile_kind_is_spelled(meta.kind) ?
				NULL :
				metafile_string(file, meta.name),
		.index = index,
		.kind = meta.kind,
		.encoding = meta.encoding,
		.flags = meta.flags,
	};
	if (key.kind == ALLOC_KIND_ARRAY)
		key.count = meta.flags & ALLOTYPE_META_TYPE_FLEXIBLE ?
				    UINT64_MAX :
				    meta.count;
	return canonical(&key);
}

/* A file's note of a type is the number of its entry plus one. */
const struct alloc_type *types_from_file(const struct metafile *file,
					 uint32_t index)
{
	uint32_t *note = metafile_type_note(file, index);
	const struct alloc_type *type;
	uint32_t number;

	if (!note)
		return NULL;
	/* Pairs with the release below, for the entry. */
	number = __atomic_load_n(note, __ATOMIC_ACQUIRE);
	if (number)
		return &table.entries[number - 1];
	type = make_from_file(file, index);
	if (type)
		__atomic_store_n(note, (uint32_t)(type - table.entries) + 1,
				 __ATOMIC_RELEASE);
	return type;
}

/*
 * The last arrays asked for, because hashing costs more than all the rest
 * of a heap query.  An entry is as good as its slot's hash: it says itself
 * what it is an array of.
 */
enum { RECENT_ARRAYS = 256 };

static const struct alloc_type *recent_arrays[RECENT_ARRAYS];

static const struct alloc_type **
recent_array_slot(const struct alloc_type *element, uint64_t count)
{
	uint64_t mixed = ((uint64_t)(uintptr_t)element >> 6) * 31 + count;

	return &recent_arrays[mixed % RECENT_ARRAYS];
}

static const struct alloc_type *make_array(const struct alloc_type *element,
					   uint64_t count)
{
	struct alloc_type key = {
		.count = count,
		.target = element,
		.kind = ALLOC_KIND_ARRAY,
	};
	uint64_t element_size = alloc_type_size(element);

	if (count == UINT64_MAX)
		key.flags = ALLOTYPE_META_TYPE_FLEXIBLE;
	else if (__builtin_mul_overflow(count, element_size, &key.size))
		return NULL;
	key.hash = allotype_hash_derived(key.kind, element->hash, count);
	return canonical(&key);
}

const struct alloc_type *types_array(const struct alloc_type *element,
				     uint64_t count)
{
	const struct alloc_type **slot = recent_array_slot(element, count);
	/* Acquire and release: with each other, for the entry. */
	const struct alloc_type *type =
		__atomic_load_n(slot, __ATOMIC_ACQUIRE);

	if (!element)
		return NULL;
	if (type && type->target == element && type->count == count)
		return type;
	type = make_array(element, count);
	if (type)
		__atomic_store_n(slot, type, __ATOMIC_RELEASE);
	return type;
}

const struct alloc_type *types_pointer(const struct alloc_type *target)
{
	struct alloc_type key = {
		.size = sizeof(void *),
		.target = target,
		.kind = ALLOC_KIND_POINTER,
	};

	if (!target)
		return NULL;
	key.hash = allotype_hash_derived(key.kind, target->hash, 0);
	return canonical(&key);
}

/* DW_ATE_* (DWARF 5 section 7.8). */
enum { ATE_SIGNED = 5, ATE_SIGNED_CHAR = 6, ATE_UNSIGNED = 7,
       ATE_UNSIGNED_CHAR = 8 };

const struct alloc_type *types_builtin(enum types_builtin which)
{
	static const struct alloc_type keys[TYPES_BUILTIN_COUNT] = {
		[TYPES_VOID] = { .name = "void", .kind = ALLOC_KIND_VOID },
		[TYPES_CHAR] = { .name = "char", .kind = ALLOC_KIND_BASE,
				 .size = 1, .encoding = ATE_SIGNED_CHAR },
		[TYPES_UNSIGNED_CHAR] = { .name = "unsigned char",
					  .kind = ALLOC_KIND_BASE, .size = 1,
					  .encoding = ATE_UNSIGNED_CHAR },
		[TYPES_INT] = { .name = "int", .kind = ALLOC_KIND_BASE,
				.size = 4, .encoding = ATE_SIGNED },
		[TYPES_UNSIGNED_LONG] = { .name = "unsigned long",
					  .kind = ALLOC_KIND_BASE, .size = 8,
					  .encoding = ATE_UNSIGNED },
	};
	const struct alloc_type *type;
	struct alloc_type key;

	if ((unsigned int)which >= TYPES_BUILTIN_COUNT)
		return NULL;
	/* Whoever comes first publishes the same pointer. */
	type = __atomic_load_n(&builtins[which], __ATOMIC_ACQUIRE);
	if (type)
		return type;
	key = keys[which];
	key.hash = allotype_hash_base(key.kind, key.size, key.encoding,
				      key.name, strlen(key.name));
	type = canonical(&key);
	__atomic_store_n(&builtins[which], type, __ATOMIC_RELEASE);
	return type;
}
