/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allocation tokens of clang's -fsanitize=alloc-token: calls of malloc and
 * its like are those of __alloc_token_malloc and its like, which have one more
 * argument.  As clang chooses it by default, it is a hash of the name of the
 * type that the call allocates (LLVM 22, llvm/Support/AllocToken.h); then the
 * type can be found again.
 */
#ifndef META_FLOW_ALLOC_TOKENS_H
#define META_FLOW_ALLOC_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "meta/model.h"

struct alloc_tokens {
	struct alloc_token {
		uint64_t hash;
		uint32_t type;
	} *at; /* by hash */
	uint32_t count, capacity;
};

/* Those of all types that MODEL names. */
enum status alloc_tokens_init(struct alloc_tokens *tokens,
			      const struct model *model);
void alloc_tokens_deinit(struct alloc_tokens *tokens);

/* The type that TOKEN stands for; MODEL_NONE: for none, or for several. */
uint32_t alloc_tokens_find(const struct alloc_tokens *tokens,
			   const struct model *model, uint64_t token);

/* SYMBOL without what names a variant with a token, which is one more argument
 * if *IS_ARGUMENT; else it is in the name. */
const char *alloc_tokens_plain_symbol(const char *symbol, bool *is_argument);

#endif
