/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library that allocates through pointers which its users give it, and
 * nobody does here: by the names of their types, or of where they are kept.
 * See chains.c for the arrows.
 */
#include <stdlib.h>

typedef void *(*alloc_with_pool)(void *pool, size_t count, size_t size);
/* One name is of allocating, another of the same type is not: no telling. */
typedef void *(*alloc_any)(void *pool, size_t size);
typedef void *(*get_at)(void *pool, size_t at);

struct hooks {
	void *(*reallocate)(void *old, size_t size, unsigned int flags);
	void *(*realloc_from)(void *old, size_t old_size, size_t size);
	alloc_any any;
	void (*release)(void *old);
};
struct entry {
	struct entry *next;
	long key;
};
struct table {
	struct entry **entries;
	size_t count;
	alloc_with_pool alloc;
	get_at get;
	double *loads;
	void *pool;
	struct hooks *hooks;
	int *sizes;
	double load;
};

__attribute__((noinline)) struct table *table_make(size_t count, void *pool,
						   alloc_with_pool alloc)
{
	struct table *table = alloc(pool, 1, sizeof *table); /* -> struct table */

	if (!table)
		return NULL;
	table->entries = alloc(pool, count, sizeof(void *)); /* -> struct entry * */
	table->count = count;
	table->alloc = alloc;
	table->pool = pool;
	return table;
}

__attribute__((noinline)) void table_grow(struct table *table, size_t count)
{
	table->sizes = table->hooks->reallocate( /* -> int */
		table->sizes, count * sizeof(int), 0);
	table->loads = table->hooks->realloc_from( /* -> double */
		NULL, 0, count * sizeof(double));
	table->count = count;
}

/* Who asks follows; resizing is no other thing than growing. */
struct {
	void *pool;
	void *(*take)(void *pool, size_t size, const char *file, int line,
		      const char *module);
	void *(*take_alloc)(void *pool, size_t size, const char *file, int line,
			    const char *module, const char *function);
	void *(*realloc_at)(void *pool, void *old, size_t size,
			    const char *file, int line);
	void *(*resize_at)(void *pool, void *old, size_t size,
			   const char *file, int line);
} memory;

#define TAKE(size) memory.take_alloc(memory.pool, size, __FILE__, __LINE__, \
				     "hooks", __func__)

/* Pools of the program's own are records. */
struct context {
	const struct context_methods *methods;
	char *at;
};
struct context_methods {
	void *(*alloc)(struct context *context, size_t size);
	void *(*realloc)(struct context *context, void *old, size_t size);
};
struct context *current;

__attribute__((noinline)) void *context_take(size_t size)
{
	void *p = current->methods->alloc(current, size); /* at -O0 -> wrapper */

	if (!p)
		abort();
	return p;
}

__attribute__((noinline)) struct entry *context_entry(struct table *table)
{
	struct entry *entry = context_take(sizeof *entry); /* -> struct entry */

	table->sizes = current->methods->realloc( /* -> int */
		current, table->sizes, table->count * sizeof(int));
	entry->key = table->sizes[0];
	return entry;
}

/* Memory was char * once. */
struct {
	char *(*Alloc)(unsigned int size);
	char *(*Realloc)(char *old, unsigned int size);
	char *(*alloc_name)(char *name, unsigned long size);
} old;

__attribute__((noinline)) void table_weigh(struct table *table)
{
	struct table *copy =
		(struct table *)old.Alloc(sizeof *copy); /* -> struct table */

	copy->loads = NULL;
	copy->pool = old.alloc_name("name", 8);
	table->loads = (double *)old.Realloc( /* -> double */
		(char *)table->loads, table->count * 8);
	table->sizes = (int *)old.Alloc( /* -> int */
		table->count * 4);
}

__attribute__((noinline)) struct entry *entry_make(struct table *table)
{
	struct entry *entry = TAKE(sizeof *entry); /* -> struct entry */

	if (memory.take(table, 3, __FILE__, __LINE__, "hooks"))
		return NULL;
	table->entries = memory.realloc_at( /* -> struct entry * */
		memory.pool, table->entries,
		(table->count + 1) * sizeof *table->entries, __FILE__,
		__LINE__);
	return table->entries[table->count++] = entry;
}

__attribute__((noinline)) struct entry *table_get(struct table *table, size_t at)
{
	struct entry *entry = table->get(table->pool, at);

	return entry ? entry : table->entries[0];
}

int main(int argc, char **argv)
{
	struct entry *first = malloc(sizeof *first); /* -> struct entry */
	struct table *table = table_make((size_t)argc, argv, NULL);

	table_grow(table, 4);
	table_weigh(table);
	table->entries[0] = context_entry(table);
	entry_make(table)->key = argc;
	return table_get(table, (size_t)argc) == first;
}
