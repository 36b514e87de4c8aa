/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects kept as plain pointers, or made as what they begin with: those who
 * read them, and what is put into them, tell.  See chains.c for the arrows.
 */
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) int visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
	return what != NULL;
}

/* Two records of one size, each in a member of its own; only who reads that,
 * and allocates nothing, says which. */
struct group_format {
	void *file;
	long chunks;
};
struct name_format {
	void *file;
	char *name;
};
struct group {
	void *format;
	void *name_format;
};

__attribute__((noinline)) int group_make(struct group *group)
{
	group->format = calloc(1, sizeof(struct group_format)); /* -> struct group_format */
	group->name_format = calloc(1, sizeof(struct name_format)); /* -> struct name_format */
	return visit(group);
}

__attribute__((noinline)) long group_close(struct group *group)
{
	struct group_format *format = group->format;
	struct name_format *names = group->name_format;

	visit(names->file);
	visit(names->name);
	return visit(format->file) + format->chunks;
}

/* Which of two that begin alike and are as large: by what kind of number is put
 * behind that. */
struct shape {
	struct shape *next;
	long code;
};
struct pen {
	struct shape *next;
	long code;
	long pen;
};
struct point {
	struct shape *next;
	long code;
	double size;
};
struct shape *shapes;

__attribute__((noinline)) void pen_add(long pen)
{
	struct shape *shape = malloc(sizeof(struct pen)); /* "has any" at -O2 -> struct pen */

	if (!shape)
		return;
	((struct pen *)shape)->pen = pen;
	shape->code = 1;
	visit(shape);
	shape->next = shapes;
	shapes = shape;
}

__attribute__((noinline)) void point_add(double size)
{
	struct shape *shape = malloc(sizeof(struct point)); /* -> struct point */

	if (!shape)
		return;
	((struct point *)shape)->size = size;
	shape->code = 2;
	visit(shape);
	shape->next = shapes;
	shapes = shape;
}

/* The head of a list, which no variable points to: it points into itself. */
struct event {
	struct event *next, **previous;
	long number, times[5];
};
struct head {
	struct event *first;
	struct event **last;
};
struct extent {
	size_t first, last;
};
struct device {
	void *events;
	long number;
};

__attribute__((noinline)) int device_begin(struct device *device)
{
	device->events = malloc(sizeof(struct head)); /* "has any" at -O2 -> struct head */
	if (!device->events)
		return 0;
	((struct head *)device->events)->first = NULL;
	((struct head *)device->events)->last =
		&((struct head *)device->events)->first;
	return visit(device);
}

__attribute__((noinline)) size_t extent_size(const struct extent *extent)
{
	return extent->last - extent->first;
}

/* A record that a string follows, in a union with one that is but text. */
struct exchange {
	unsigned int preference, weight;
	char domain[];
};
struct answer {
	long type;
	union {
		struct exchange *exchange;
		char *text;
	} of;
};

__attribute__((noinline)) int answer_text(struct answer *answer, const char *from)
{
	answer->of.text = malloc(strlen(from) + 5); /* -> bytes */
	return visit(answer);
}

__attribute__((noinline)) int answer_fill(struct answer *answer, const char *from)
{
	answer->of.exchange = malloc( /* -> struct exchange */
		sizeof(struct exchange) + strlen(from) + 1);
	return visit(answer);
}

/* A list of names is not what the function returns. */
struct names {
	const char **at;
	unsigned int count;
};

static inline const char *names_add(struct names *names, const char *name)
{
	if (names->count % 32 == 0)
		names->at = realloc(names->at, /* -> const char * */
			(names->count + 32) * sizeof *names->at);
	if (!names->at)
		return NULL;
	names->at[names->count++] = name;
	return name;
}

__attribute__((noinline)) void names_begin(struct names *names,
					   const char *first)
{
	memset(names, 0, sizeof *names);
	names_add(names, strdup(first)); /* -> bytes */
}

/* An empty string. */
char *text;

__attribute__((noinline)) void text_set(const char *from)
{
	if (from) {
		text = strdup(from); /* -> bytes */
		return;
	}
	text = NULL;
	char *none = malloc(1); /* -> bytes */

	*none = '\0';
	text = none;
}

/* What one caller takes for something larger, another caller of the same inlined
 * function knows. */
struct info {
	void *user, *context, *pending;
};
struct error {
	long status;
	const char *message, *file;
	void *child, *pool;
};
void *slots[4];

static inline void *slot_info(int slot)
{
	void *info = slots[slot];

	if (!info) {
		info = calloc(1, sizeof(struct info)); /* "has any" */
		slots[slot] = info;
		visit(slots);
	}
	return info;
}

__attribute__((noinline)) int info_use(int slot, void *user)
{
	struct info *info = slot_info(slot); /* "has any" at -O2 -> struct info */

	info->user = user;
	info->context = slots;
	return visit(info);
}

