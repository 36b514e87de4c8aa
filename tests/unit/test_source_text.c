/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of source lines, as far as it needs no model: digests, tokens,
 * statements, syntax trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/source/expression.h"
#include "meta/source/md5.h"
#include "meta/source/statement.h"
#include "meta/source/token.h"
#include "meta/source/verify.h"

/* Of hostile text.  Slow under ThreadSanitizer, and about one thread. */
#ifdef __SANITIZE_THREAD__
enum { ROUNDS = 60, LENGTH = 15000, NOISE = 1 << 18 };
#else
enum { ROUNDS = 300, LENGTH = 60000, NOISE = 1 << 20 };
#endif

static void assert_md5(const char *text, const char *expected)
{
	uint8_t digest[16];
	char hex[33];

	md5_digest(text, strlen(text), digest);
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(hex, expected);
}

/* RFC 1321 appendix A.5, and lengths around the padding's limits. */
static void test_md5(void **state)
{
	(void)state;
	assert_md5("", "d41d8cd98f00b204e9800998ecf8427e");
	assert_md5("abc", "900150983cd24fb0d6963f7d28e17f72");
	assert_md5("abcdefghijklmnopqrstuvwxyz",
		   "c3fcd3d76192e4007dfb496cca67e13b");
	assert_md5("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz012345"
		   "6789",
		   "d174ab98d277d9f5a5611c2c9f419d9f");
	assert_md5("1234567890123456789012345678901234567890123456789012345678"
		   "9012345678901234567890",
		   "57edf4a22be3c955ac49da2e2107b67a");
	assert_md5("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		   "ef1772b6dff9a122358552954ad0df65");
	assert_md5("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		   "3b0c8ac703f828b04c6c197006d17218");
	assert_md5("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		   "aaaaaa",
		   "014842d480b571495a4a0363793f7367");
}

static void test_verify(void **state)
{
	struct model_file listed = { .name = "/a.c", .has_md5 = true };
	struct timespec old = { 10, 5 }, young = { 10, 6 };

	(void)state;
	assert_true(verify_text(NULL, "x", 1, old, young));
	assert_true(verify_text(NULL, "x", 1, old, old));
	assert_false(verify_text(NULL, "x", 1, young, old));
	/* A digest decides alone. */
	md5_digest("x", 1, listed.md5);
	assert_true(verify_text(&listed, "x", 1, young, old));
	assert_false(verify_text(&listed, "y", 1, old, young));
}

struct scanned {
	struct token_list code, directives;
};

static void scan(struct scanned *s, const char *text, size_t size)
{
	*s = (struct scanned){ 0 };
	assert_int_equal(token_scan(text, size, &s->code, &s->directives),
			 STATUS_OK);
}

static void scanned_deinit(struct scanned *s)
{
	token_list_deinit(&s->code);
	token_list_deinit(&s->directives);
}

/* The tokens, joined by bars. */
static void assert_tokens(const char *text, const char *expected)
{
	struct scanned s;
	char joined[512] = "";

	scan(&s, text, strlen(text));
	for (uint32_t i = 0; i < s.code.count; i++) {
		strncat(joined, s.code.at[i].text, s.code.at[i].size);
		if (i + 1 < s.code.count)
			strcat(joined, "|");
	}
	assert_string_equal(joined, expected);
	scanned_deinit(&s);
}

static void test_tokens(void **state)
{
	(void)state;
	assert_tokens("a->b /* c */ + 1.5e+3f//x\n*d", "a|->|b|+|1.5e+3f|*|d");
	assert_tokens("\"a\\\"b\" 'c' L\"w\"", "\"a\\\"b\"|'c'|L\"w\"");
	assert_tokens("R\"x(a)\"b)x\" y", "R\"x(a)\"b)x\"|y");
	assert_tokens("a\\\nb // comment \\\n still\nc", "a|b|c");
	assert_tokens("#define X 1 \\\n 2\nx", "x");
	assert_tokens("a\n#if 0\nb\n#if 1\nc\n#endif\n#else\nd\n#endif\ne",
		      "a|d|e");
	assert_tokens("\"open\nx /* open", "\"open|x");
}

static void test_lines(void **state)
{
	struct scanned s;
	static const char text[] = "a\n/*\n*/ b \\\n c\n#define X\nd";

	(void)state;
	scan(&s, text, strlen(text));
	assert_int_equal(s.code.count, 4);
	assert_int_equal(s.code.at[1].line, 3);
	assert_int_equal(s.code.at[2].line, 4);
	assert_int_equal(s.code.at[3].line, 6);
	assert_int_equal(token_list_find_line(&s.code, 4), 2);
	assert_int_equal(token_list_find_line(&s.code, 5), 3);
	assert_int_equal(token_list_find_line(&s.code, 7), 4);
	scanned_deinit(&s);
}

static void assert_statement(const char *text, uint32_t line,
			     const char *begin, const char *end)
{
	struct scanned s;
	uint32_t first, limit;
	bool has_block;

	scan(&s, text, strlen(text));
	assert_true(statement_find(&s.code, line, &first, &limit, &has_block));
	assert_int_equal(has_block, strstr(text, "EACH") != NULL);
	assert_true(token_is(&s.code.at[first], begin));
	assert_true(token_is(&s.code.at[limit - 1], end));
	scanned_deinit(&s);
}

static void assert_same_tokens(const struct token_list *a,
			       const struct token_list *b)
{
	assert_int_equal(a->count, b->count);
	for (uint32_t i = 0; i < a->count; i++) {
		assert_ptr_equal(a->at[i].text, b->at[i].text);
		assert_int_equal(a->at[i].line, b->at[i].line);
		assert_int_equal(a->at[i].size, b->at[i].size);
		assert_int_equal(a->at[i].kind, b->at[i].kind);
	}
}

/* Directives without code, and code from mark to mark, are all there is. */
static void test_marks(void **state)
{
	static const char text[] =
		"}\nint f(void)\n{\n\treturn '\"' /* }\n} */ ;\n}\n"
		"#define A \\\n}\n#if 0\nint g(void) {\n}\n#if 1\n}\n#endif\n"
		"}; dead\n#else\nchar *h = \"}\\\n}\"; // }\\\n}\n}; int i;\n"
		"\n#endif\nint k = 'x'; } \n}\nR\"(\n}\n)\"; # x\n}\n  }\n#end";
	struct token_list directives = { 0 }, code = { 0 };
	struct token_marks marks = { 0 };
	struct scanned s;

	(void)state;
	scan(&s, text, strlen(text));
	assert_int_equal(token_scan_directives(text, strlen(text), &directives,
					       &marks), STATUS_OK);
	assert_same_tokens(&directives, &s.directives);
	assert_int_equal(marks.count, 8);
	for (uint32_t i = 0; i < marks.count; i++)
		assert_int_equal(token_scan_code(&marks.at[i],
				i + 1 < marks.count ? marks.at[i + 1].at
						    : text + strlen(text),
				&code), STATUS_OK);
	assert_same_tokens(&code, &s.code);
	assert_int_equal(token_marks_behind(&marks, 0), 1);
	assert_int_equal(token_marks_behind(&marks, 5), 1);
	assert_int_equal(token_marks_behind(&marks, 6), 2);
	assert_int_equal(token_marks_behind(&marks, UINT32_MAX), marks.count);
	token_list_deinit(&directives);
	token_list_deinit(&code);
	token_marks_deinit(&marks);
	scanned_deinit(&s);
}

static void test_statements(void **state)
{
	(void)state;
	assert_statement("x;\na = f(1,\n2,\n3) + y;\nz;", 2, "a", ";");
	assert_statement("x;\na = f(1,\n2,\n3) + y;\nz;", 3, "a", ";");
	assert_statement("x;\na = f(1,\n2,\n3) + y;\nz;", 4, "a", ";");
	/* What macros have for arguments. */
	assert_statement("x;\nEACH(l, {\na(l);\nb(l);\n})\nc();", 2, "EACH",
			 ")");
	assert_statement("x;\nEACH(l,\n{\na(l);\nb(l); }) + y;\nc();", 2,
			 "EACH", ";");
	assert_statement("EACH(l, {\na(l); })\nint f(int x) CODE({\nc();\n})", 3,
			 "int", ")");
	assert_statement("x; {\nif ((p = m(\n1)) == 0)\n{ z; }", 3, "if", "{");
}

/* ---- trees ---- */

static enum name_kind kind_of(void *context, const struct token *at,
			      const struct token *last)
{
	(void)context;
	if (at == last && at->size > 2 &&
	    memcmp(at->text + at->size - 2, "_t", 2) == 0)
		return NAME_TYPE;
	return NAME_UNKNOWN;
}

struct writer {
	const struct expression_tree *tree;
	char text[1024];
};

static void write_tokens(struct writer *w, uint32_t from, uint32_t to)
{
	for (; from <= to && from < w->tree->token_count; from++)
		strncat(w->text, w->tree->tokens[from].text,
			w->tree->tokens[from].size);
}

static void write_node(struct writer *w, uint32_t node)
{
	const struct node *n = &w->tree->nodes[node];

	strcat(w->text, "(");
	switch (n->kind) {
	case NODE_NAME:
	case NODE_TYPE:
		if (!(n->flags & NODE_TYPE_TYPEOF))
			write_tokens(w, n->token, n->last);
		for (int i = 0; i < n->pointers; i++)
			strcat(w->text, "*");
		break;
	case NODE_MEMBER:
		write_tokens(w, n->token, n->token);
		write_tokens(w, n->last, n->last);
		break;
	case NODE_CAST:
		strcat(w->text, "cast");
		break;
	default:
		write_tokens(w, n->token, n->token);
	}
	for (uint32_t i = n->first; i != NODE_NONE; i = w->tree->nodes[i].next)
		write_node(w, i);
	strcat(w->text, ")");
}

static void assert_tree(bool cxx, const char *text, const char *expected)
{
	struct expression_names names = { .kind = kind_of, .cxx = cxx };
	struct expression_tree tree;
	struct writer w = { .tree = &tree };
	struct scanned s;

	scan(&s, text, strlen(text));
	assert_int_equal(expression_parse(s.code.at, s.code.count, &names,
					  &tree),
			 STATUS_OK);
	for (uint32_t i = 0; i < tree.node_count; i++)
		if (tree.nodes[i].parent == NODE_NONE)
			write_node(&w, i);
	assert_string_equal(w.text, expected);
	expression_tree_deinit(&tree);
	scanned_deinit(&s);
}

static void test_trees(void **state)
{
	(void)state;
	assert_tree(false, "struct foo *p = malloc(sizeof *p);",
		    "(p(structfoo*)(((malloc)(sizeof(*(p)))))");
	assert_tree(false, "p = (foo_t *)malloc(n * sizeof(foo_t));",
		    "(=(p)(cast(foo_t*)(((malloc)(*(n)(sizeof(foo_t))))))");
	assert_tree(false, "if ((p = f(a)) == NULL) return 0;",
		    "(==(=(p)(((f)(a)))(NULL))(return(0))");
	assert_tree(false, "x = sizeof(*a->b[0]) + 2;",
		    "(=(x)(+(sizeof(*([(->b(a))(0))))(2)))");
	assert_tree(false, "x = (a) * b;", "(=(x)(*(a)(b)))");
	assert_tree(false, "x = (unk *) b;", "(=(x)(cast(unk*)(b)))");
	assert_tree(false, "x = (unk) b;", "(=(x)(cast(unk)(b)))");
	assert_tree(false, "unk *v = 0, *w;", "(v(unk*)(0))(w(unk*))");
	assert_tree(false, "__typeof__(*p) *q;", "(q(*(*(p))))");
}

static void test_trees_cxx(void **state)
{
	(void)state;
	assert_tree(true, "p = new ns::Foo<int>(1, 2);",
		    "(=(p)(new(ns::Foo<int>)(1)(2)))");
	assert_tree(true, "char_t* q = new (std::nothrow) char_t*[n];",
		    "(q(char_t*)(new(char_t*)))");
	assert_tree(true, "p = static_cast<T*>(malloc(n));",
		    "(=(p)(cast(T*)(((malloc)(n))))");
	assert_tree(true, "if (a < b) x = 1;", "(<(a)(b))(=(x)(1))");
}

/* Nothing that a file may hold makes the parser crash or run away. */
static void parse_anything(const char *text, size_t size)
{
	struct expression_names names = { .kind = kind_of, .cxx = true };
	struct expression_tree tree;
	struct scanned s;

	scan(&s, text, size);
	expression_parse(s.code.at, s.code.count, &names, &tree);
	for (uint32_t i = 0; i < tree.node_count; i++)
		assert_true(tree.nodes[i].parent == NODE_NONE ||
			    tree.nodes[i].parent < tree.node_count);
	expression_tree_deinit(&tree);
	scanned_deinit(&s);
}

static void test_hostile_text(void **state)
{
	static const char *const pieces[] = {
		"(", ")", "{", "}", "[", "]", "sizeof", "new", "<", ">", "*",
		"a", "int", "struct", ",", ";", "?", ":", "=", "->", ".", "1",
		"\"", "'", "\\\n", "#", "/*", "typeof", "return", "({", "const",
		"R\"(", "::", "&", "for", "offsetof", "\n",
	};
	size_t size = NOISE;
	char *text = malloc(size);
	uint32_t random = 1;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		size_t step = strlen(pieces[i]) + 1;
		size_t length = 0;

		for (; length + step < LENGTH; length += step)
			sprintf(text + length, "%s ", pieces[i]);
		parse_anything(text, length);
	}
	for (int round = 0; round < ROUNDS; round++) {
		size_t length = 0;

		while (length + 16 < 2000) {
			random = random * 1103515245 + 12345;
			length += (size_t)sprintf(
				text + length, "%s ",
				pieces[(random >> 8) %
				       (sizeof pieces / sizeof *pieces)]);
		}
		parse_anything(text, length);
	}
	for (size_t i = 0; i < size; i++) {
		random = random * 1103515245 + 12345;
		text[i] = (char)(random >> 16);
	}
	parse_anything(text, size);
	memset(text, 'x', size); /* one line, one token */
	parse_anything(text, size);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_md5),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_statements),
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_trees_cxx),
		cmocka_unit_test(test_hostile_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
