/* SPDX-License-Identifier: Apache-2.0 */
/* Sequences of heap calls, as bytes: what every front door runs. */
#ifndef FUZZ_SEQUENCE_H
#define FUZZ_SEQUENCE_H

#include <stddef.h>
#include <stdint.h>

/* A step of a sequence is as many bytes, little-endian. */
struct step {
	uint8_t operation; /* index into the table, modulo its length */
	uint8_t caller;    /* worker: 2 bits, site: 6 bits */
	uint8_t slot;      /* object or group */
	uint8_t kind;      /* of size: 3 bits; logarithm of alignment: 5 */
	uint32_t value;    /* size within its kind, or what is needed */
};
_Static_assert(sizeof(struct step) == 8, "a step is eight bytes");

typedef void operation(const struct step *step);
extern operation *const operations[];
extern const unsigned int operation_count;
/* Checks and frees OBJECT at SITE, as it must be freed. */
struct model_object;
void operation_free(struct model_object *object, unsigned int site);

enum { SEQUENCE_STEPS_MAX = 4000 };

/* Runs the sequence, checks the heap against the model all the way, and
 * frees all that is left: the heap is empty afterwards. */
void sequence_run(const uint8_t *data, size_t size);

#endif
