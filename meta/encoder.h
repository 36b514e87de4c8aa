/* SPDX-License-Identifier: Apache-2.0 */
/* The model on its way into a metadata file (meta/FORMAT.md). */
#ifndef META_ENCODER_H
#define META_ENCODER_H

#include <stdbool.h>

#include "meta/image.h"
#include "meta/model.h"

struct encoder {
	const struct model *model;
	struct image image;
	uint32_t *numbers;   /* of the model's types in the file, or NONE */
	uint32_t void_number;
	uint32_t *order;     /* the model's types as they stand in the file */
	uint32_t order_count;
	struct coder *parameters; /* of functions' types */
	unsigned int member_width; /* bits for a member's value */
};

#define ENCODER_APPEND(image, section, type)                           \
	((struct type *)image_append((image), ALLOTYPE_META_##section, \
				     sizeof(struct type)))

/* Numbers the types that the file needs, those that packed sections name most
 * often first.  False: no memory.  To be freed: numbers and order. */
bool encoder_number_types(struct encoder *encoder);
/* The number of a type of the model, or NONE. */
uint32_t encoder_type(const struct encoder *encoder, uint32_t type);
void encoder_types(struct encoder *encoder);
/* Functions and their variables.  Comes before all that adds strings, so that
 * names that are often packed are short numbers. */
void encoder_code(struct encoder *encoder);

#endif
