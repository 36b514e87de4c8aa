/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/flow/calls.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "meta/flow/allocators.h"
#include "meta/parallel.h"

enum { SHARE = 64 }; /* functions that a thread takes at a time */

/* Threads scan the functions, each into calls of its own. */
struct scan {
	struct debuginfo *info;
	struct model *model;
	bool *leaves;
	atomic_uint next;       /* the first function that nobody has taken */
	struct scanner {
		struct scan *scan;
		struct calls calls;
		uint32_t function;
		enum status status;
	} scanners[PARALLEL_MOST];
};

void calls_deinit(struct calls *calls)
{
	free(calls->at);
	free(calls->taken);
	free(calls->taken_imports);
	free(calls->leaves);
	memset(calls, 0, sizeof *calls);
}

static bool is_inside(const struct model *model, uint32_t function,
		      uint64_t address)
{
	const struct model_function *f = &model->functions.at[function];

	for (uint32_t i = 0; i < f->range_count; i++) {
		const struct model_range *r =
			&model->ranges.at[f->range_first + i];

		if (address >= r->low && address < r->high)
			return true;
	}
	return false;
}

static bool add_call(struct scanner *s, const struct decoder_mention *m,
		     uint64_t target, bool tail)
{
	struct call *call = model_append((void **)&s->calls.at,
					 &s->calls.count,
					 &s->calls.capacity,
					 sizeof *call, 1);

	if (!call) {
		s->status = STATUS_NO_MEMORY;
		return false;
	}
	call->address = m->address;
	call->size = m->size;
	call->function = s->function;
	call->tail = tail;
	call->target = target;
	if (target &&
	    !debuginfo_own_import(s->scan->info, target, &call->target))
		call->import = debuginfo_import_at(s->scan->info, target);
	return true;
}

static bool add_taken(struct scanner *s, uint64_t address)
{
	uint64_t *taken = model_append((void **)&s->calls.taken,
				       &s->calls.taken_count,
				       &s->calls.taken_capacity,
				       sizeof *taken, 1);

	if (!taken) {
		s->status = STATUS_NO_MEMORY;
		return false;
	}
	*taken = address;
	return true;
}

/* Whom SLOT leads to: itself for an import, or a function of the file, as
 * where code is compiled to go without a PLT; 0 if it holds a pointer of the
 * program. */
static uint64_t slot_callee(struct scanner *s, uint64_t slot)
{
	uint64_t target;

	if (debuginfo_import_at(s->scan->info, slot))
		return slot;
	return debuginfo_slot_target(s->scan->info, slot, &target) ? target : 0;
}

static bool visit_mention(void *context, const struct decoder_mention *m)
{
	struct scanner *s = context;

	switch (m->kind) {
	case DECODER_CALL:
		return add_call(s, m, m->target, false);
	case DECODER_CALL_INDIRECT:
		return add_call(s, m, 0, false);
	case DECODER_CALL_SLOT:
		return add_call(s, m, slot_callee(s, m->target), false);
	case DECODER_JUMP:
		if (is_inside(s->scan->model, s->function, m->target))
			return true;
		s->scan->leaves[s->function] = true;
		return add_call(s, m, m->target, true);
	case DECODER_JUMP_SLOT:
		s->scan->leaves[s->function] = true;
		return add_call(s, m, slot_callee(s, m->target), true);
	case DECODER_JUMP_INDIRECT:
		s->scan->leaves[s->function] = true;
		return add_call(s, m, 0, true);
	case DECODER_ADDRESS:
		return add_taken(s, m->target);
	case DECODER_LEAVE:
		s->scan->leaves[s->function] = true;
		return true;
	default:
		return true;
	}
}

static void visit_relative(void *context, uint64_t place, uint64_t target)
{
	(void)place;
	add_taken(context, target);
}

static void visit_import(void *context, uint64_t place, const char *name,
			 bool is_got)
{
	struct scanner *s = context;
	const char **at;

	(void)place;
	(void)is_got;
	at = model_append((void **)&s->calls.taken_imports,
			  &s->calls.taken_import_count,
			  &s->calls.taken_import_capacity, sizeof *at, 1);
	if (at)
		*at = model_intern(s->scan->model, name, strlen(name));
	else
		s->status = STATUS_NO_MEMORY;
}

static int compare_keys(const char *a_import, uint64_t a_target,
			const char *b_import, uint64_t b_target)
{
	/* They are interned. */
	if (a_import && a_import == b_import)
		return 0;
	if (a_import && b_import)
		return strcmp(a_import, b_import);
	if (a_import || b_import)
		return a_import ? 1 : -1;
	return (a_target > b_target) - (a_target < b_target);
}

static int compare_calls(const void *a, const void *b)
{
	const struct call *x = a, *y = b;
	int order = compare_keys(x->import, x->target, y->import, y->target);

	return order ? order : (x->address > y->address) -
			       (x->address < y->address);
}

