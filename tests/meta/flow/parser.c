/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a parser's actions make and leave in one value, a union, which is put on
 * a stack after them; and the stacks themselves.  See chains.c for the arrows.
 */
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) int visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
	return what != NULL;
}

struct number { long value; };
struct name { char *text; struct name *next; };
struct sum { long kind; struct number *left, *right; };
struct call { struct name *name; void *arguments[3]; };
struct list { struct list *next; void *item; long count, room, line; };
struct block { void *first, *last; long lines[4]; };
struct loop { struct block *body; double step; void *others[5]; };
struct test { void *condition, *yes, *no; long lines[5]; };
struct unit { char *file; void *blocks[8]; };
struct import { struct unit *unit; char path[72]; };
struct record { struct name *name; long offsets[10]; };

union value {
	struct { long token, line, column; } place;
	struct number *number;
	struct name *name;
	struct sum *sum;
	struct call *call;
	struct list *list;
	struct block *block;
	struct loop *loop;
	struct test *test;
	struct unit *unit;
	struct import *import;
	struct record *record;
};
typedef short state_t;
union stacks {
	state_t states;
	union value values;
};

int next_rule(void);
int states_seen(const state_t *states, size_t count);

/* What the RULE makes; AT is the stack's. */
static inline void act(union value *result, int rule, union value *at)
{
	switch (rule) {
	case 1:
		result->number = malloc(sizeof *result->number); /* -> struct number */
		result->number->value = rule;
		break;
	case 2:
		result->name = calloc(1, sizeof *result->name); /* -> struct name */
		result->name->text = (char *)at;
		break;
	case 3:
		result->sum = calloc(1, sizeof *result->sum); /* -> struct sum */
		result->sum->kind = rule;
		break;
	case 4:
		result->call = calloc(1, sizeof *result->call); /* -> struct call */
		result->call->arguments[rule & 1] = at;
		break;
	case 5:
		result->list = calloc(1, sizeof *result->list); /* -> struct list */
		result->list->line = rule;
		break;
	case 6:
		result->block = calloc(1, sizeof *result->block); /* -> struct block */
		result->block->lines[rule & 3] = rule;
		break;
	case 7:
		result->loop = calloc(1, sizeof *result->loop); /* -> struct loop */
		result->loop->step = rule;
		break;
	case 8:
		result->test = calloc(1, sizeof *result->test); /* -> struct test */
		result->test->lines[0] = rule;
		break;
	case 9:
		result->unit = calloc(1, sizeof *result->unit); /* -> struct unit */
		result->unit->blocks[rule & 7] = at;
		break;
	case 10:
		result->import = calloc(1, sizeof *result->import); /* -> struct import */
		result->import->path[rule] = 1;
		break;
	case 11:
		result->record = calloc(1, sizeof *result->record); /* -> struct record */
		result->record->offsets[rule & 1] = rule;
		break;
	default:
		visit(at);
		break;
	}
}

__attribute__((noinline)) union value parse(void)
{
	state_t states_at_first[8], *states = states_at_first, *state = states;
	union value values_at_first[8], *values = values_at_first;
	union value *value = values, result;
	size_t room = 8;
	int rule;

	memset(values_at_first, 0, sizeof values_at_first);
	while ((rule = next_rule())) {
		if (state + 1 == states + room) {
			size_t used = (size_t)(state - states);
			union stacks *both;

			room *= 2;
			both = malloc(room * /* -> union stacks */
				      (sizeof *states + sizeof *values) + 23);
			if (!both)
				abort();
			memcpy(&both->states, states, used * sizeof *states);
			states = &both->states;
			both += (room * sizeof *states + 23) / sizeof *both;
			memcpy(&both->values, values, used * sizeof *values);
			values = &both->values;
			state = states + used;
			states_seen(states, used);
			value = values + used;
		}
		result = value[1 - (rule & 1)];
		act(&result, rule, value);
		*++value = result;
		*++state = (state_t)rule;
		visit(state);
		visit(value);
	}
	result = *value;
	if (states != states_at_first)
		free(states);
	return result;
}

__attribute__((noinline)) int states_seen(const state_t *states, size_t count)
{
	return visit(states) + (int)count;
}

static int rules;

__attribute__((noinline)) int next_rule(void)
{
	__asm__ volatile("" : "+m"(rules));
	return rules--;
}

int main(int argc, char **argv)
{
	union value value;

	rules = argc;
	value = parse();
	return visit(argv) + visit(&value);
}
