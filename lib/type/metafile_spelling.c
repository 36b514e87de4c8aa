/* SPDX-License-Identifier: Apache-2.0 */
#include "type/metafile_spelling.h"

#include <string.h>

#include "allotype.h"
#include "type/declarator.h"

bool metafile_kind_is_spelled(uint8_t kind)
{
	return kind == ALLOC_KIND_POINTER || kind == ALLOC_KIND_ARRAY ||
	       kind == ALLOC_KIND_FUNCTION ||
	       (kind >= ALLOC_KIND_CONST && kind <= ALLOC_KIND_ATOMIC);
}

static bool read_part(const void *context, uint32_t number,
		      struct declarator_part *part)
{
	const struct metafile *file = context;
	struct metafile_type t;

	if (!metafile_type(file, number, &t))
		return false;
	*part = (struct declarator_part){
		.words = t.name ? metafile_string(file, t.name) : NULL,
		.target = t.target,
		.count = (uint32_t)t.count,
		.flags = t.flags,
		.kind = t.kind,
	};
	return true;
}

static uint32_t read_parameter(const void *context, uint32_t number,
			       uint32_t index)
{
	struct metafile_type t;

	if (!metafile_type(context, number, &t))
		return ALLOTYPE_META_NONE;
	return metafile_parameter(context, &t, index);
}

static bool add_text(void *sink, const char *string, size_t size)
{
	(void)size;
	text_append(sink, string);
	return true;
}

void metafile_spell(struct text *text, const struct metafile *file,
		    uint32_t number)
{
	struct declarator_types types = { file, read_part, read_parameter };

	declarator_spell(&types, number, add_text, text);
}

/* SINK: what is still to come. */
static bool compare_text(void *sink, const char *string, size_t size)
{
	const char **expected = sink;

	if (strncmp(*expected, string, size) != 0)
		return false;
	*expected += size;
	return true;
}

bool metafile_type_is_named(const struct metafile *file, uint32_t number,
			    const char *name)
{
	struct declarator_types types = { file, read_part, read_parameter };

	return declarator_spell(&types, number, compare_text, &name) && !*name;
}