__attribute__((noinline)) int info_close(int slot)
{
	struct error *error = slot_info(slot); /* "has any" at -O2 -> struct info */

	visit(error);
	return visit(((struct info *)error)->pending) + visit(error);
}

/* Two records of one size in one member: the functions that are given along with
 * it tell. */
struct connection {
	const char *class;
	long mode, position;
	long (*read)(struct connection *connection);
	void *private;
};
struct pipe_state {
	void *stream;
	long position;
};
struct text_state {
	char *text;
	long at;
};

__attribute__((noinline)) long pipe_read(struct connection *connection)
{
	struct pipe_state *state = connection->private;

	return visit(state->stream) + state->position;
}

__attribute__((noinline)) long text_read(struct connection *connection)
{
	struct text_state *state = connection->private;

	return state->text[state->at++];
}

__attribute__((noinline)) int pipe_open(struct connection *connection)
{
	connection->read = pipe_read;
	connection->class = "pipe";
	connection->private = malloc(sizeof(struct pipe_state)); /* -> struct pipe_state */
	return visit(connection);
}

__attribute__((noinline)) int text_open(struct connection *connection)
{
	connection->read = text_read;
	connection->private = malloc(sizeof(struct text_state)); /* -> struct text_state */
	connection->class = "text";
	return visit(connection);
}

/* That a number is put somewhere inside says nothing of the whole. */
struct zipped {
	void *stream;
	int compression, checked;
};

__attribute__((noinline)) int zipped_open(struct connection *connection, int level)
{
	connection->private = malloc(sizeof(struct zipped)); /* -> unknown */
	if (!connection->private)
		return 0;
	((struct zipped *)connection->private)->compression = level;
	return visit(connection);
}

/* What an inlined function keeps as the text of what it makes is its own, though
 * it returns void *. */
struct node_data {
	union {
		char *text;
		long number;
		double real;
	} of;
	size_t length;
	long kind, reserved[4];
};

static inline void *text_node(const char **from, size_t size)
{
	struct node_data *data = calloc(1, sizeof *data); /* -> struct node_data */

	data->kind = 1;
	data->of.text = malloc(size + 1); /* -> bytes */
	if (!data->of.text) {
		free(data);
		return NULL;
	}
	memcpy(data->of.text, *from, size);
	data->of.text[size] = '\0';
	data->length = strlen(data->of.text);
	visit(data);
	return data;
}

static inline void *any_node(const char **from, size_t size, int kind)
{
	if (kind == 1)
		return text_node(from, size);
	return NULL;
}

__attribute__((noinline)) int node_at(const char **from, size_t size, int kind)
{
	void *node = any_node(from, size, kind);

	return visit(node);
}

/* A box for one pointer; and what is found where a parameter points, which is put
 * there first. */
struct event *events;
void *iterator;
struct cache {
	long used, room;
	struct event *entries[8];
};

__attribute__((noinline)) void iterator_new(struct event *first)
{
	iterator = malloc(sizeof(struct event *)); /* -> struct event * */
	*(struct event **)iterator = first;
}

__attribute__((noinline)) struct cache *cache_of(void **pointer)
{
	if (!*pointer)
		*pointer = calloc(1, sizeof(struct cache)); /* -> struct cache */
	return *pointer;
}

/* As many bytes as nobody knows; only a function that is given them says of what. */
struct packet {
	int kind, length;
	char bytes[4];
};
struct envelope {
	long number;
	void *content;
};

__attribute__((noinline)) int packet_show(const struct packet *packet)
{
	return visit(packet->bytes) + packet->length;
}

__attribute__((noinline)) int envelope_fill(struct envelope *envelope,
					    const char *text)
{
	envelope->content = calloc(1, strlen(text) + 8); /* -> struct packet */
	return visit(envelope);
}

__attribute__((noinline)) int envelope_show(struct envelope *envelope)
{
	return packet_show(envelope->content) + (int)envelope->number;
}

int main(int argc, char **argv)
{
	struct connection connection;
	struct group group;
	struct device device = { .number = argc };
	struct answer answer = { .type = argc };
	struct extent extent = { 0, (size_t)argc };
	struct envelope envelope = { argc, NULL };
	struct names names;
	int sum = group_make(&group);

	iterator_new(events);
	visit(cache_of(&iterator));
	node_at((const char **)argv, 2, argc);
	pipe_open(&connection);
	text_open(&connection);
	zipped_open(&connection, argc);
	pen_add(argc);
	point_add(argc);
	names_begin(&names, argv[0]);
	visit(names_add(&names, argv[0]));
	text_set(argv[1]);
	info_use(argc & 1, argv);
	info_close(argc & 1);
	sum += answer_fill(&answer, argv[0]) + answer_text(&answer, argv[0]);
	sum += device_begin(&device) + (int)extent_size(&extent);
	sum += envelope_fill(&envelope, argv[0]) + envelope_show(&envelope);
	return sum + (int)group_close(&group);
}
