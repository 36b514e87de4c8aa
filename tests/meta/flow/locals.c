/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What local variables say of objects that are kept as plain memory, as a
 * base, or in a union, though little or nothing is left of those variables in
 * the code; see chains.c for the comments.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A record as others see it, and as its own functions do. */
struct value {
	void *body;
	int refs, flags;
};
struct list_body {
	long count;
	double *numbers;
};
struct list {
	struct list_body *body;
	int refs, flags;
};

__attribute__((noinline)) struct value *value_make(int flags)
{
	struct value *v = calloc(1, sizeof *v); /* -> struct value */

	if (v)
		v->flags = flags;
	return v;
}

__attribute__((noinline)) void value_keep(void *value)
{
	((struct value *)value)->refs++;
}

__attribute__((noinline)) struct list *list_make(long count)
{
	struct list *list = (struct list *)(void *)value_make(1);

	value_keep(list);
	list->body->numbers = calloc( /* "has any" at -O2 -> double */
		(size_t)count, 8);
	list->body->count = count;
	return list;
}

/* Compilers say that the variable is what the member holds. */
struct session {
	char *peer;
	char name[56];
	struct session *other;
	int state;
};
struct connection {
	int number;
	char *peer;
	void *session;
};

__attribute__((noinline)) void copy_name(char *to, const char *from)
{
	strncpy(to, from, 55);
}

__attribute__((noinline)) int connection_open(struct connection *c)
{
	struct session *s;

	c->session = malloc(sizeof(struct session)); /* -> struct session */
	if (!c->session)
		abort();
	s = c->session;
	if (!c->peer)
		return 0;
	copy_name(s->name, c->peer);
	return 1;
}

/* Parts of it are taken for the bytes that they are. */
__attribute__((noinline)) int connection_name(struct connection *c)
{
	struct session *s;

	(void)sizeof s->name;
	c->session = malloc( /* "has any" at -O2 -> struct session */
		sizeof *s);
	if (!c->session)
		return 0;
	copy_name((char *)c->session + offsetof(struct session, name), c->peer);
	return 1;
}

/* What is read into an element of a local array says which member it is. */
__attribute__((noinline)) int read_all(char **words, int count, void **out)
{
	union {
		int *whole[8];
		float *real[8];
	} all;
	int n = 0;

	for (int i = 0; i < count && n < 8; i++) {
		all.real[n] = malloc(sizeof(float)); /* -> float */
		sscanf(words[i], "%f", (float *)(void *)all.whole[n++]);
	}
	memcpy(out, &all, sizeof all);
	return n;
}

/* Of a union's members, those that the function is about; at -O0 it "has" them
 * in the frame, where all that they are given is seen. */
struct entry {
	struct entry *next;
	long key;
};
struct pair {
	int key, value;
};
struct node {
	int kind;
	union {
		char *text;
		struct node **nodes;
		struct entry **entries;
	} of;
	union {
		struct { unsigned char *start; size_t length; } text;
		struct { int *start, *end; } items;
		struct { struct pair *start, *end; } pairs;
	} data;
};

__attribute__((noinline)) void node_add(struct node *node, size_t count,
					struct entry *entry)
{
	struct entry **first;

	if (!node->of.entries) {
		char *text = calloc( /* "has any" at -O2 -> struct entry * */
			count + 1, 8);

		node->of.entries = (struct entry **)(void *)text;
	}
	first = &node->of.entries[(size_t)entry->key % count];
	entry->next = *first;
	*first = entry;
}

__attribute__((noinline)) int node_pairs(struct node *node)
{
	struct pair *first;

	(void)first;
	node->data.pairs.start = malloc(128); /* "has any" at -O2 -> struct pair */
	if (!node->data.pairs.start)
		return 0;
	node->data.pairs.end = node->data.pairs.start + 16;
	return 1;
}

/* Lists begin with the pointer to the first that the caller has, whose type is
 * spelled in another way. */
struct name_list {
	char *name;
	const struct name_list *next;
};

static void append(struct name_list **at, char *name)
{
	while (*at)
		at = (struct name_list **)&(*at)->next;
	*at = malloc(2 * sizeof(void *)); /* -> struct name_list */
	(*at)->name = strdup(name); /* -> bytes */
	(*at)->next = NULL;
}

__attribute__((noinline)) void names_copy(struct name_list **to,
					  const struct name_list *from)
{
	for (; from; from = from->next)
		append(to, from->name);
}

/* Nothing but a local variable tells one record from another of its size. */
struct reader { void *state; };
struct wave { long rate, width, bits; };
struct sound { double volume, pitch, balance; };

__attribute__((noinline)) double sound_pitch(struct reader *r)
{
	struct sound *s = r->state;

	return s->pitch;
}

