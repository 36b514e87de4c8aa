/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations that are kept as plain memory, and known for what they are
 * elsewhere: where they are loaded again, in other functions of the file, by
 * what is copied to them, or by variables that debug information loses.  See
 * chains.c for the arrows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) int visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
	return what != NULL;
}

/* A member that holds the state of one codec or another. */
struct codec {
	long mode;
	double gain, limits[3];
};
struct stream {
	long mode;
	unsigned char *data;
	void *private;
};

__attribute__((noinline)) int stream_open(struct stream *stream)
{
	struct codec *codec;

	stream->data = calloc(1, sizeof(struct codec)); /* -> struct codec */
	if (!stream->data || !visit(stream))
		return 0;
	codec = (struct codec *)stream->data;
	codec->mode = stream->mode;
	codec->gain = 1;
	return visit(codec);
}

/* What is used as a record in another function alone. */
struct state {
	char path[40];
	long at, limit;
};

__attribute__((noinline)) int stream_begin(struct stream *stream)
{
	stream->private = malloc(sizeof(struct state)); /* -> struct state */
	return stream->private != NULL;
}

__attribute__((noinline)) long stream_tell(const struct stream *stream)
{
	const struct state *state = stream->private;

	return state->limit - state->at;
}

/* A copy is of the type of what is copied, if it is as large. */
int pids[64];

__attribute__((noinline)) void *pids_copy(size_t count)
{
	void *copy = malloc(count * sizeof *pids); /* -> int */

	return memcpy(copy, pids, count * sizeof *pids);
}

/* What a function returns a copy of, its caller knows: a variable, or a
 * member. */
struct range {
	unsigned short first;
	unsigned short others[3];
	long until;
} ranges[4];
void *copies[4];

__attribute__((noinline)) void *duplicate(const void *from, size_t size)
{
	void *copy = malloc(size); /* -> wrapper */

	if (!copy)
		exit(1);
	memcpy(copy, from, size);
	return copy;
}

__attribute__((noinline)) void ranges_keep(const struct range *range)
{
	struct range mine = *range;

	mine.until++;
	copies[0] = duplicate(&mine, sizeof mine); /* -> struct range */
	copies[1] = duplicate(&range->first, sizeof range->first); /* -> unsigned short */
	copies[2] = duplicate(&range->until, sizeof range->until); /* -> long */
	copies[3] = duplicate(ranges, sizeof ranges); /* -> struct range */
}

/* Numbers that memory is filled with say nothing of what it is for. */
static inline void *take(size_t size, int flags)
{
	void *p;

	if (!size)
		size = 1;
	p = malloc(size);
	if (!p)
		exit(1);
	if (flags) {
		long *at = p, *end = (long *)((char *)p + size);

		while (at < end)
			*at++ = 0;
	}
	return p;
}

__attribute__((noinline)) void *take_cleared(size_t size)
{
	return take(size, 1);
}

struct entry {
	struct entry *next;
	long key[4];
} *entries;

__attribute__((noinline)) void entry_add(long key)
{
	struct entry *entry = take_cleared(sizeof *entry); /* -> struct entry */

	entry->key[0] = key;
	entry->next = entries;
	entries = entry;
}

/* A buffer that is shown to the caller is the function's own. */
struct block {
	unsigned char *buffer;
	size_t used;
};

static const void *block_fill(struct block *block, const char **end)
{
	if (!block->buffer) {
		block->buffer = malloc(0x8000); /* -> bytes */
		if (!block->buffer)
			return NULL;
	}
	block->used = fread(block->buffer, 1, 0x8000, stdin);
	*end = (const char *)block->buffer + block->used;
	return block->buffer;
}

__attribute__((noinline)) int block_read(struct block *block)
{
	const char *end;
	const void *data = block_fill(block, &end);

	return data && visit(data) + visit(end);
}

/* A pointer stays what a variable took it for that holds another one then; at
 * -O0 it "has no type". */
struct reader {
	long packed[9];
	struct part {
		long size, start, end;
	} *parts;
	size_t cursor, count;
};
struct reader *last_reader;

__attribute__((noinline)) int reader_next(void **formats, long size)
{
	void *format = formats[0];
	struct reader *reader = format;

	if (++reader->cursor < reader->count)
		return visit(reader);
	visit(format);
	reader = last_reader;
	((struct reader *)format)->parts = realloc( /* "has none" at -O2 -> struct part */
		((struct reader *)format)->parts,
		sizeof(struct part) * (size_t)size);
	return visit(format) + visit(reader);
}

/* A static that compilers may cut up: its members have addresses of their own
 * then. */
static struct {
	size_t count, room;
	struct entry **list;
} pile;

