/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/text.h"

#include <stdlib.h>
#include <string.h>

#include "meta/coder.h"
#include "type/strings.h"

enum {
	HASH_BITS = 13,
	TRIES = 6, /* places looked at, for a match */
	SLACK = sizeof(uint64_t),
};

/* A byte, or what was there DISTANCE bytes before. */
struct token {
	uint16_t length; /* 0: a byte */
	uint16_t distance; /* or the byte */
};

struct packer {
	const unsigned char *text; /* behind which SLACK bytes can be read */
	uint32_t size;
	struct token *tokens;
	uint32_t count;
	/* Plus one: where four bytes of a hash were last; and before that,
	 * for the places in a block. */
	uint32_t last[1 << HASH_BITS];
	uint32_t previous[STRINGS_BLOCK];
};

/* ---- matches ---- */

static uint64_t bytes_at(const struct packer *p, uint32_t at)
{
	uint64_t bytes;

	memcpy(&bytes, p->text + at, sizeof bytes);
	return bytes;
}

static uint32_t *last_at(struct packer *p, uint32_t at)
{
	uint32_t four = (uint32_t)bytes_at(p, at);

	return &p->last[(four * 2654435761U) >> (32 - HASH_BITS)];
}

static void remember(struct packer *p, uint32_t at)
{
	uint32_t *last = last_at(p, at);

	p->previous[at % STRINGS_BLOCK] = *last;
	*last = at + 1;
}

/* How many bytes are the same, up to LIMIT. */
static uint32_t match_size(const struct packer *p, uint32_t from, uint32_t at,
			   uint32_t limit)
{
	uint32_t size = 0;

	while (at + size < limit) {
		uint64_t differ = bytes_at(p, from + size) ^
				  bytes_at(p, at + size);

		if (differ) {
			size += (uint32_t)__builtin_ctzll(differ) / 8;
			break;
		}
		size += sizeof differ;
	}
	return size < limit - at ? size : limit - at;
}

/* The longest of the last matches in the block from FIRST to LIMIT. */
static struct token find_match(struct packer *p, uint32_t first, uint32_t at,
			       uint32_t limit)
{
	uint32_t from = *last_at(p, at);
	struct token best = {0, 0};

	for (int i = 0; i < TRIES && from > first; i++) {
		uint32_t distance = at - (from - 1), size;

		if (distance >= STRINGS_NEAREST) {
			size = match_size(p, from - 1, at, limit);
			if (size > best.length)
				best = (struct token){(uint16_t)size,
						      (uint16_t)distance};
		}
		from = p->previous[(from - 1) % STRINGS_BLOCK];
	}
	return best;
}

static void find_tokens(struct packer *p, uint32_t first, uint32_t limit)
{
	uint32_t at = first;

	while (at < limit) {
		struct token token = find_match(p, first, at, limit);
		uint32_t size = token.length;

		if (size < STRINGS_SHORTEST) {
			token = (struct token){0, p->text[at]};
			size = 1;
		}
		p->tokens[p->count++] = token;
		while (size--)
			remember(p, at++);
	}
}

/* ---- packing ---- */

static void put_token(struct coder *coder, const struct token *token)
{
	unsigned int length;

	if (!token->length) {
		coder_symbol(coder, CODED_TEXT, token->distance);
		return;
	}
	length = token->length - STRINGS_SHORTEST;
	if (length >= STRINGS_LONG)
		coder_symbol(coder, CODED_TEXT, STRINGS_MATCH + STRINGS_LONG);
	else
		coder_symbol(coder, CODED_TEXT, STRINGS_MATCH + length);
	if (length >= STRINGS_LONG)
		coder_number(coder, CODED_TEXT_LENGTH, length - STRINGS_LONG);
	coder_number(coder, CODED_TEXT_DISTANCE,
		     token->distance - STRINGS_NEAREST);
}

static void put_tokens(const struct packer *p, struct image *image,
		       struct coder *coder)
{
	uint32_t size = 0;

	for (uint32_t i = 0; i < p->count; i++) {
		if (size % STRINGS_BLOCK == 0 && !coder_is_counting(coder)) {
			struct allotype_meta_string_block *block =
				image_append(image, ALLOTYPE_META_STRING_BLOCKS,
					     sizeof *block);

			if (!block)
				return;
			block->offset = coder_align(coder);
		}
		put_token(coder, &p->tokens[i]);
		size += p->tokens[i].length ? p->tokens[i].length : 1;
	}
	coder_align(coder);
}

static void pack(struct packer *p, struct image *image)
{
	struct coder *coder = coder_create(image, ALLOTYPE_META_STRINGS,
					   CODED_OF_TEXT, CODED_CONTEXTS);

	if (!coder)
		return;
	for (uint32_t at = 0; at < p->size; at += STRINGS_BLOCK)
		find_tokens(p, at, p->size - at < STRINGS_BLOCK
					   ? p->size : at + STRINGS_BLOCK);
	put_tokens(p, image, coder);
	coder_choose(coder, CODED_CONTEXTS);
	put_tokens(p, image, coder);
	coder_destroy(coder);
}

void text_pack(struct image *image)
{
	struct image_section *section = &image->sections[ALLOTYPE_META_STRINGS];
	struct packer *p = calloc(1, sizeof *p);
	unsigned char *text = realloc(section->bytes, section->size + SLACK);

	if (text) {
		section->bytes = NULL;
		memset(text + section->size, 0, SLACK);
	}
	if (p && text) {
		p->text = text;
		p->size = (uint32_t)section->size;
		p->tokens = malloc((section->size + 1) * sizeof *p->tokens);
	}
	if (p && p->tokens) {
		*section = (struct image_section){0};
		pack(p, image);
		free(p->tokens);
	} else {
		image->exhausted = true;
	}
	free(text);
	free(p);
}
