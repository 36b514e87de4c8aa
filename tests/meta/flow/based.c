/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that begin with one that all have, and are kept as that; and memory
 * that only what is put into it tells of.  See chains.c for the arrows.
 */
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) void visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
}

struct thing;
struct record {
	struct record *next;
	const char *name;
};
struct place {
	struct record base;
	double x, y;
	struct thing **near;
	int count;
};
struct way {
	struct record base;
	double length[2];
	struct way **ways;
	char *names[4];
};
struct thing {
	long id;
	struct record *data;
} things[8];

/* Who binds a record to a thing knows no more of it than its beginning. */
__attribute__((noinline)) void *bind(struct thing *to, size_t size)
{
	struct record *record = calloc(1, size); /* -> wrapper */

	if (!record)
		abort();
	record->next = to->data;
	to->data = record;
	return record;
}

#define PLACE(thing) ((struct place *)(thing)->data)
#define WAY(thing) ((struct way *)(thing)->data)

__attribute__((noinline)) void *zeroed(size_t count, size_t size)
{
	void *p = calloc(count, size); /* -> wrapper */

	if (!p)
		abort();
	return p;
}

__attribute__((noinline)) void thing_fill(struct thing *thing)
{
	bind(thing, sizeof(struct place)); /* -> struct place */
	bind(thing + 1, sizeof(struct way)); /* -> struct way */
	WAY(thing + 1)->names[1] = zeroed(8, 1); /* -> bytes */
}

/* Of those with something there, the one of what is put into it. */
__attribute__((noinline)) void thing_grow(struct thing *thing,
					  struct thing *near, size_t count)
{
	struct thing **all = zeroed(count, sizeof *all); /* -> struct thing * */

	PLACE(thing)->near = all;
	PLACE(thing)->near[PLACE(thing)->count++] = near;
}

__attribute__((noinline)) void thing_grow_on(struct thing *thing,
					     struct thing *near, size_t count)
{
	PLACE(thing)->near = zeroed( /* "has any" at -O2 -> struct thing * */
		count, sizeof(struct thing *));
	PLACE(thing)->near[count - 1] = near;
}

/* A union of what begins alike is none of its own. */
struct shape {
	int kind;
	long color;
};
struct circle {
	struct shape base;
	double at[2], radius;
};
struct point {
	struct shape base;
	double at[2];
};
union any_shape {
	struct shape base;
	union {
		struct shape base;
		struct circle circle;
	} round;
	struct point point;
} drawn;

__attribute__((noinline)) struct shape *circle_make(void)
{
	struct shape *shape = malloc(sizeof(struct circle)); /* -> struct circle */

	if (shape)
		shape->kind = 1;
	return shape;
}

__attribute__((noinline)) struct shape *point_make(void)
{
	struct shape *shape = malloc(sizeof(struct point)); /* -> struct point */

	if (shape)
		shape->kind = 2;
	return shape;
}

/* Numbers that are kept as plain memory. */
struct option {
	const char *name;
	void *value, *preset;
} options[4];

__attribute__((noinline)) void option_set(struct option *option, int value)
{
	option->value = malloc(sizeof(int)); /* -> int */
	if (option->value)
		*(int *)option->value = value;
	option->preset = malloc(sizeof(int)); /* -> int */
	if (option->preset)
		*(int *)option->preset = 1;
}

__attribute__((noinline)) void option_set_long(struct option *option,
					       unsigned long value)
{
	option->value = malloc(sizeof(value)); /* "has any" at -O2 -> unsigned long */
	if (option->value)
		*(unsigned long *)option->value = value;
}

/* As many as four points are not one of what begins as a point does. */
struct position {
	double x, y;
};
struct step {
	double x, y, so_far, left[5];
} steps[2];

__attribute__((noinline)) struct position *corners_make(void)
{
	struct position *corners =
		malloc(4 * sizeof(struct position)); /* -> struct position */

	if (corners)
		corners->x = 1;
	return corners;
}

/* A function that works on what is made is given along: of several that are as
 * large and begin alike, it is what that takes. */
