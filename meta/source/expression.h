/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tolerant parser of C and C++ statements: what it cannot read it steps
 * over, and what it has read up to there stays in the tree.  Nodes are an
 * array with indexes; trees of one run share it.  Depth and size are bounded.
 */
#ifndef META_SOURCE_EXPRESSION_H
#define META_SOURCE_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/source/token.h"

#define NODE_NONE UINT32_MAX

enum node_kind {
	NODE_NUMBER,
	NODE_STRING,
	NODE_NAME,        /* token..last, qualified in C++ */
	NODE_CALL,        /* callee, arguments */
	NODE_MEMBER,      /* object; token: . or ->, last: the name */
	NODE_INDEX,       /* array, index */
	NODE_UNARY,       /* operand; token: the operator */
	NODE_BINARY,      /* left, right; token: the operator */
	NODE_ASSIGN,      /* left, right; token: the operator */
	NODE_CONDITIONAL, /* condition, then, else */
	NODE_COMMA,       /* left, right */
	NODE_CAST,        /* type, operand */
	NODE_SIZEOF,      /* type or expression */
	NODE_OFFSETOF,    /* type */
	NODE_NEW,         /* type, initializer's arguments */
	NODE_DECLARE,     /* type, initializer; last: the name */
	NODE_RETURN,      /* value */
	NODE_LIST,        /* of an initializer */
	NODE_BLOCK,       /* GNU statement expression: its statements */
	NODE_TYPE,        /* token..last: the specifiers, or, with
			     NODE_TYPE_TYPEOF, the expression as child */
};

enum node_flag {
	NODE_TYPE_ARRAY = 1 << 0,
	NODE_TYPE_OPAQUE = 1 << 1,  /* a declarator we do not follow */
	NODE_TYPE_CERTAIN = 1 << 2, /* by its words, not by its place */
	NODE_TYPE_TYPEOF = 1 << 3,
};

struct node {
	uint32_t token, last;
	uint32_t parent, first, next; /* nodes, or NODE_NONE */
	uint16_t pointers;            /* of a type */
	uint8_t kind, flags;
};

struct expression_tree {
	const struct token *tokens;
	uint32_t token_count;
	struct node *nodes;
	uint32_t node_count, node_capacity;
};

enum name_kind { NAME_UNKNOWN, NAME_TYPE, NAME_OTHER };

struct expression_names {
	/* What does the name of tokens AT..LAST stand for? */
	enum name_kind (*kind)(void *context, const struct token *at,
			       const struct token *last);
	void *context;
	bool cxx;
};

/* Parses all COUNT tokens, which must outlive the tree, as statements. */
enum status expression_parse(const struct token *tokens, uint32_t count,
			     const struct expression_names *names,
			     struct expression_tree *tree);
void expression_tree_deinit(struct expression_tree *tree);

/* The Nth child of NODE, or NODE_NONE. */
uint32_t expression_child(const struct expression_tree *tree, uint32_t node,
			  uint32_t n);

#endif
