/* SPDX-License-Identifier: Apache-2.0 */
/* What source lines say, against a small model made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/source/md5.h"
#include "meta/source/source.h"

enum {
	INT, CHAR, ULONG, FOO, FOO_POINTER, FOO_T, FOO_T_POINTER, CHAR_POINTER,
	VOID_POINTER, BAR, RETURNS_FOO, FOO_POINTER_2, BAR_ARRAY, TWIN_SMALL,
	TWIN_BIG, TYPE_COUNT
};
enum { PC = 0x1010 };
/* Mixed hostile statements.  Slow under ThreadSanitizer, and about one
 * thread. */
#ifdef __SANITIZE_THREAD__
enum { MIXED = 20 };
#else
enum { MIXED = 100 };
#endif

struct world {
	uint64_t size; /* that the calls ask for */
	bool indirect; /* they are through pointers */
	char directory[64];
	char text_path[96], header_path[96], elf_path[96];
	struct model *model;
};

static void write_file(const char *path, const char *text, time_t when)
{
	FILE *f = fopen(path, "w");
	struct timespec times[2] = { { .tv_sec = when }, { .tv_sec = when } };

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static const char *intern(struct world *w, const char *text)
{
	return model_intern(w->model, text, strlen(text));
}

static void set_type(struct world *w, uint32_t index, uint8_t kind,
		     uint64_t size, const char *tag, uint32_t target)
{
	w->model->types.at[index] = (struct model_type){
		.kind = kind, .size = size, .target = target,
		.tag = tag ? intern(w, tag) : NULL, .definition = MODEL_NONE };
	if (tag)
		w->model->types.at[index].name = intern(w, tag);
}

static void add_members(struct world *w)
{
	struct model_member *m = MODEL_APPEND(&w->model->members, 4);

	assert_non_null(m);
	m[0] = (struct model_member){ .name = intern(w, "a"), .type = INT };
	m[1] = (struct model_member){ .name = intern(w, "next"), .value = 8,
				      .type = FOO_POINTER };
	m[2] = (struct model_member){ .name = intern(w, "foo"),
				      .type = FOO_T_POINTER };
	m[3] = (struct model_member){ .name = intern(w, "text"), .value = 8,
				      .type = CHAR_POINTER };
	w->model->types.at[FOO].first = 0;
	w->model->types.at[FOO].count = 2;
	w->model->types.at[BAR].first = 2;
	w->model->types.at[BAR].count = 2;
}

static void add_types(struct world *w)
{
	assert_non_null(MODEL_APPEND(&w->model->types, TYPE_COUNT));
	set_type(w, INT, ALLOC_KIND_BASE, 4, "int", MODEL_NONE);
	set_type(w, CHAR, ALLOC_KIND_BASE, 1, "char", MODEL_NONE);
	set_type(w, ULONG, ALLOC_KIND_BASE, 8, "unsigned long", MODEL_NONE);
	set_type(w, FOO, ALLOC_KIND_STRUCT, 16, "foo", MODEL_NONE);
	set_type(w, FOO_POINTER, ALLOC_KIND_POINTER, 8, NULL, FOO);
	set_type(w, FOO_T, ALLOC_KIND_TYPEDEF, 0, "foo_t", FOO);
	set_type(w, FOO_T_POINTER, ALLOC_KIND_POINTER, 8, NULL, FOO_T);
	set_type(w, CHAR_POINTER, ALLOC_KIND_POINTER, 8, NULL, CHAR);
	set_type(w, VOID_POINTER, ALLOC_KIND_POINTER, 8, NULL, MODEL_NONE);
	set_type(w, BAR, ALLOC_KIND_STRUCT, 16, "bar", MODEL_NONE);
	set_type(w, RETURNS_FOO, ALLOC_KIND_FUNCTION, 0, NULL, FOO_POINTER);
	set_type(w, FOO_POINTER_2, ALLOC_KIND_POINTER, 8, NULL, FOO_POINTER);
	set_type(w, BAR_ARRAY, ALLOC_KIND_ARRAY, 64, NULL, BAR);
	w->model->types.at[BAR_ARRAY].count = 4;
	set_type(w, TWIN_SMALL, ALLOC_KIND_STRUCT, 4, "twin", MODEL_NONE);
	set_type(w, TWIN_BIG, ALLOC_KIND_STRUCT, 8, "twin", MODEL_NONE);
	add_members(w);
}

static void add_variable(struct world *w, const char *name, uint32_t type)
{
	struct model_variable *v = MODEL_APPEND(&w->model->variables, 1);

	assert_non_null(v);
	*v = (struct model_variable){ .name = intern(w, name), .type = type,
				      .instance = MODEL_NONE,
				      .parameter = MODEL_NONE };
}

/* "struct foo *work()" at [0x1000, 0x2000) from line 1 of the file on. */
static void add_code(struct world *w)
{
	struct model_subprogram *s = MODEL_APPEND(&w->model->subprograms, 1);
	struct model_function *f = MODEL_APPEND(&w->model->functions, 1);
	struct model_range *r = MODEL_APPEND(&w->model->ranges, 1);
	struct model_file *file = MODEL_APPEND(&w->model->files, 1);

	assert_true(s && f && r && file);
	s->name = s->linkage_name = s->plain_name = intern(w, "work");
	s->type = RETURNS_FOO;
	s->container = MODEL_NONE;
	s->line = 1;
	f->unit_file = MODEL_NONE;
	f->entry = 0x1000;
	f->range_count = 1;
	*r = (struct model_range){ 0x1000, 0x2000 };
	file->name = intern(w, w->text_path);
	add_variable(w, "p", FOO_POINTER);
	add_variable(w, "text", CHAR_POINTER);
	add_variable(w, "any", VOID_POINTER);
	add_variable(w, "new", FOO_POINTER);
	add_variable(w, "bar", BAR);
	add_variable(w, "bars", BAR_ARRAY);
	add_variable(w, "size", ULONG);
	f->variable_count = w->model->variables.count;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	strcpy(w->directory, "/tmp/allotype-source-XXXXXX");
	assert_non_null(mkdtemp(w->directory));
	snprintf(w->text_path, sizeof w->text_path, "%s/work.c", w->directory);
	snprintf(w->header_path, sizeof w->header_path, "%s/work.h",
		 w->directory);
	snprintf(w->elf_path, sizeof w->elf_path, "%s/work", w->directory);
	write_file(w->elf_path, "", 2000);
	w->model = model_create();
	assert_non_null(w->model);
	add_types(w);
	add_code(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	unlink(w->text_path);
	unlink(w->header_path);
	unlink(w->elf_path);
	assert_int_equal(rmdir(w->directory), 0);
	model_destroy(w->model);
	free(w);
	return 0;
}

static enum status hint_at(const struct world *w, struct source *source,
			   uint32_t file, uint32_t line, const char *callee,
			   struct source_hint *hint)
{
	struct source_call call = {
		.file = file, .line = line, .callee = callee, .pc = PC,
		.function = &w->model->functions.at[0], .size = w->size,
		.indirect = w->indirect,
	};

	return source_hint_at(source, &call, hint);
}

static enum status ask(struct world *w, const char *callee, uint32_t line,
		       struct source_hint *hint)
{
	struct source *source = source_create(w->model, w->elf_path, NULL);
	enum status status;

	assert_non_null(source);
	status = hint_at(w, source, 0, line, callee, hint);
	source_destroy(source);
	return status;
}

/* The hint for malloc (or what CALLEE says) in a function of statement CODE
 * in line 3. */
static enum status hint_of(struct world *w, const char *code,
			   const char *callee, struct source_hint *hint)
{
	char text[4096];

	snprintf(text, sizeof text,
		 "struct foo *work(void)\n{\n%s\n}\n"
		 "#include \"work.h\"\n"
		 "#define NEW(type) ((type *)malloc(sizeof(type)))\n"
		 "#define xalloc malloc\n"
		 "#define MANY(t, n) xalloc((n) * sizeof(t))\n"
		 "#define SET(v) do { (v) = malloc(sizeof *(v)); } while (0)\n"
		 "#define JOIN(a, b) a##b\n"
		 "#define EACH(p, code) while (p) code\n"
		 "#define LOOP LOOP2\n#define LOOP2 LOOP(1)\n"
		 "#ifdef TAKE\n#define STACK_TAKE TAKE\n#else\n"
		 "#define STACK_TAKE STACK_ALLOC\n#endif\n"
		 "#ifndef STACK_ALLOC\n#define STACK_ALLOC alloca\n"
		 "#else\n#define STACK_ALLOC malloc\n#endif\n"
		 "#if defined(__cplusplus) && defined TAKE\n"
		 "#define CAST(t, v) static_cast<t>(v)\n#else\n"
		 "#define CAST(t, v) ((t)(v))\n#endif\n"
		 "#if WIDE\n#define POINTERS(n) ((n) * sizeof(p) * 2)\n"
		 "#define EITHER malloc(sizeof(struct foo))\n#else\n"
		 "#define POINTERS(n) ((n) * sizeof(p))\n"
		 "#define EITHER malloc(sizeof(struct bar))\n#endif\n"
		 "#ifndef SEEN\n#define foo_t int\n#endif\n",
		 code);
	write_file(w->text_path, text, 1000);
	return ask(w, callee ? callee : "malloc", 3, hint);
}

struct expectation {
	const char *code;
	uint32_t type;      /* MODEL_NONE: nothing is said */
	bool single;
	uint64_t multiple;
	const char *callee; /* NULL: malloc */
};

static void assert_expectations(struct world *w, const struct expectation *e,
				size_t count)
{
	for (; count--; e++) {
		struct source_hint hint = { .type = MODEL_NONE };
		enum status status = hint_of(w, e->code, e->callee, &hint);

		if (status != (e->type == MODEL_NONE ? STATUS_NOT_FOUND :
						       STATUS_OK) ||
		    hint.type != e->type || hint.single != e->single ||
		    hint.multiple != e->multiple)
			fail_msg("%s: status %d type %d single %d multiple %d",
				 e->code, status, (int)hint.type, hint.single,
				 (int)hint.multiple);
	}
}
#define ASSERT_EXPECTATIONS(w, list)                                           \
	assert_expectations(w, list, sizeof(list) / sizeof *(list))

static void test_sizeof(void **state)
{
	static const struct expectation list[] = {
		{ "any = malloc(42 * sizeof(int));", INT, false, 4, NULL },
		{ "p = malloc(sizeof *p);", FOO, true, 16, NULL },
		{ "p = malloc(sizeof(*p->next));", FOO, true, 16, NULL },
		{ "p = malloc(sizeof(foo_t) + size);", FOO_T, false, 0, NULL },
		{ "any = malloc(size + sizeof(struct bar));", BAR, false, 0, NULL },
		{ "any = malloc(sizeof(long unsigned int[4]));", ULONG, false, 8, NULL },
		{ "any = malloc(sizeof bars);", BAR, false, 16, NULL },
		{ "any = malloc(sizeof(bars[1]));", BAR, true, 16, NULL },
		{ "any = malloc(sizeof(bar.foo[0]));", FOO_T, true, 16, NULL },
		{ "any = calloc(size, sizeof(struct foo));", FOO, false, 16,
		  "calloc" },
		{ "any = calloc(1, sizeof(struct foo));", FOO, true, 16, "calloc" },
		{ "p = realloc(p, size * sizeof *p);", FOO, false, 16,
		  "realloc" },
		{ "any = malloc(size * sizeof(char *));", CHAR_POINTER, false, 8, NULL },
		{ "any = malloc(offsetof(struct bar, text) + size);", BAR,
		  false, 0, NULL },
		{ "if ((any = malloc(sizeof(struct bar))) == NULL) return 0;",
		  BAR, true, 16, NULL },
		{ "return malloc(sizeof(foo_t));", FOO_T, true, 16, NULL },
		{ "struct foo *q = malloc(sizeof *q), *r = 0;", FOO, true, 16, NULL },
		/* A macro for a member of its name, in an argument. */
		{ "any = MANY(*foo, 2);\n#define foo (bar.foo)", FOO_T, false, 16, NULL },
	};

	ASSERT_EXPECTATIONS(*state, list);
}

static void test_policy(void **state)
{
	static const struct expectation list[] = {
		/* A cast, where no sizeof says more. */
		{ "any = (struct bar *)malloc(size);", BAR, false, 0, NULL },
		{ "any = (char *)malloc(size);", CHAR, false, 0, NULL },
		{ "any = (char *)strcpy(malloc(size), text);", CHAR, false, 0, NULL },
		{ "any = (char *)malloc(sizeof(struct bar));", BAR, true, 16, NULL },
		/* Of a statement expression that ends with what was given
		 * the result. */
		{ "any = (struct bar *)({ void *got; got = malloc(size);"
		  " memset(got, 0, size); got; });", BAR, false, 0, NULL },
		{ "any = (struct bar *)({ void *got = malloc(size); got; });",
		  BAR, false, 0, NULL },
		{ "any = (struct bar *)({ void *got; if (size == 1)"
		  " got = valloc(1); else got = malloc(size); got; });", BAR,
		  false, 0, NULL },
		{ "any = (struct bar *)({ void *got, *other = p;"
		  " got = malloc(size); other; });", MODEL_NONE, false, 0,
		  NULL },
		{ "any = (struct foo *)malloc(size * sizeof(int));", FOO, false, 0, NULL },
		/* The one that the target agrees with. */
		{ "p = malloc(sizeof(struct bar) + sizeof(struct foo));", FOO,
		  false, 0, NULL },
		{ "p = malloc(size * sizeof(char) + sizeof *p);", FOO, false, 0, NULL },
		/* The target, of what contradicts it or says nothing. */
		{ "posix_memalign((void **)&p, 8, size * sizeof(any));",
		  MODEL_NONE, false, 0, "posix_memalign" },
		{ "p = malloc(size * sizeof(int));", FOO, false, 0, NULL },
		{ "text = malloc(size * sizeof(int));", CHAR, false, 0, NULL },
		{ "p = malloc(size + sizeof(struct bar));", FOO, false, 0, NULL },
		{ "p = malloc(4096 + sizeof(struct bar));", FOO, false, 0, NULL },
		{ "text = malloc(size + 1);", CHAR, false, 0, NULL },
		/* Numbers of pointers, whatever they are put into. */
		{ "text = malloc(size * sizeof(p));", FOO_POINTER, false, 8, NULL },
		{ "text = malloc(size * sizeof(char *));", CHAR, false, 0, NULL },
		{ "nobody->all = calloc(size, sizeof(char *));", CHAR_POINTER,
		  false, 8, "calloc" },
		{ "text = malloc(size + sizeof(char *));", CHAR, false, 0, NULL },
		{ "any = malloc(size);", MODEL_NONE, false, 0, NULL },
		{ "text = malloc(size * sizeof(char));", CHAR, false, 1, NULL },
		/* Unknown names, and names of several types. */
		{ "any = malloc(sizeof(struct nobody));", MODEL_NONE, false, 0, NULL },
		{ "any = malloc(sizeof(nobody_t) * 3);", MODEL_NONE, false, 0, NULL },
		{ "any = malloc(sizeof(struct twin));", MODEL_NONE, false, 0, NULL },
		{ "any = malloc(sizeof(*nobody));", MODEL_NONE, false, 0, NULL },
		/* Not this line's business. */
		{ "any = other(sizeof(struct foo));", MODEL_NONE, false, 0, NULL },
		{ "// malloc(sizeof(struct foo));", MODEL_NONE, false, 0, NULL },
		{ "text = \"malloc(sizeof(struct foo))\";", MODEL_NONE, false, 0, NULL },
	};

	ASSERT_EXPECTATIONS(*state, list);
}

/* Of several definitions, the one that is compiled, or that leads to the
 * call. */
static void test_conditional_macros(void **state)
{
	static const struct expectation list[] = {
		{ "any = (struct bar *)STACK_TAKE(size);", BAR, false, 0, NULL },
		{ "any = CAST(struct bar *, malloc(size));", BAR, false, 0, NULL },
		{ "any = CAST(struct bar *, STACK_TAKE(CAST(long, size)));",
		  BAR, false, 0, NULL },
	};

	ASSERT_EXPECTATIONS(*state, list);
}

static void test_several_calls(void **state)
{
	static const struct expectation list[] = {
		{ "any = malloc(sizeof(int)); p = malloc(sizeof *p);",
		  MODEL_NONE, false, 0, NULL },
		{ "p = malloc(sizeof *p); any = malloc(sizeof(struct foo));",
		  FOO, true, 16, NULL },
		{ "p = malloc(sizeof *p); any = calloc(2, sizeof(bar));", FOO,
		  true, 16, NULL },
		{ "p = malloc(sizeof *p); any = realloc(any, sizeof(bar));",
		  BAR, true, 16, "realloc" },
		/* The statement goes on; its other lines are others' calls. */
		{ "any = f(malloc(sizeof(struct bar)),\nmalloc(sizeof *p));",
		  BAR, true, 16, NULL },
		{ "any = (struct bar *)\n  malloc(size);", BAR, false, 0, NULL },
	};

	ASSERT_EXPECTATIONS(*state, list);
}

static void test_macros(void **state)
{
	static const struct expectation list[] = {
		{ "any = NEW(struct bar);", BAR, true, 16, NULL },
		{ "any = MANY(foo_t, size);", FOO_T, false, 16, NULL },
		{ "SET(p->next);", FOO, true, 16, NULL },
		/* Names of C, words of C++. */
		{ "new = malloc(size * sizeof(int));", FOO, false, 0, NULL },
		{ "EACH(p, {\nany = malloc(sizeof(struct bar)); });", BAR, true,
		  16, NULL },
		/* All that a macro has for arguments is of its line. */
		{ "EACH(p, { any = malloc(sizeof(int));\n"
		  "p = malloc(sizeof *p); });", MODEL_NONE, false, 0, NULL },
		{ "EACH(p,\n{ any = malloc(sizeof(int));\n"
		  "p = malloc(sizeof *p); });", MODEL_NONE, false, 0, NULL },
		{ "any = JOIN(mal, loc)(sizeof(struct bar));", BAR, true, 16, NULL },
		{ "any = from_header(struct bar);", BAR, true, 16, NULL },
		{ "any = malloc(LOOP(LOOP) * sizeof(struct bar));", BAR, false,
		  16, NULL },
		{ "any = xalloc(sizeof(int));", INT, true, 4, NULL },
		/* Of several definitions, what all of them say. */
		{ "text = malloc(POINTERS(size));", FOO_POINTER, false, 8, NULL },
		{ "any = EITHER;", MODEL_NONE, false, 0, NULL },
	};
	struct world *w = *state;

	write_file(w->header_path,
		   "#define from_header(t) malloc(sizeof(t))\n", 1000);
	ASSERT_EXPECTATIONS(w, list);
	/* A header newer than the ELF file is not the compiled one. */
	write_file(w->header_path,
		   "#define from_header(t) malloc(sizeof(t))\n", 3000);
	{
		struct source_hint hint;

		assert_int_equal(hint_of(w, "any = from_header(struct bar);",
					 NULL, &hint),
				 STATUS_NOT_FOUND);
	}
}

static void test_computed_sizes(void **state)
{
	static const struct expectation list[] = {
		{ "any = malloc(size); size = size * sizeof(struct bar);", BAR,
		  false, 16, NULL },
		{ "size = 1; size = sizeof(struct bar); any = malloc(size);",
		  MODEL_NONE, false, 0, NULL },
		{ "{ foo_t *gone = 0; any = malloc(sizeof *gone); }", FOO_T,
		  true, 16, NULL },
		{ "{ foo_t *gone; } any = malloc(sizeof *gone);", MODEL_NONE,
		  false, 0, NULL },
		{ "{ int *g; { foo_t *g; any = malloc(sizeof *g); } }", FOO_T,
		  true, 16, NULL },
	};

	ASSERT_EXPECTATIONS(*state, list);
}

static void test_callee_names(void **state)
{
	static const struct expectation list[] = {
		{ "p = malloc(sizeof *p);", FOO, true, 16, "malloc.part.0" },
		{ "p = malloc(sizeof *p);", FOO, true, 16, "__malloc" },
		{ "p = malloc(sizeof *p); memset(p, 0, 1);", FOO, true, 16,
		  "calloc" },
		{ "p = bar.malloc(sizeof *p);", FOO, true, 16, "malloc" },
		{ "p = malloc(sizeof *p);", MODEL_NONE, false, 0, "mallocx" },
		{ "p = malloc(sizeof *p);", MODEL_NONE, false, 0, "" },
	};

	ASSERT_EXPECTATIONS(*state, list);
}

static void test_cxx(void **state)
{
	static const struct {
		const char *code, *callee;
		uint32_t type;
		bool single;
	} list[] = {
		{ "any = new foo(1, 2);", "operator new(unsigned long)", FOO, true },
		{ "any = new foo[size];", "_Znam", FOO, false },
		{ "any = new foo*[size];", "operator new[](unsigned long)",
		  FOO_POINTER, false },
		{ "any = static_cast<bar*>(malloc(size));", "malloc", BAR, false },
		{ "any = new nobody();", "_Znwm", MODEL_NONE, false },
		{ "any = new ::foo;", "_Znwm", FOO, true },
		{ "any = new scoped<zoo::x>;", "_Znwm", TWIN_BIG, true },
		{ "any = new part::scoped<zoo::x>;", "_Znwm", TWIN_BIG, true },
		{ "any = new other::scoped<zoo::x>;", "_Znwm", MODEL_NONE, false },
	};
	struct world *w = *state;

	strcpy(w->text_path + strlen(w->text_path) - 1, "cc");
	w->model->files.at[0].name = intern(w, w->text_path);
	w->model->types.at[FOO].flags |= ALLOTYPE_META_TYPE_CXX;
	w->model->types.at[BAR].flags |= ALLOTYPE_META_TYPE_CXX;
	w->model->types.at[TWIN_BIG].flags |= ALLOTYPE_META_TYPE_CXX;
	w->model->types.at[TWIN_BIG].tag = intern(w, "zoo::part::scoped<zoo::x>");
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		struct source_hint hint = { .type = MODEL_NONE };

		hint_of(w, list[i].code, list[i].callee, &hint);
		assert_int_equal(hint.type, list[i].type);
		assert_int_equal(hint.single, list[i].single);
	}
	/* A call that asks for another size is not that of the line. */
	for (int other = 0; other < 2; other++) {
		struct source_hint hint = { .type = MODEL_NONE };

		w->size = w->model->types.at[FOO].size + (other ? 8 : 0);
		hint_of(w, "any = new foo;", "_Znwm", &hint);
		assert_int_equal(hint.type, other ? MODEL_NONE : FOO);
	}
}

static void test_calls_by_pointer(void **state)
{
	static const struct expectation list[] = {
		{ "any = bar.take(sizeof(struct bar));", BAR, true, 16, NULL },
		{ "any = (*bar.take)(1, sizeof(struct bar));", BAR, true, 16, NULL },
		{ "any = (*any)(sizeof(struct bar));", BAR, true, 16, NULL },
		{ "any = other(sizeof(struct foo));", MODEL_NONE, false, 0, NULL },
	};
	struct world *w = *state;

	w->indirect = true;
	ASSERT_EXPECTATIONS(w, list);
	w->indirect = false;
	assert_expectations(w, &(struct expectation){ list[0].code, MODEL_NONE,
						      false, 0, NULL }, 1);
}

static void test_verification(void **state)
{
	static const char text[] = "f() {\n\np = malloc(sizeof *p);\n}\n";
	struct world *w = *state;
	struct source_hint hint;

	write_file(w->text_path, text, 2000);
	assert_int_equal(ask(w, "malloc", 3, &hint), STATUS_OK);
	assert_int_equal(ask(w, "malloc", 2, &hint), STATUS_NOT_FOUND);
	assert_int_equal(ask(w, "malloc", 0, &hint), STATUS_NOT_FOUND);
	assert_int_equal(ask(w, "malloc", 99, &hint), STATUS_NOT_FOUND);
	write_file(w->text_path, text, 2001);
	assert_int_equal(ask(w, "malloc", 3, &hint), STATUS_NOT_FOUND);
	w->model->files.at[0].has_md5 = true;
	md5_digest(text, strlen(text), w->model->files.at[0].md5);
	assert_int_equal(ask(w, "malloc", 3, &hint), STATUS_OK);
	w->model->files.at[0].md5[0] ^= 1;
	write_file(w->text_path, text, 1000);
	assert_int_equal(ask(w, "malloc", 3, &hint), STATUS_NOT_FOUND);
	unlink(w->text_path);
	assert_int_equal(ask(w, "malloc", 3, &hint), STATUS_NOT_FOUND);
	assert_null(source_create(w->model, w->text_path, NULL));
}

static void test_moved_source(void **state)
{
	struct world *w = *state;
	struct source *source;
	struct source_hint hint;
	struct source_call call;

	write_file(w->text_path, "f() {\np = malloc(sizeof *p);\n}\n", 1000);
	w->model->files.at[0].name = intern(w, "/nowhere/at/all/work.c");
	assert_int_equal(ask(w, "malloc", 2, &hint), STATUS_NOT_FOUND);
	source = source_create(w->model, w->elf_path, w->directory);
	assert_non_null(source);
	assert_int_equal(hint_at(w, source, 0, 2, "malloc", &hint), STATUS_OK);
	assert_int_equal(hint.type, FOO);
	/* Without a scope, variables are unknown. */
	call = (struct source_call){ .line = 2, .callee = "malloc" };
	assert_int_equal(source_hint_at(source, &call, &hint),
			 STATUS_NOT_FOUND);
	assert_int_equal(hint_at(w, source, 7, 2, "malloc", &hint),
			 STATUS_NOT_FOUND);
	source_destroy(source);
}

/* What the result goes to is weaker evidence, and named by what it is. */
static void test_target(void **state)
{
	struct world *w = *state;
	struct source_hint hint;

	assert_int_equal(hint_of(w, "p = malloc(size);", NULL, &hint),
			 STATUS_OK);
	assert_int_equal(hint.evidence, ALLOC_EVIDENCE_VARIABLE);
	assert_int_equal(hint_of(w, "p->next = malloc(size);", NULL, &hint),
			 STATUS_OK);
	assert_int_equal(hint.type, FOO);
	assert_int_equal(hint.evidence, ALLOC_EVIDENCE_MEMBER);
	assert_int_equal(hint_of(w, "return malloc(size);", NULL, &hint),
			 STATUS_OK);
	assert_int_equal(hint.evidence, ALLOC_EVIDENCE_RETURN);
	assert_int_equal(hint_of(w, "p = malloc(sizeof *p);", NULL, &hint),
			 STATUS_OK);
	assert_int_equal(hint.evidence, ALLOC_EVIDENCE_SIZEOF);
}

/* Asks about LINE of a file NAME that is not there but a part of the unit. */
static enum status ask_part(struct world *w, const char *name, uint32_t line,
			    struct source_hint *hint)
{
	struct model_file *file = MODEL_APPEND(&w->model->files, 1);
	struct source *source;
	enum status status;

	assert_non_null(file);
	*file = (struct model_file){ .name = intern(w, name) };
	w->model->functions.at[0].unit_file = 0;
	source = source_create(w->model, w->elf_path, NULL);
	assert_non_null(source);
	status = hint_at(w, source, w->model->files.count - 1, line, "malloc",
			 hint);
	source_destroy(source);
	return status;
}

/* Lines of a grammar are found in the parser that was made of it. */
static void test_generated(void **state)
{
	struct world *w = *state;
	struct source_hint hint;

	write_file(w->text_path,
		   "struct foo *work(void)\n{\n"
		   "#line 70 \"sub/grammar.y\"\n"
		   "any = malloc(sizeof(struct bar));\n"
		   "p = malloc(sizeof *p);\n"
		   "#line 7 \"work.c\"\n"
		   "any = malloc(sizeof(char *));\n}\n", 1000);
	assert_int_equal(ask_part(w, "/x/grammar.y", 70, &hint), STATUS_OK);
	assert_int_equal(hint.type, BAR);
	assert_int_equal(ask_part(w, "/x/grammar.y", 71, &hint), STATUS_OK);
	assert_int_equal(hint.type, FOO);
	assert_int_equal(ask_part(w, "/x/grammar.y", 72, &hint),
			 STATUS_NOT_FOUND);
	assert_int_equal(ask_part(w, "/x/grammar.y", 69, &hint),
			 STATUS_NOT_FOUND);
	assert_int_equal(ask_part(w, "/x/other.y", 70, &hint),
			 STATUS_NOT_FOUND);
	assert_int_equal(ask_part(w, "/x/x.y", 7, &hint), STATUS_NOT_FOUND);
}

/* A file that is included as a part of another sees what that one includes. */
static void test_included_part(void **state)
{
	struct world *w = *state;
	struct source_hint hint;

	write_file(w->text_path,
		   "#define NEW(type) ((type *)malloc(sizeof(type)))\n"
		   "#include \"work.h\"\n", 1000);
	write_file(w->header_path,
		   "struct foo *work(void)\n{\nany = NEW(struct bar);\n}\n",
		   1000);
	assert_int_equal(ask_part(w, w->header_path, 3, &hint), STATUS_OK);
	assert_int_equal(hint.type, BAR);
	w->model->functions.at[0].unit_file = MODEL_NONE;
}

/* Of types that share a name, the one that the call asks for, or the unit's. */
static void test_types_of_one_name(void **state)
{
	static const char code[] = "any = malloc(sizeof(struct twin));";
	struct world *w = *state;
	struct model_own_record *own;
	struct source_hint hint;

	w->size = 8;
	assert_int_equal(hint_of(w, code, NULL, &hint), STATUS_OK);
	assert_int_equal(hint.type, TWIN_BIG);
	w->size = 4;
	assert_int_equal(hint_of(w, code, NULL, &hint), STATUS_OK);
	assert_int_equal(hint.type, TWIN_SMALL);
	w->size = 12;
	assert_int_equal(hint_of(w, code, NULL, &hint), STATUS_NOT_FOUND);
	own = MODEL_APPEND(&w->model->own_records, 2);
	assert_non_null(own);
	own[0] = (struct model_own_record){ 7, TWIN_BIG };
	own[1] = (struct model_own_record){ 0, TWIN_SMALL };
	w->model->functions.at[0].unit_file = 0;
	assert_int_equal(hint_of(w, code, NULL, &hint), STATUS_OK);
	assert_int_equal(hint.type, TWIN_SMALL);
}

/* Statements that any file may hold: an answer, or none, but soon. */
static void test_hostile_source(void **state)
{
	static const char *const pieces[] = {
		"malloc(", "sizeof(", "(", ")", "p", "->", "*", "struct foo",
		"NEW(", "MANY(", "SET(", "JOIN(", ",", "LOOP(", "=", "size",
		"{", "}", "[", "]", "typeof(", "?", ":", "\"", "1", "\n",
	};
	struct world *w = *state;
	size_t count = sizeof pieces / sizeof *pieces;
	uint32_t random = 7;

	for (size_t i = 0; i < count + MIXED; i++) {
		char code[3000] = "";
		size_t length = 0;
		struct source_hint hint;

		while (length + 16 < sizeof code) {
			random = random * 1103515245 + 12345;
			length += (size_t)sprintf(
				code + length, "%s ",
				pieces[i < count ? i : (random >> 8) % count]);
		}
		hint_of(w, code, NULL, &hint);
	}
}

static void test_macro_bomb(void **state)
{
	struct world *w = *state;
	char text[4096];
	int length = sprintf(text, "f() {\np = malloc(B0);\n}\n");
	struct source_hint hint;

	for (int i = 0; i < 40; i++)
		length += sprintf(text + length, "#define B%d B%d B%d\n", i,
				  i + 1, i + 1);
	write_file(w->text_path, text, 1000);
	assert_int_equal(ask(w, "malloc", 2, &hint), STATUS_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sizeof, setup, teardown),
		cmocka_unit_test_setup_teardown(test_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conditional_macros, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_several_calls, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_macros, setup, teardown),
		cmocka_unit_test_setup_teardown(test_computed_sizes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_callee_names, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_cxx, setup, teardown),
		cmocka_unit_test_setup_teardown(test_calls_by_pointer, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_verification, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_moved_source, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_target, setup, teardown),
		cmocka_unit_test_setup_teardown(test_types_of_one_name, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_generated, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_included_part, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_hostile_source, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_macro_bomb, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