static int compare_addresses(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void scan_function(struct scanner *s, struct decoder *decoder,
			  uint32_t number)
{
	const struct model *model = s->scan->model;
	const struct model_function *function = &model->functions.at[number];
	bool *leaves = &s->scan->leaves[number];

	s->function = number;
	*leaves = !function->range_count;
	for (uint32_t i = 0; i < function->range_count; i++) {
		const struct model_range *r =
			&model->ranges.at[function->range_first + i];
		const unsigned char *bytes = debuginfo_code(
			s->scan->info, r->low, r->high - r->low);

		if (!bytes)
			*leaves = true;
		else if (!decoder_scan(decoder, bytes, r->high - r->low,
				       r->low, visit_mention, s))
			return;
	}
}

static void sort_calls(struct calls *calls)
{
	if (calls->count)
		qsort(calls->at, calls->count, sizeof *calls->at,
		      compare_calls);
	if (calls->taken_count)
		qsort(calls->taken, calls->taken_count, sizeof *calls->taken,
		      compare_addresses);
}

static void scan_share(void *context, unsigned int thread)
{
	struct scan *scan = context;
	struct scanner *s = &scan->scanners[thread];
	uint32_t count = scan->model->functions.count;
	struct decoder *decoder = decoder_create(scan->model->machine);

	if (!decoder) {
		s->status = STATUS_NO_MEMORY;
		return;
	}
	while (!s->status) {
		uint32_t i = atomic_fetch_add_explicit(&scan->next, SHARE,
						       memory_order_relaxed);

		if (i >= count)
			break;
		for (uint32_t k = i; k < i + SHARE && k < count; k++)
			scan_function(s, decoder, k);
	}
	sort_calls(&s->calls);
	decoder_destroy(decoder);
}

/* Adds FOUND to the entries at *AT; both are sorted. */
static enum status merge(void **at, uint32_t *count, uint32_t *capacity,
			 const void *found, uint32_t found_count, size_t size,
			 int (*compare)(const void *a, const void *b))
{
	uint32_t old = *count, from = found_count;
	unsigned char *to;

	if (!found_count)
		return STATUS_OK;
	if (!model_append(at, count, capacity, size, found_count))
		return STATUS_NO_MEMORY;
	/* From the end, where there is room. */
	to = (unsigned char *)*at + (size_t)*count * size;
	while (from) {
		const unsigned char *a = (unsigned char *)*at + old * size;
		const unsigned char *b =
			(const unsigned char *)found + from * size;
		bool keep = old && compare(a - size, b - size) > 0;

		to -= size;
		memcpy(to, (keep ? a : b) - size, size);
		old -= keep;
		from -= !keep;
	}
	return STATUS_OK;
}

static enum status gather(struct scanner *s, struct calls *calls)
{
	const struct calls *found = &s->calls;
	enum status status = merge((void **)&calls->at, &calls->count,
				   &calls->capacity, found->at, found->count,
				   sizeof *found->at, compare_calls);

	if (!status)
		status = merge((void **)&calls->taken, &calls->taken_count,
			       &calls->taken_capacity, found->taken,
			       found->taken_count, sizeof *found->taken,
			       compare_addresses);
	return status ? status : s->status;
}

/* Names of imports are the model's from now on; CALLS are sorted by them. */
static void intern_imports(struct model *model, struct calls *calls)
{
	const char *last = NULL, *interned = NULL;

	for (uint32_t i = 0; i < calls->count; i++) {
		const char *name = calls->at[i].import;

		if (name && name != last)
			interned = model_intern(model, name, strlen(name));
		last = name;
		calls->at[i].import = name ? interned : NULL;
	}
}

enum status calls_read(struct debuginfo *info, struct model *model,
		       unsigned int threads, struct calls *calls)
{
	struct scan scan = { .info = info, .model = model };
	enum status status = STATUS_OK;

	memset(calls, 0, sizeof *calls);
	calls->leaves = scan.leaves = calloc(model->functions.count + 1,
					     sizeof *calls->leaves);
	if (!calls->leaves)
		return STATUS_NO_MEMORY;
	for (unsigned int i = 0; i < PARALLEL_MOST; i++)
		scan.scanners[i].scan = &scan;
	/* Reads the imports, which the threads share. */
	debuginfo_relative_relocations(info, visit_relative, &scan.scanners[0]);
	debuginfo_import_relocations(info, visit_import, &scan.scanners[0]);
	parallel_run(threads, scan_share, &scan);
	calls->taken_imports = scan.scanners[0].calls.taken_imports;
	calls->taken_import_count = scan.scanners[0].calls.taken_import_count;
	scan.scanners[0].calls.taken_imports = NULL;
	for (unsigned int i = 0; i < PARALLEL_MOST; i++) {
		if (!status)
			status = gather(&scan.scanners[i], calls);
		calls_deinit(&scan.scanners[i].calls);
	}
	intern_imports(model, calls);
	return status;
}

uint32_t calls_find(const struct calls *calls, uint64_t target,
		    const char *import, uint32_t *first)
{
	uint32_t low = 0, high = calls->count, end;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct call *c = &calls->at[middle];

		if (compare_keys(c->import, c->target, import, target) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < calls->count; end++)
		if (compare_keys(calls->at[end].import, calls->at[end].target,
				 import, target) != 0)
			break;
	*first = low;
	return end - low;
}

struct call *calls_indirect_at(const struct calls *calls, uint64_t address)
{
	struct call key = { .address = address };

	if (!calls->count)
		return NULL;
	return bsearch(&key, calls->at, calls->count, sizeof *calls->at,
		       compare_calls);
}

bool calls_is_taken(const struct calls *calls, uint64_t address)
{
	return calls->taken_count &&
	       bsearch(&address, calls->taken, calls->taken_count,
		       sizeof *calls->taken, compare_addresses);
}

bool calls_has_import_like(const struct calls *calls, const char *symbol)
{
	for (uint32_t i = 0; i < calls->taken_import_count; i++)
		if (allocators_is_like(calls->taken_imports[i], symbol))
			return true;
	return false;
}
