/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/sequence.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/expect.h"
#include "fuzz/model.h"
#include "fuzz/workers.h"
#include "heap/heap.h"

/* Of the sequence that runs, for reports. */
static struct step current;
static size_t current_index, sequence_count;

void expect_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: not so: %s\nsequence %zu, step %zu: "
		"operation %u by worker %u, slot %u, kind %u, value %u\n",
		file, line, condition, sequence_count, current_index,
		current.operation % operation_count, current.caller % WORKERS,
		current.slot, current.kind, current.value);
	abort();
}

static void free_all(void)
{
	for (unsigned int i = 0; i < MODEL_OBJECTS; i++) {
		unsigned int site = i % MODEL_SITES;

		if (!model[i].pointer)
			continue;
		operation_free(&model[i], site);
	}
}

void sequence_run(const uint8_t *data, size_t size)
{
	static bool started;
	size_t count = size / sizeof current;

	if (!started)
		model_init();
	started = true;
	sequence_count++;
	if (count > SEQUENCE_STEPS_MAX)
		count = SEQUENCE_STEPS_MAX;
	for (current_index = 0; current_index < count; current_index++) {
		memcpy(&current, data + current_index * sizeof current,
		       sizeof current);
		operations[current.operation % operation_count](&current);
	}
	model_check_all();
	/* Half of the threads find what they owned freed by others. */
	workers_end(1, NULL, NULL);
	workers_end(2, NULL, NULL);
	free_all();
	workers_end_all();
	model_check_all();
}
