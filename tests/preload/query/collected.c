/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks what heap objects are of which the allocating code tells nothing, or
 * several types: only pointers elsewhere, or their content, do.
 */
#include <allotype.h>
#include <allotype/heap.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

enum { MEGABYTE = 1 << 20, PAGE = 4096 };

static int failures;

static void check_text(const char *actual, const char *expected, int line)
{
	if (actual && !strcmp(actual, expected))
		return;
	fprintf(stderr, "line %d: expected \"%s\", got \"%s\"\n", line,
		expected, actual ? actual : "(null)");
	failures++;
}

#define CHECK_TEXT(actual, expected) check_text(actual, expected, __LINE__)
#define CHECK(condition) \
	check_text((condition) ? "true" : "false", "true", __LINE__)

struct node {
	struct node *next;
	char name[24];
};

struct box {
	double width, height;
	struct node *content;
};

/* Stored where it has no type, so that the code tells none. */
NOINLINE static void *opaque(size_t size)
{
	static void *(*volatile allocate)(size_t, size_t) = calloc;

	return allocate(1, size);
}

/* The same address, which nobody but the arithmetic knows. */
static uintptr_t hide(const void *pointer)
{
	return ~(uintptr_t)pointer;
}

static void *reveal(uintptr_t hidden)
{
	return (void *)~hidden;
}

static struct alloc_info collected(const void *address)
{
	struct alloc_info info;

	alloc_get_info_collected(address, &info);
	return info;
}

static const char *type_of(const void *address)
{
	return alloc_type_name(collected(address).type);
}

/* Static memory with a type, into which bytes are copied. */
static struct node *head;
static struct box *boxes[2];
static struct node **table;
static void *nothing;

static void store(void *place, const void *pointer)
{
	static void *(*volatile copy)(void *, const void *, size_t) = memcpy;

	copy(place, &pointer, sizeof pointer);
}

static void test_statics(void)
{
	void *one = opaque(sizeof(struct node));
	void *two = opaque(2 * sizeof(struct box));
	struct alloc_info info;

	store(&head, one);
	store(&boxes[1], two);
	CHECK(alloc_get_type(one) == NULL);
	CHECK_TEXT(type_of(one), "unknown");
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(one), "struct node");
	CHECK_TEXT(type_of(two), "struct box[2]");
	info = collected(one);
	CHECK(info.evidence ==
	      (ALLOC_EVIDENCE_POINTER | ALLOC_EVIDENCE_SIZE));
	CHECK(info.confidence > 50 && info.confidence < 100);
	CHECK(info.type_status == ALLOC_OK);
	/* Only who asks for it gets it. */
	CHECK(alloc_get_type(one) == NULL);
	free(one);
	CHECK(collected(one).status == ALLOC_FREED);
	CHECK(alloc_collect_evidence(0) == ALLOC_OK);
	CHECK_TEXT(type_of(two), "unknown");
	free(two);
	head = NULL;
	boxes[1] = NULL;
}

static void test_chains(void)
{
	enum { LENGTH = 5000 };
	void *last = NULL;

	for (int i = 0; i < LENGTH; i++) {
		void *node = opaque(sizeof(struct node));

		store(node, last);
		last = node;
	}
	store(&head, last);
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(head), "struct node");
	CHECK_TEXT(type_of(head->next->next), "struct node");
	last = head;
	while (*(void **)last)
		last = *(void **)last;
	CHECK_TEXT(type_of(last), "struct node");
	/* Not all fit in there. */
	CHECK(alloc_collect_evidence(MEGABYTE / 8) == ALLOC_NO_SPACE);
	CHECK_TEXT(type_of(head), "struct node");
	CHECK_TEXT(type_of(last), "unknown");
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(last), "struct node");
	while (head) {
		last = head->next;
		free(head);
		head = last;
	}
}

static void test_tables(void)
{
	void *slots = opaque(8 * sizeof(void *));
	struct box *box = malloc(sizeof *box);
	void *one = opaque(sizeof(struct node));
	void *two = opaque(sizeof(struct node));

	memset(box, 0, sizeof *box);
	store(&table, slots);
	store((void **)slots + 7, one);
	store(&box->content, two);
	boxes[0] = box;
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(table), "struct node *[8]");
	CHECK_TEXT(type_of(one), "struct node");
	CHECK_TEXT(type_of(two), "struct node");
	/* What the code says stays. */
	CHECK_TEXT(type_of(box), "struct box");
	CHECK(!(collected(box).evidence & ALLOC_EVIDENCE_POINTER));
	boxes[0] = NULL;
	table = NULL;
	free(slots);
	free(one);
	free(two);
	free(box);
}

