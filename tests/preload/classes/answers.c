/* SPDX-License-Identifier: Apache-2.0 */
/* What queries say of objects of classes, and what release says of others. */
#include <allotype.h>
#include <allotype/heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

struct node {
	struct node *next;
	long key;
};

struct sheet {
	long cells[500][100];
};

static struct alloc_class *nodes, *blobs, *sheets;

static void expect(int condition, int line)
{
	if (condition)
		return;
	fprintf(stderr, "answers.c:%d: not as expected\n", line);
	exit(1);
}
#define EXPECT(condition) expect(condition, __LINE__)

static void describe(const void *address)
{
	char line[1000];

	alloc_describe(address, line, sizeof line);
	puts(line);
}

static void ask(void)
{
	struct node *node = alloc_class_allocate(nodes);
	char *blob = alloc_class_allocate(blobs);
	struct alloc_info info;

	EXPECT(alloc_get_info(&node->key, &info) == ALLOC_OK);
	EXPECT(!strcmp(info.allocator->name, "class"));
	EXPECT(!strcmp(info.name, "nodes"));
	EXPECT(info.base == node && info.size == sizeof *node);
	EXPECT(!strcmp(alloc_class_name(alloc_class_of(&node->key)), "nodes"));
	EXPECT(alloc_class_of(&info) == NULL);
	if (info.type) {
		EXPECT(info.evidence == ALLOC_EVIDENCE_DECLARED);
		EXPECT(!strcmp(alloc_type_name(info.type), "struct node"));
	}
	describe(&node->key);
	describe(blob + 5);
	alloc_class_release(nodes, node);
	describe(&node->key);
	EXPECT(alloc_get_info(node, &info) == ALLOC_FREED);
	EXPECT(info.size == sizeof *node);
	alloc_class_release(blobs, blob);
}

static void ask_large(void)
{
	struct sheet *sheet = alloc_class_allocate(sheets);
	struct alloc_info info;

	EXPECT(alloc_get_info(&sheet->cells[300][7], &info) == ALLOC_OK);
	EXPECT(!strcmp(info.allocator->name, "class"));
	EXPECT(!strcmp(info.name, "sheets"));
	EXPECT(info.base == sheet && info.size == sizeof *sheet);
	EXPECT(alloc_class_of(sheet + 1) == sheets);
	describe(&sheet->cells[300][7]);
	alloc_class_release(sheets, sheet);
	describe(&sheet->cells[300][7]);
	EXPECT(alloc_get_info(sheet, &info) == ALLOC_FREED);
	EXPECT(info.size == sizeof *sheet);
}

static void *release_all(void *objects)
{
	alloc_class_release_batch(nodes, objects, 100);
	return NULL;
}

static void count(void)
{
	struct alloc_class_stats before, after;
	void *objects[100];
	pthread_t thread;

	EXPECT(alloc_class_get_stats(nodes, &before) == ALLOC_OK);
	EXPECT(alloc_class_allocate_batch(nodes, objects, 100) == 100);
	alloc_class_get_stats(nodes, &after);
	EXPECT(after.live == before.live + 100);
	pthread_create(&thread, NULL, release_all, objects);
	pthread_join(thread, NULL);
	alloc_class_get_stats(nodes, &after);
	EXPECT(after.live == before.live);
	EXPECT(after.allocated == before.allocated + 100);
	EXPECT(alloc_class_next(NULL) == nodes);
	EXPECT(alloc_class_next(nodes) == blobs);
	EXPECT(alloc_class_next(blobs) == sheets);
	EXPECT(alloc_class_next(sheets) == NULL);
}

static void fork_and_go_on(void)
{
	struct node *node = alloc_class_allocate(nodes);
	struct sheet *sheet = alloc_class_allocate(sheets);
	int status;
	pid_t child;

	sheet->cells[0][0] = 8;
	child = fork();
	node->key = 7;
	if (!child) {
		EXPECT(sheet->cells[0][0] == 8);
		alloc_class_release(sheets, sheet);
		EXPECT(alloc_class_allocate(sheets) == sheet);
		sheet->cells[0][0] = 9;
		alloc_class_release(nodes, node);
		for (int i = 0; i < 10000; i++)
			EXPECT(alloc_class_allocate(nodes) != NULL);
		_exit(0);
	}
	EXPECT(waitpid(child, &status, 0) == child && status == 0);
	EXPECT(node->key == 7);
	EXPECT(sheet->cells[0][0] == 8);
	alloc_class_release(nodes, node);
	alloc_class_release(sheets, sheet);
}

/* Lets others look in from outside. */
static void wait_for_them(void)
{
	struct sheet *kept = alloc_class_allocate(sheets);
	struct sheet *gone = alloc_class_allocate(sheets);

	alloc_class_release(sheets, gone);
	printf("%p %p\n", (void *)&kept->cells[1][0], (void *)gone);
	fflush(stdout);
	getchar();
}

static void misuse(const char *what)
{
	struct node *node = alloc_class_allocate(nodes);
	struct sheet *sheet = alloc_class_allocate(sheets);
	int local;

	if (!strcmp(what, "class"))
		alloc_class_release(blobs, node);
	else if (!strcmp(what, "malloc"))
		alloc_class_release(nodes, malloc(16));
	else if (!strcmp(what, "free"))
		free(node);
	else if (!strcmp(what, "realloc"))
		node = realloc(node, 100);
	else if (!strcmp(what, "inside"))
		alloc_class_release(nodes, &node->key);
	else if (!strcmp(what, "stack"))
		alloc_class_release(nodes, &local);
	else if (!strcmp(what, "large free"))
		free(sheet);
	else if (!strcmp(what, "large inside"))
		alloc_class_release(sheets, &sheet->cells[250][0]);
	else if (!strcmp(what, "large twice")) {
		alloc_class_release(sheets, sheet);
		alloc_class_release(sheets, sheet);
	} else if (!strcmp(what, "twice")) {
		alloc_class_release(nodes, node);
		alloc_class_release(nodes, node);
	}
}

int main(int argc, char **argv)
{
	static const struct alloc_class_config configs[] = {
		{ .name = "nodes", .size = sizeof(struct node),
		  .type_name = "struct node" },
		{ .name = "blobs", .size = 100, .align = 64 },
		{ .name = "sheets", .size = sizeof(struct sheet),
		  .type_name = "struct sheet" },
	};

	EXPECT(!alloc_class_register(&configs[0], &nodes));
	EXPECT(!alloc_class_register(&configs[1], &blobs));
	EXPECT(!alloc_class_register(&configs[2], &sheets));
	if (argc > 1 && !strcmp(argv[1], "wait")) {
		wait_for_them();
		return 0;
	}
	if (argc > 1) {
		misuse(argv[1]);
		return 0;
	}
	ask();
	ask_large();
	count();
	fork_and_go_on();
	return 0;
}