__attribute__((noinline)) int wave_open(struct reader *r)
{
	struct wave *w;

	if (!(r->state = malloc(24))) /* -> struct wave */
		return -1;
	w = r->state;
	memset(w, 0, sizeof *w);
	return 0;
}

/* Records that add nothing to what they begin with. */
struct part {
	struct part *next;
	void (*collect)(struct part *);
	const char *label;
};
struct swap_part {
	struct part *next;
	void (*collect)(struct swap_part *);
	const char *label;
};
struct load_part {
	struct part part;
};

__attribute__((noinline)) void collect(struct part *p)
{
	p->label = "";
}

__attribute__((noinline)) void swap_collect(struct swap_part *s)
{
	s->label = "swap";
}

__attribute__((noinline)) struct part *swap_make(void)
{
	struct swap_part *s = malloc(sizeof *s); /* -> struct swap_part */

	s->collect = swap_collect;
	return (struct part *)(void *)s;
}

__attribute__((noinline)) struct part *load_make(void)
{
	struct load_part *l = malloc(sizeof *l); /* -> struct load_part */

	l->part.collect = collect;
	return &l->part;
}

/* Pointers go from element to element of several arrays at once. */
struct cpu { long user, system, idle; };
struct interrupt { int number; float rate; };
struct statistics {
	int count;
	struct cpu *cpu[3];
	struct interrupt *interrupts[3];
	struct statistics *next;
};

__attribute__((noinline)) void statistics_make(struct statistics *s, size_t n)
{
	for (int i = 0; i < 3; i++) {
		s->cpu[i] = calloc(n, 24); /* -> struct cpu */
		s->interrupts[i] = calloc( /* "has any" at -O2 -> struct interrupt */
			n * 2, 8);
	}
}

/* What grows by elements of any size, and is kept nobody knows where. */
__attribute__((noinline)) void *vector_grow(void *vector, unsigned int packed,
					    int at)
{
	int mask = 1 << (packed & 255);

	if (at & (mask - 1))
		return vector;
	packed >>= 8;
	vector = realloc(vector, packed * (unsigned int)(at + mask + 1)); /* -> wrapper */
	memset((char *)vector + packed * (unsigned int)at, 0,
	       packed * (unsigned int)(mask + 1));
	return vector;
}

static char kept_here[64];
struct kept {
	int count;
	struct name_list *servers;
};
#define KEPT ((struct kept *)(void *)kept_here)

__attribute__((noinline)) void server_name(struct name_list *server,
					   const char *name)
{
	server->name = strdup(name); /* -> bytes */
}

__attribute__((noinline)) void server_add(const char *name, int at)
{
	struct name_list *server;

	KEPT->servers = vector_grow( /* "has any" at -O2 -> struct name_list */
		KEPT->servers, sizeof *server << 8 | 3, at);
	server = &KEPT->servers[at];
	server_name(server, name);
	server->next = NULL;
}

/* What the C library has, which compilers need not describe. */
extern char **environ;

__attribute__((noinline)) void environment_clear(void)
{
	environ = calloc(1, 8); /* -> char * */
}

/* A parser's value, in a register: of its many members, the one of the size. */
struct rule {
	struct rule *next;
	const char *name;
	long weights[5];
};
union parsed {
	long number;
	char *text;
	short *numbers;
	struct pair *pair;
	struct entry *entry;
	struct node *node;
	struct session *session;
	struct connection *connection;
	struct list *list;
	float *load;
	struct rule *rule;
};

__attribute__((noinline)) void parse(union parsed *stack, int kind)
{
	union parsed value;

	switch (kind) {
	case 1:
		value.number = stack[-1].number + 1;
		break;
	case 2:
		value.rule = malloc(sizeof(struct rule)); /* -> struct rule */
		value.rule->next = stack[-1].rule;
		value.rule->name = stack[0].text;
		break;
	case 3:
		value.text = stack[-2].text;
		break;
	default:
		value = stack[-3];
	}
	*stack = value;
}

int main(int argc, char **argv)
{
	union parsed parsed[5] = { { 0 } };
	struct statistics statistics = { .count = argc };
	struct connection c = { .peer = argv[0] };
	struct reader r = { 0 };
	struct name_list *names = NULL, *copy = NULL;
	struct entry entry = { NULL, argc };
	struct node node = { .kind = argc };
	void *out[8];
	struct part *p = swap_make(), *q = load_make();

	node_add(&node, 4, &entry);
	append(&names, argv[0]);
	names_copy(&copy, names);
	statistics_make(&statistics, (size_t)argc);
	server_add(argv[0], argc);
	environment_clear();
	parse(parsed + 4, argc);
	p->next = q;
	q->next = NULL;
	return connection_open(&c) + connection_name(&c) + read_all(argv, argc, out) +
	       node_pairs(&node) + wave_open(&r) +
	       (int)sound_pitch(&r) + (argc > 100 ? (int)list_make(argc)->refs
						  : 0);
}