static void test_inside(void)
{
	void *one = opaque(sizeof(struct node) + 16);
	void *two = opaque(sizeof(struct node));

	store(&head, (char *)one + 8);
	store((char *)one + 8, two);
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(one), "struct node");
	CHECK(collected(one).confidence < 50);
	/* Its own pointers tell more. */
	CHECK_TEXT(type_of(two), "struct node");
	/* One to its beginning is worth more. */
	store(&boxes[0], one);
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(one), "struct box[2]");
	boxes[0] = NULL;
	head = NULL;
	free(one);
	free(two);
}

/* ---- unions ---- */

struct message {
	union {
		struct {
			struct box *frame;
			char text[24];
		} shown;
		struct {
			struct node *path;
			double x, y, z;
		} moved;
	} as;
};

static struct message messages[3];

static void test_unions(void)
{
	void *frame = opaque(3 * sizeof(struct box) + sizeof(struct node));
	void *path = opaque(sizeof(struct node));
	void *other = opaque(sizeof(struct node));

	store(&messages[0].as.shown.frame, frame);
	strcpy(messages[0].as.shown.text, "a frame around it");
	store(&messages[1].as.moved.path, path);
	messages[1].as.moved.x = messages[1].as.moved.y = 0.25;
	messages[1].as.moved.z = 3;
	/* What may be either tells nothing. */
	store(&messages[2].as.moved.path, other);
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(frame), "struct box");
	CHECK_TEXT(type_of(path), "struct node");
	CHECK_TEXT(type_of(other), "unknown");
	memset(messages, 0, sizeof messages);
	free(frame);
	free(path);
	free(other);
}

NOINLINE static void ask_from_below(uintptr_t hidden)
{
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(reveal(hidden)), "struct box");
}

NOINLINE static void test_stack(void)
{
	struct box *on_stack[3];

	memset(on_stack, 0, sizeof on_stack);
	store(&on_stack[2], opaque(sizeof(struct box)));
	ask_from_below(hide(on_stack[2]));
	free(on_stack[2]);
}

/* ---- several types ---- */

struct person {
	char name[16];
	struct node *friends;
	long age;
};

struct wheel {
	double radius;
	void (*turn)(void);
	double x, y;
};

static struct person *volatile person;
static struct wheel *volatile wheel;

NOINLINE static uintptr_t make(int kind, size_t size)
{
	void *memory = calloc(1, size);

	if (kind)
		person = memory;
	else
		wheel = memory;
	return hide(memory);
}

static uintptr_t make_person(const char *name)
{
	uintptr_t hidden = make(1, sizeof(struct person));
	struct person *made = reveal(hidden);

	strcpy(made->name, name);
	made->friends = malloc(sizeof *made->friends);
	memset(made->friends, 0, sizeof *made->friends);
	made->age = 42;
	return hidden;
}

static uintptr_t make_wheel(double radius)
{
	uintptr_t hidden = make(0, sizeof(struct wheel));
	struct wheel *made = reveal(hidden);

	made->radius = made->y = radius;
	made->turn = test_stack;
	made->x = 0.5;
	return hidden;
}

static void test_alternatives(void)
{
	uintptr_t one = make_person("Marie"), two = make_wheel(3);
	uintptr_t blank = make(1, sizeof(struct person));
	const struct alloc_type *before;

	person = NULL;
	wheel = NULL;
	before = alloc_get_type(reveal(one));
	CHECK(before && alloc_get_type(reveal(two)) == before);
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(reveal(one)), "struct person");
	CHECK_TEXT(type_of(reveal(two)), "struct wheel");
	CHECK(collected(reveal(one)).evidence & ALLOC_EVIDENCE_CONTENT);
	CHECK(collected(reveal(two)).evidence & ALLOC_EVIDENCE_CONTENT);
	/* Zeros are everything. */
	CHECK(collected(reveal(blank)).type == before);
	/* A pointer is worth more. */
	store((void *)&person, reveal(blank));
	wheel = reveal(two);
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(reveal(blank)), "struct person");
	CHECK(collected(reveal(blank)).confidence > 90);
	CHECK(collected(reveal(two)).evidence & ALLOC_EVIDENCE_POINTER);
	free(((struct person *)reveal(one))->friends);
	free(reveal(one));
	free(reveal(two));
	free(reveal(blank));
	person = NULL;
	wheel = NULL;
}

