/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations of sequences share, and those with files of their own. */
#ifndef FUZZ_OPERATIONS_H
#define FUZZ_OPERATIONS_H

#include "fuzz/model.h"
#include "fuzz/sequence.h"
#include "fuzz/workers.h"

/* Has STEP executed by the worker it names. */
void step_by_worker(const struct step *step, worker_job job);
unsigned int step_site(const struct step *step);
unsigned int step_free_site(const struct step *step);
size_t step_size(const struct step *step);
struct model_object *step_slot(const struct step *step);
/* The slot of STEP, and the one behind it; empty. */
struct model_object *step_empty_slot(const struct step *step);
/* MODEL_GROUP_SIZE objects. */
struct model_object *step_group(const struct step *step);

/* Why the last allocation of this thread that failed did so. */
extern __thread enum alloc_failure expected_cause;

/* operations_class.c */
operation op_class, op_fill_group_of_class, op_class_batch,
	op_class_release_batch, op_class_trim, op_class_numbers,
	op_class_mapper_fails;
/* operations_failure.c */
operation op_fail, op_limit, op_cause;
/* operations_misuse.c: for on_error=log */
operation op_misuse;
/* operations_numbers.c */
operation op_heap_stats, op_profile, op_heap_check, op_break;

#endif
