/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What code that follows another says of an object, and what it does not;
 * see chains.c for the comments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vector {
	void *base;
	size_t size;
};
struct request {
	int kind;
	void *owner;
	char data[100];
};
struct reader {
	void *buffer;
	struct vector *vectors;
	size_t count;
};
struct stored_request {
	int kind;
	void *owner;
	struct request *next;
	struct reader reader;
};

char *quote;
struct request *last;

/* Never returns, and does not say so. */
__attribute__((noinline)) void die(const char *format, const char *text)
{
	printf(format, text);
	exit(1);
}

__attribute__((noinline)) size_t explain(int code, char *text, size_t size)
{
	return (size_t)snprintf(text, size, "%d", code);
}

__attribute__((noinline)) int visit(char **names)
{
	return names[0] ? names[0][0] : 0;
}

/* Looked at as the smaller struct that it begins like. */
__attribute__((noinline)) void *pool_take(size_t size)
{
	void *p = malloc(size); /* -> wrapper */

	if (!p)
		abort();
	return p;
}

__attribute__((noinline)) int request_store(size_t size, size_t count)
{
	struct stored_request *stored = pool_take(size); /* has struct stored_request */
	struct reader *reader = &stored->reader;

	memset(stored, 0, size);
	last = (struct request *)stored;
	stored->kind = 1;
	reader->vectors = malloc(sizeof(struct vector) * 64); /* -> struct vector */
	if (!reader->vectors)
		return -1;
	reader->vectors[0].size = count;
	return 0;
}

/* The message's register holds the names where the call of die ends. */
struct link {
	struct link *next;
	long key;
};
static struct link *links;

/* The head of the list, or where the caller says, or a member: pointers to a
 * pointer all the same. */
__attribute__((noinline)) void link_add(struct link **at, long key)
{
	if (!at)
		for (at = &links; *at && (*at)->key != key; at = &(*at)->next)
			;
	if (!*at)
		*at = calloc(1, 48); /* -> struct link */
}

struct {
	char *text;
	struct request *request;
	size_t size;
} lines[2];

__attribute__((noinline)) void lines_grow(size_t size)
{
	for (int i = 0; i < 2; i++) {
		lines[i].text = malloc(size); /* -> bytes */
		lines[i].request = malloc(size); /* -> struct request */
		lines[i].size = size;
	}
}

/* A part of the one function that calls it. */
static inline __attribute__((always_inline)) char *quoted(const char *text)
{
	char *copy = malloc(strlen(text) + 3); /* -> bytes */

	return strcat(strcat(strcpy(copy, "<"), text), ">");
}

/* Of use to many: they allocate. */
static inline __attribute__((always_inline)) char *doubled(const char *text)
{
	char *copy = malloc(2 * strlen(text) + 1);

	return strcat(strcpy(copy, text), text);
}

__attribute__((noinline)) void show(const char *text)
{
	char *marked = quoted(text);
	char *twice = doubled(text); /* -> bytes */
	char *more = doubled(marked); /* -> bytes */

	printf("%s %s %s\n", marked, twice, more);
}

__thread struct link *thread_links;
__thread long *thread_numbers[2];

__attribute__((noinline)) int thread_make(size_t size)
{
	void *p = malloc(size); /* -> struct link */
	void *numbers = malloc(size); /* -> long */

	thread_links = p;
	thread_numbers[1] = numbers;
	return thread_links && thread_numbers[size & 1];
}

__attribute__((noinline)) int complain(struct request *request,
				       const char *text)
{
	return printf("%p %s", (void *)request, text);
}

struct names {
	char *local, *remote;
};

/* Where it is null, its register is passed for NULL. */
__attribute__((noinline)) int names_join(struct names *names, const char *text)
{
	size_t size = strlen(names->remote) + strlen(text) + 2;

	names->local = malloc(size); /* -> bytes */
	if (!names->local)
		return complain(NULL, "no memory");
	return snprintf(names->local, size, "%s.%s", text, names->remote);
}