__attribute__((noinline)) void pile_add(struct entry *entry)
{
	if (pile.count == pile.room) {
		pile.room += 16;
		pile.list = realloc(pile.list, /* -> struct entry * */
				    pile.room * sizeof *pile.list);
	}
	pile.list[pile.count++] = entry;
}

/* What a variable holds as a union is given on as one of its members, which is
 * as large. */
union port {
	int tag;
	struct single {
		int tag;
		long state[7];
	} single;
};

static inline union port *port_make(void)
{
	union port *port = calloc(1, sizeof *port); /* -> union port */

	if (port)
		port->tag = 1;
	return port;
}

__attribute__((noinline)) struct single *single_make(long state)
{
	struct single *single = (struct single *)port_make();

	if (single)
		single->state[0] = state;
	return single;
}

/* Of the members of a union, the one that a format reads; at -O0 it "has been"
 * loaded again. */
static union {
	int *integers[8];
	long *longs[8];
	float *reals[8];
	double *doubles[8];
} read_numbers;

__attribute__((noinline)) int number_read(int i, const char *text)
{
	read_numbers.doubles[i] = malloc( /* "has any" at -O2 -> double */
		sizeof(double));
	return sscanf(text, "%*d %lf", read_numbers.doubles[i]);
}

/* What follows a header is the caller's, though one caller only stores it,
 * and only the header is left there. */
struct header {
	const char *kind;
	long references;
};
struct text {
	size_t length;
	const char *characters;
};
struct table {
	struct text **texts;
	size_t used, room;
};

static void *value_make(const char *kind, size_t size)
{
	struct header *header = calloc(1, sizeof *header + size); /* at -O0 -> wrapper */

	if (!header)
		return NULL;
	header->kind = kind;
	header->references = 1;
	return header + 1;
}

__attribute__((noinline)) int text_make(struct text **result)
{
	*result = value_make("text", sizeof **result); /* -> struct text +16 */
	return *result != NULL;
}

__attribute__((noinline)) struct table *table_make(struct text **texts)
{
	struct table *table = value_make("table", sizeof *table); /* -> struct table +16 */

	if (table)
		table->texts = texts;
	return table;
}

/* Nor is the header where the caller keeps a list of those. */
struct owned {
	struct owned *before, *after;
	size_t size;
};

static inline __attribute__((always_inline)) void *
owned_take(struct owned **all, size_t size)
{
	struct owned *owned;

	if (!size || !all)
		return NULL;
	owned = malloc(size + sizeof *owned);
	if (!owned)
		return NULL;
	owned->before = NULL;
	owned->after = NULL;
	owned->size = size;
	if (*all) {
		owned->before = *all;
		(*all)->after = owned;
	}
	*all = owned;
	return owned + 1;
}

__attribute__((noinline)) size_t owned_use(int count)
{
	struct owned *all = NULL;
	struct table *table = owned_take(&all, sizeof *table); /* -> struct table +24 */
	struct text *texts = owned_take(&all, /* -> struct text +24 */
					sizeof *texts * (size_t)count);
	char *name;

	table->used = (size_t)visit(texts);
	texts[count - 1].length = table->used;
	name = owned_take(&all, (size_t)count); /* -> bytes */
	name[0] = 'n';
	return (size_t)visit(name) + all->size;
}

__attribute__((noinline)) struct table *table_for(struct owned **all)
{
	struct table *table = owned_take(all, sizeof *table); /* -> struct table +24 */

	if (table)
		table->used = 1;
	return table;
}

/* A message is no object that its function makes for others. */
static void *try_take(size_t size, char **error)
{
	void *p = malloc(size); /* at -O0 -> wrapper */

	if (!p)
		*error = strdup("no memory"); /* -> bytes */
	return p;
}

__attribute__((noinline)) struct part *part_try(char **error)
{
	struct part *part = try_take(sizeof *part, error); /* -> struct part */

	if (part)
		part->start = 1;
	return part;
}

__attribute__((noinline)) struct range *range_try(char **error)
{
	struct range *range = try_take(sizeof *range, error); /* -> struct range */

	if (range)
		range->until = 1;
	return range;
}

int main(int argc, char **argv)
{
	struct stream stream = { argc, NULL, argv };
	struct reader reader = { .count = (size_t)argc };
	struct block block = { NULL, 0 };
	int sum = stream_open(&stream) + stream_begin(&stream);

	ranges_keep(&ranges[argc]);
	entry_add(argc);
	pile_add(entries);
	visit(single_make(argc));
	number_read(argc, argv[0]);
	visit(table_make(NULL));
	sum += (int)owned_use(argc) + visit(table_for((struct owned **)argv));
	sum += visit(part_try(argv)) + visit(range_try(argv));
	sum += text_make((struct text **)argv);
	sum += visit(pids_copy((size_t)argc)) + (int)stream_tell(&stream);
	return sum + block_read(&block) + reader_next((void *[]){ &reader }, argc);
}