/* ---- what must not harm ---- */

static void test_wrong_pointers(void)
{
	void *small = opaque(sizeof(struct box) - 8);
	void *inside = opaque(2 * sizeof(struct node));

	/* Too small for one, and too near to the end. */
	store(&boxes[0], small);
	store(&head, (char *)inside + sizeof(struct node) + sizeof(void *));
	store(&nothing, small);
	boxes[1] = (void *)8;
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(small), "unknown");
	CHECK_TEXT(type_of(inside), "unknown");
	head = NULL;
	boxes[0] = boxes[1] = NULL;
	free(small);
	free(inside);
}

static void test_unreadable(void)
{
	struct node **slots = aligned_alloc(PAGE, 3 * PAGE);
	void *one = opaque(sizeof(struct node));

	memset(slots, 0, 3 * PAGE);
	store(&slots[2 * PAGE / sizeof *slots], one);
	mprotect((char *)slots + PAGE, PAGE, PROT_NONE);
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(one), "struct node");
	mprotect((char *)slots + PAGE, PAGE, PROT_READ | PROT_WRITE);
	free(slots);
	free(one);
}

static void test_reuse(void)
{
	void *first = opaque(sizeof(struct node)), *second;

	store(&head, first);
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	head = NULL;
	free(first);
	/* Somebody else's object at the address has nothing of it. */
	second = malloc(sizeof(struct node) - 8);
	CHECK_TEXT(type_of(first), type_of(second));
	CHECK(!(collected(first).evidence & ALLOC_EVIDENCE_POINTER));
	free(second);
}

static size_t live_objects(void)
{
	struct alloc_heap_totals totals;

	alloc_heap_stats(&totals, NULL, 0);
	return totals.live;
}

static void test_heap_untouched(void)
{
	void *one = opaque(sizeof(struct node));
	size_t before = live_objects();

	store(&head, one);
	CHECK(alloc_collect_evidence(MEGABYTE) == ALLOC_OK);
	CHECK_TEXT(type_of(one), "struct node");
	CHECK(live_objects() == before);
	head = NULL;
	free(one);
}

static volatile int stop;

static void *churn(void *unused)
{
	struct node *list = NULL;

	(void)unused;
	while (!stop) {
		for (int i = 0; i < 100; i++) {
			struct node *node = opaque(sizeof *node);

			node->next = list;
			list = node;
			type_of(node);
		}
		while (list) {
			struct node *next = list->next;

			free(list);
			list = next;
		}
	}
	return NULL;
}

static void *collect(void *unused)
{
	(void)unused;
	for (int i = 0; i < 20; i++)
		alloc_collect_evidence(MEGABYTE);
	return NULL;
}

static void test_threads(void)
{
	void *one = opaque(sizeof(struct node));
	pthread_t threads[3];
	int status;
	pid_t child;

	store(&head, one);
	pthread_create(&threads[0], NULL, churn, NULL);
	pthread_create(&threads[1], NULL, collect, NULL);
	pthread_create(&threads[2], NULL, collect, NULL);
	for (int i = 0; i < 3; i++) {
		child = fork();
		if (!child) {
			bool done = alloc_collect_evidence(MEGABYTE) ==
				    ALLOC_OK;

			_exit(!done || strcmp(type_of(one), "struct node"));
		}
		waitpid(child, &status, 0);
		CHECK(status == 0);
	}
	pthread_join(threads[1], NULL);
	pthread_join(threads[2], NULL);
	CHECK_TEXT(type_of(one), "struct node");
	stop = 1;
	pthread_join(threads[0], NULL);
	head = NULL;
	free(one);
}

int main(void)
{
	test_statics();
	test_chains();
	test_tables();
	test_inside();
	test_unions();
	test_stack();
	test_alternatives();
	test_wrong_pointers();
	test_unreadable();
	test_reuse();
	test_heap_untouched();
	test_threads();
	return failures != 0;
}
