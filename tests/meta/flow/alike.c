/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that are alike, or in one union: what tells which of them it is; see
 * chains.c for the comments.
 */
#include <stdlib.h>
#include <string.h>

#include "notes.h"

__attribute__((noinline)) void visit(const void *what)
{
	__asm__ volatile("" : : "r"(what) : "memory");
}

/* Contexts that begin alike and are as large, and functions for all: it is what it
 * is first assigned to. */
struct words { char *first; };
struct context {
	const char *name;
	int options, depth;
	struct context *outer;
	void (*end)(struct context *);
	struct { int line; } *input;
};
struct word_context {
	const char *name;
	union {
		struct { int options, depth; };
		long both;
	};
	struct context *outer;
	void (*end)(struct context *);
	struct words *words;
};
static struct {
	struct context *current;
	int count;
} contexts;

static void context_begin(struct context *context)
{
	context->outer = contexts.current;
	contexts.current = context;
	contexts.count++;
	visit(context);
}

__attribute__((noinline)) void context_check(const struct context *context)
{
	visit(context->name);
}

__attribute__((noinline)) int words_begin(struct words *words)
{
	struct word_context *context;

	context = calloc(1, sizeof *context); /* -> struct word_context */
	context->words = words;
	context->depth = 1;
	context_begin((struct context *)(void *)context);
	context_check(contexts.current);
	return context->options;
}

/* What is all that some plants have can be had by its own name as well. */
struct plant {
	int kind, size;
	struct plant *next;
	const char *name;
};
struct tree {
	union {
		struct plant plant;
		struct {
			int kind, size;
			struct plant *next;
			const char *name;
		};
	};
	long rings;
	double height;
};
static struct {
	struct plant *first;
	int count;
} plants;

static void plant_link(struct plant *plant)
{
	plant->next = plants.first;
	plants.first = plant;
	plants.count++;
}

__attribute__((noinline)) int plant_size(const struct plant *plant)
{
	return plant->size;
}

__attribute__((noinline)) struct plant *plant_copy(const struct plant *from)
{
	struct plant *plant;

	if (from->kind == 1) {
		struct tree *tree;

		plant = calloc(1, sizeof *tree); /* -> struct tree */
		if (!plant)
			return NULL;
		tree = (struct tree *)(void *)plant;
		tree->rings = ((const struct tree *)(const void *)from)->rings;
		visit(tree);
	} else {
		plant = calloc(1, sizeof *plant); /* -> struct plant */
	}
	plant->kind = from->kind;
	plant_link(plant);
	plant->size = plant_size(from) + plant_size(plant);
	return plant;
}

/* Of what is as large, the one with a pointer where one is put. */
struct file {
	unsigned int here : 1, sum : 31;
	int rank;
	long blocks[3];
};
struct directory {
	struct plant **children;
	size_t count;
	long time, owner;
};
struct place {
	union {
		struct file *file;
		struct directory *directory;
	} of;
};

__attribute__((noinline)) struct file *file_find(const char *name,
						 struct file **file)
{
	visit(name);
	return *file;
}

__attribute__((noinline)) int place_make(struct place *place, const char *name,
					 size_t count)
{
	struct file *file = NULL;

	if (name) {
		place->of.file = file_find(name, &file);
		return 1;
	}
	place->of.directory = calloc( /* "has any" at -O2 -> struct directory */
		1, sizeof *place->of.directory);
	if (!place->of.directory)
		return 0;
	place->of.directory->children = calloc( /* "has any" at -O2 -> struct plant * */
		count, sizeof *place->of.directory->children);
	return 1;
}

/* Where a pointer is put there are no characters. */
struct mark {
	struct plant *plant;
	int kind, line;
};
struct label {
	const char *text;
	long place[2];
};
struct marks {
	union {
		struct mark *marks;
		struct label *labels;
		char *text;
	} of;
	int count;
};

__attribute__((noinline)) int marks_add(struct marks *marks,
					struct plant *plant, int kind)
{
	marks->of.marks = malloc( /* "has any" at -O2 -> struct mark */
		4 * sizeof *marks->of.marks);
	if (!marks->of.marks)
		return 0;
	marks->of.marks->plant = plant;
	marks->of.marks->kind = kind;
	marks->of.marks->line = marks->count;
	return 1;
}

__attribute__((noinline)) void marks_name(struct marks *marks, const char *name)
{
	marks->of.text = strdup(name); /* -> bytes */
}

/* Of what begins alike and is as large, it is what the file works on. */
struct first_notes {
	struct notes notes;
	long place, order;
};
static struct second_notes second_notes;

__attribute__((noinline)) void notes_load(struct notes *notes)
{
	struct first_notes *first = (struct first_notes *)(void *)notes;

	first->place = first->order;
}

__attribute__((noinline)) struct notes *notes_new(void)
{
	struct notes *notes;

	notes = calloc(1, sizeof(struct first_notes)); /* -> struct first_notes */
	if (notes)
		notes->load = notes_load;
	visit(notes);
	return notes;
}

/* If that is several of them, it is what all are. */
struct loud_song {
	struct song song;
	long volume;
};
struct fast_song {
	struct song song;
	long rate;
};
static struct fast_song fast_song;

__attribute__((noinline)) long song_volume(struct song *song)
{
	struct loud_song *loud = (struct loud_song *)(void *)song;

	return loud->volume;
}

__attribute__((noinline)) struct song *song_new(int fast)
{
	struct song *song = malloc(fast ? sizeof(struct fast_song) : /* -> struct song */
			    sizeof(struct loud_song));

	song->seconds = fast;
	visit(song);
	return song;
}

int main(int argc, char **argv)
{
	struct words words = { argv[0] };
	struct plant plant = { argc, argc, NULL, argv[0] };
	struct place place;
	struct marks marks = { { NULL }, argc };
	int line = words_begin(&words);

	visit(plant_copy(&plant));
	line += place_make(&place, argv[1], (size_t)argc);
	line += marks_add(&marks, &plant, argc);
	marks_name(&marks, argv[0]);
	second_notes.offset = argc;
	visit(&second_notes);
	visit(notes_new());
	visit(&fast_song);
	line += (int)song_volume(song_new(argc));
	return line;
}
