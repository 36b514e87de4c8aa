/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A function is given a record as void *, and others that use it are inlined:
 * debug information may lose the variable for the record before its last use,
 * not the parameter with the same value.  See chains.c for the arrows.
 */
#include <stdlib.h>
#include <string.h>

struct entry {
	struct entry *next;
	const char *key;
};
struct item {
	struct entry *entry;
	long index;
};
struct table {
	struct entry *entries;
	long count;
};
struct config {
	struct table table;
	struct item *items;
	unsigned int count, room;
};

__attribute__((noinline)) struct entry *table_find(struct table *table,
						   const char *key)
{
	for (struct entry *e = table->entries; e; e = e->next)
		if (strcmp(e->key, key) == 0)
			return e;
	return NULL;
}

__attribute__((noinline)) void table_add(struct table *table, struct entry *e)
{
	e->next = table->entries;
	table->entries = e;
}

__attribute__((noinline)) int parse(const char *key, char *name)
{
	strncpy(name, key, 8);
	return !*name;
}

static struct entry *config_find(struct config *config, const char *key)
{
	char name[8];

	if (parse(key, name))
		return NULL;
	return table_find(&config->table, name);
}

static int config_add(struct config *config, const char *key)
{
	struct entry *e = config_find(config, key);
	struct item *item;

	if (!e) {
		e = malloc(sizeof *e); /* -> struct entry */
		if (!e)
			return -1;
		e->key = key;
		table_add(&config->table, e);
	}
	if (config->count + 1 > config->room) {
		config->room = (config->room + 16) * 3 / 2;
		config->items = realloc( /* -> struct item */
			config->items, config->room * sizeof(struct item));
	}
	item = &config->items[config->count++];
	item->entry = e;
	item->index = config->table.count - 1;
	return 0;
}

int visit_key(const char *key, void *data)
{
	struct config *config = data;

	return config_add(config, key);
}

static int (*volatile callback)(const char *key, void *data) = visit_key;

int main(int argc, char **argv)
{
	struct config config = { .count = 0 };

	return callback(argv[argc - 1], &config);
}
