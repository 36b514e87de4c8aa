/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays of records that nothing names where they are made: how large an element
 * is, and what else the function or the file takes for elements of that size,
 * tell.  See chains.c for the arrows.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

__attribute__((noinline)) int visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
	return what != NULL;
}

/* The size comes packed with another number. */
struct sample {
	double x, y;
	long id;
};

__attribute__((noinline)) void *vector_grow(void *vector,
					    unsigned int size_and_step,
					    unsigned int count)
{
	unsigned int step = 1u << (size_and_step & 255);

	if (count & (step - 1))
		return vector;
	size_and_step >>= 8;
	vector = realloc(vector, /* -> wrapper */
			 size_and_step * (count + step));
	memset((char *)vector + size_and_step * count, 0, size_and_step);
	return vector;
}

__attribute__((noinline)) int samples_make(unsigned int count)
{
	return visit(vector_grow(NULL, /* -> struct sample */
				 (sizeof(struct sample) << 8) + 3, count));
}

__attribute__((noinline)) double samples_sum(const void *samples, int count)
{
	const struct sample *s = samples;
	double sum = 0;

	for (; count; count--, s++)
		sum += s->x * s->y;
	return sum;
}

/* How many there are is known elsewhere. */
struct growth {
	size_t count;
};

__attribute__((noinline)) void *table_grow(void *old, size_t size,
					   struct growth *growth)
{
	void *table;

	growth->count += 16;
	table = realloc(old, growth->count * size); /* -> wrapper */
	if (!table)
		abort();
	return table;
}

/* More than one are as large: here is a pointer to one of them.  (Without
 * optimization it is loaded again, from where nothing tells what it is.) */
#ifdef __OPTIMIZE__
struct request {
	const char *name;
	int length;
	char bytes[396];
};
struct reply {
	int status, length;
	char text[392];
	const char *next;
};
static uintptr_t requests, replies;
static struct growth request_growth, reply_growth;

__attribute__((noinline)) int request_add(const char *name, unsigned int count)
{
	struct request *r;

	requests = (uintptr_t)table_grow( /* at -O2 -> struct request */
		(void *)requests, sizeof *r, &request_growth);
	r = &((struct request *)requests)[count];
	r->length = 1;
	return visit(name);
}

/* Or gives one of its elements to another that takes such. */
__attribute__((noinline)) int reply_read(struct reply *reply, const char *text)
{
	reply->status = visit(text);
	return visit(reply->text);
}

__attribute__((noinline)) int reply_add(const char *text, unsigned int count)
{
	replies = (uintptr_t)table_grow( /* at -O2 -> struct reply */
		(void *)replies, sizeof(struct reply), &reply_growth);
	return reply_read((struct reply *)replies + count, text);
}
#else
#define request_add(name, count) visit(name)
#define reply_add(name, count) visit(name)
#endif

/* Of several, one of which is this file's own, that one. */
struct alarm {
	const char *name;
	long seconds, every;
	int *count;
};

__attribute__((noinline)) int alarms_make(size_t count)
{
	return visit(malloc(count * sizeof(struct alarm))); /* -> struct alarm */
}

__attribute__((noinline)) long alarm_set(const void *alarms, const void *timer,
					 int number)
{
	const struct alarm *alarm = alarms;
	const struct itimerspec *spec = timer;

	alarm += number;
	return alarm->seconds + alarm->every * spec->it_value.tv_sec;
}

/* What it is kept as is declared here by name, and no more. */
struct lease {
	uint32_t from, to;
	char mac[28];
};
struct hidden;
extern struct hidden *hidden_leases;
struct hidden *hidden_leases;

__attribute__((noinline)) int leases_make(size_t count)
{
	hidden_leases = malloc(count * sizeof(struct lease)); /* -> struct lease */
	return visit(hidden_leases);
}

__attribute__((noinline)) uint32_t lease_find(const char *mac, int count)
{
	const struct lease *lease = (const void *)hidden_leases;

	for (; count; count--, lease++)
		if (memcmp(lease->mac, mac, sizeof lease->mac) == 0)
			return lease->from;
	return 0;
}

/* Two multiples of one number are added. */
struct counters {
	unsigned long user, system, idle, waiting, hard, soft, stolen, guest;
	unsigned long nice;
};

__attribute__((noinline)) int counters_make(const int *processors)
{
	size_t words = (size_t)*processors * 8;
	size_t eights = words * 8;

	__asm__ volatile("" : : "r"(words), "r"(eights));
	return visit(malloc(eights + words)); /* -> struct counters */
}

__attribute__((noinline)) unsigned long counters_busy(const void *counters)
{
	const struct counters *c = counters;

	return c->user + c->system + c->hard + c->soft;
}

/* Two numbers are no record that is as large. */
struct bitmap {
	size_t size;
	unsigned long *bits;
};

__attribute__((noinline)) size_t bitmap_size(const void *bitmap)
{
	const struct bitmap *b = bitmap;

	return b->size;
}

__attribute__((noinline)) int bits_make(void)
{
	return visit(calloc(2, 8)); /* -> unknown */
}

int main(int argc, char **argv)
{
	struct bitmap bitmap = { 0, NULL };
	struct itimerspec spec = { { 0, 0 }, { 0, 0 } };
	struct alarm alarm = { argv[0], 1, 2, NULL };
	struct sample sample = { 1, 2, 3 };
	struct counters counters = { 0 };

	return samples_make((unsigned int)argc) +
	       (int)samples_sum(&sample, 1) +
	       request_add(argv[0], (unsigned int)argc) +
	       reply_add(argv[0], (unsigned int)argc) +
	       alarms_make((size_t)argc) + (int)alarm_set(&alarm, &spec, 0) +
	       leases_make((size_t)argc) + (int)lease_find(argv[0], 1) +
	       counters_make(&argc) + (int)counters_busy(&counters) +
	       (int)bitmap_size(&bitmap) + bits_make();
}