/* The allocators of the caller, or those of the C library. */
struct suite {
	void *(*take)(size_t size);
	void (*give)(void *p);
};
struct parser {
	long state;
	struct suite suite;
	struct link *links;
};

__attribute__((noinline)) struct parser *parser_create(
	const struct suite *suite)
{
	struct parser *parser = suite
		? suite->take(sizeof *parser) /* -> struct parser */
		: malloc(sizeof *parser); /* -> struct parser */

	if (!parser)
		return NULL;
	if (suite) {
		parser->suite.take = suite->take;
		parser->suite.give = suite->give;
	} else {
		parser->suite.take = malloc;
		parser->suite.give = free;
	}
	parser->links = parser->suite.take(512); /* -> struct link */
	return parser;
}

/* The address of the first switch's table is taken before the loop, far from
 * the jump; the cases of the second are none of the first. */
__attribute__((noinline)) long switches(const unsigned char *text, size_t size,
					size_t count)
{
	long a = 1, b = 2, c = 3, d = 4;
	void *names;

	for (size_t i = 0; i < size; i++) {
		a ^= b << 3, b += c * 5, c -= d >> 7, d ^= a + 9;
		a += b >> 11, b ^= c << 5, c += d * 3, d -= a >> 2;
		a ^= b << 9, b += c * 7, c -= d >> 3, d ^= a + 1;
		switch (text[i]) {
		case 0: a += c; break;
		case 1: b ^= d; break;
		case 2: c -= a; break;
		case 3: d += 3 * b; break;
		case 4: a ^= 77 + d; break;
		case 5: b += c & 12; break;
		case 6: c = d; break;
		}
	}
	names = malloc(count); /* -> char * */
	quote = names;
	switch (size) {
	case 9: a += text[8]; /* fall through */
	case 8: b += text[7]; /* fall through */
	case 7: c += text[6]; /* fall through */
	case 6: d += text[5]; /* fall through */
	case 5: a += text[4]; /* fall through */
	case 4: b += text[3]; /* fall through */
	case 3: c += text[2]; /* fall through */
	case 2: d += text[1];
	}
	return visit(names) + a + b + c + d;
}

/* Looks at the bytes of what it is given as plain memory. */
static inline void fill(void *buffer, size_t size)
{
	char *at = buffer;

	while (size--)
		*at++ = (char)getchar();
}

static inline __attribute__((always_inline)) void *filled(size_t size,
							  void *old)
{
	void *data = old;

	if (!data) {
		data = malloc(size);
		fill(data, size);
	}
	return data;
}

__attribute__((noinline)) long links_load(struct link *old, size_t size)
{
	struct link *loaded = filled(size, old); /* -> struct link */
	long sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += loaded[i].key;
	return sum;
}

int main(int argc, char **argv)
{
	char **names = argv;
	int sum = 0, code = visit(argv);

	quote = argv[0];
	if (code > 3) {
		size_t size = explain(code, NULL, 0);
		char *message = malloc(size); /* -> bytes */

		explain(code, message, size);
		die(quote, message);
	}
	while (*names) {
		sum += visit(names) + visit(argv);
		if (sum > 100)
			names += visit(names + 1);
		names++;
	}
	if (sum > 10000) {
		visit(names);
		explain(visit(names), NULL, 0);
		visit(names);
		die(quote, *names);
	}
	link_add(NULL, argc);
	lines_grow((size_t)argc);
	show(argv[0]);
	sum += thread_make((size_t)argc);
	sum += names_join(&(struct names){ NULL, argv[0] }, argv[0]);
	sum += parser_create(argc > 3 ? (struct suite *)argv : NULL) != NULL;
	sum += (int)switches((const unsigned char *)argv[0], (size_t)argc, 99);
	sum += (int)links_load(links, (size_t)argc);
	return sum + request_store(sizeof(struct stored_request),
				   (size_t)argc);
}