struct action {
	int (*run)(const char *name, struct action *action);
	long times;
} *actions[4];
struct print_action {
	struct action base;
};
struct prune_action {
	struct action base;
};

__attribute__((noinline)) struct action *action_make(size_t size,
		int (*run)(const char *name, struct action *action))
{
	struct action *action = calloc(1, size); /* -> wrapper */

	if (!action)
		abort();
	action->run = run;
	for (int i = 0; i < 3; i++)
		actions[i] = actions[i + 1];
	actions[3] = action;
	return action;
}

static int print(const char *name, struct print_action *action)
{
	visit(name);
	return (int)action->base.times;
}

static int prune(const char *name, struct prune_action *action)
{
	visit(name);
	return (int)action->base.times + 1;
}

__attribute__((noinline)) void actions_make(void)
{
#define ACTION(name) action_make(sizeof(struct name##_action), \
		(int (*)(const char *, struct action *))name)
	ACTION(print)->times = 1; /* -> struct print_action */
	ACTION(prune); /* -> struct prune_action */
}

/* What is as large as the caller says is the caller's, who may be the only one,
 * inlined or not; what it refers to is not. */
struct line {
	struct record base;
	double from[3], to[3];
};

static struct record *record_make(const char *name, size_t size)
{
	struct record *record = malloc(size); /* at -O0 -> wrapper */

	if (!record)
		abort();
	record->next = NULL;
	record->name = strdup(name); /* -> bytes */
	return record;
}

__attribute__((noinline)) struct line *line_make(const char *name)
{
	struct line *line = (struct line *)record_make(name, sizeof *line); /* -> struct line */

	line->to[1] = line->from[0] = 1;
	return line;
}

/* Members of a union, of which there is just as much as is used: told by that,
 * and by what is stored. */
struct node_base {
	struct record base;
	long kind;
};
union node {
	struct node_base base;
	struct node_number {
		struct node_base base;
		long value;
	} number;
	struct node_text {
		struct node_base base;
		const char *text;
		size_t length;
	} text;
	struct node_pair {
		struct node_base base;
		union node *left, *right;
	} pair;
	long room[12];
};

static union node *node_make(long kind, size_t size)
{
	union node *node = malloc(size); /* at -O0 -> wrapper */

	if (!node)
		abort();
	node->base.kind = kind;
	return node;
}

__attribute__((noinline)) union node *number_make(long value)
{
	union node *node = node_make(1, sizeof node->number); /* -> struct node_number */

	node->number.value = value;
	return node;
}

__attribute__((noinline)) union node *pair_make(union node *left)
{
	union node *node = node_make(2, sizeof node->pair); /* -> struct node_pair */

	node->pair.left = left;
	return node;
}

/* That one of several numbers happens to be its size says nothing. */
struct ring {
	long first, last, room;
};

static inline struct ring *ring_make(long room)
{
	struct ring *ring = malloc(sizeof *ring); /* -> struct ring */

	if (!ring)
		abort();
	ring->first = ring->last = 0;
	ring->room = room;
	return ring;
}

__attribute__((noinline)) void rings_make(struct ring **rings)
{
	rings[0] = ring_make(sizeof(struct ring));
	rings[1] = ring_make(100);
}

int main(int argc, char **argv)
{
	struct ring *rings[2];
	struct circle circle = { .radius = argc };
	struct point point = { .at = { argc } };

	drawn.round.circle = circle;
	visit(&drawn);
	drawn.point = point;
	visit(&drawn);
	visit(argv);
	thing_fill(things);
	thing_grow(things, things + 1, (size_t)argc);
	thing_grow_on(things, things + 2, (size_t)argc);
	visit(circle_make());
	visit(point_make());
	option_set(options, argc);
	option_set_long(options + 1, (unsigned long)argc);
	visit(things);
	visit(corners_make());
	visit(steps);
	actions_make();
	visit(actions);
	visit(line_make(argv[0]));
	rings_make(rings);
	visit(pair_make(number_make(argc)));
	visit(rings);
	return 0;
}
