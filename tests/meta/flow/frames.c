/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What variables in the frame say of objects, where code that is not
 * optimized keeps all; see chains.c for the comments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
	long users;
	char *error;
	long version;
};
/* Of one size, and all begin with a table. */
struct name_table {
	struct table base;
	char *name;
};
struct part_table {
	struct table base;
	long part;
};
struct cursor {
	struct table *table;
};
struct row_cursor {
	struct cursor base;
	long row;
	char *text;
	struct row_cursor *parent;
};

__attribute__((noinline)) void complain(int code, int size)
{
	fprintf(stderr, "%d: %d bytes\n", code, size);
}

/* The size before what it gives out. */
__attribute__((noinline)) void *counted_take(int size)
{
	long *p = malloc((size_t)size + 8); /* -> wrapper */

	if (p) {
		p[0] = size;
		p++;
	} else {
		complain(7, size);
	}
	return (void *)p;
}

__attribute__((noinline)) int table_open(struct table **out)
{
	struct table *table = counted_take(sizeof *table); /* -> struct table +8 */

	*out = table;
	if (!table)
		return 1;
	memset(table, 0, sizeof *table);
	return 0;
}

/* What is beyond a cursor is not in a second one. */
__attribute__((noinline)) int row_filter(struct cursor *cursor,
					 const char *text)
{
	struct row_cursor *row = (struct row_cursor *)cursor;
	size_t size = strlen(text) + 1;

	row->row++;
	row->parent = malloc(size); /* -> struct row_cursor */
	row->text = malloc(size); /* -> bytes */
	if (!row->text)
		return 1;
	memcpy(row->text, text, size);
	return cursor->table == NULL;
}

int main(int argc, char **argv)
{
	struct row_cursor row = { .row = argc };
	struct name_table names = { .name = argv[0] };
	struct part_table parts = { .part = argc };
	int failed = table_open(&row.base.table);

	failed += row_filter(&row.base, argv[0]);
	return failed + (names.name == NULL) + (int)parts.part;
}
