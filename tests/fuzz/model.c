/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "fuzz/expect.h"
#include "heap/class.h"
#include "heap/heap.h"
#include "heap/lookup.h"
#include "heap/sites.h"
#include "index/mapped.h"
#include "index/root.h"

struct model_object model[MODEL_OBJECTS];
static size_t live_bytes; /* atomic */

/* ---- sites ---- */

enum {
	PLAIN = 0x100000, /* call sites of the program */
	INNER = 0x200000, /* in a wrapper: CFA is rsp + 32, rbp unchanged */
	OUTER = 0x300000, /* in another: CFA is rbp + 16 */
	FREES = 0x400000, /* where something is freed */
	SITE_STEP = 16,
};

static bool resolve(uint64_t address, struct site_origin *origin)
{
	origin->file = 1;
	origin->offset = address;
	if (address >= INNER && address < FREES) {
		origin->in_wrapper = true;
		origin->base = address < OUTER ? SITE_BASE_RSP : SITE_BASE_RBP;
		origin->cfa_offset = address < OUTER ? 32 : 16;
	}
	return true;
}

/* ---- classes, and where their memory comes from ---- */

static bool mapper_fails;
static struct alloc_class *classes[MODEL_CLASSES];

static const struct alloc_class_config configs[MODEL_CLASSES] = {
	{ .name = "zeroed", .size = 24, .zero_init = true },
	{ .name = "aligned", .size = 100, .align = 64 },
	{ .name = "large", .size = 5000, .zero_init = true },
	{ .name = "plain", .size = 48 },
	{ .name = "mapped", .size = 200, .mapper = "failing" },
	{ .name = "kept", .size = 3000, .zero_init = true, .mapper = "keeping" },
	{ .name = "filed", .size = 64, .zero_init = true, .mapper = "file" },
	{ .name = "pages", .size = 40000 },
	{ .name = "more pages", .size = 150000, .zero_init = true,
	  .mapper = "failing" },
	{ .name = "filed pages", .size = 70000, .zero_init = true,
	  .mapper = "file" },
};

static void *map_reserve(void *context, size_t size, size_t align)
{
	EXPECT(context == &mapper_fails);
	return sys_reserve(size, align);
}

static bool map_commit(void *context, void *base, size_t size)
{
	EXPECT(context == &mapper_fails);
	EXPECT((uintptr_t)base % 65536 == 0 && size && size % 65536 == 0);
	return !mapper_fails && !sys_failed(sys_commit(base, size));
}

static bool map_decommit(void *context, void *base, size_t size)
{
	EXPECT(context == &mapper_fails);
	EXPECT((uintptr_t)base % 4096 == 0 && size && size % 4096 == 0);
	return !mapper_fails && !sys_failed(sys_discard(base, size));
}

static void map_release(void *context, void *base, size_t size)
{
	EXPECT(context == &mapper_fails);
	sys_release(base, size);
}

static void register_classes(void)
{
	struct alloc_mapper mapper = {
		.name = "failing", .context = &mapper_fails,
		.reserve = map_reserve, .commit = map_commit,
		.decommit = map_decommit, .release = map_release,
	};

	EXPECT(alloc_mapper_register(&mapper) == ALLOC_OK);
	EXPECT(alloc_mapper_register(&mapper) == ALLOC_INVALID);
	mapper.name = "keeping";
	mapper.decommit = NULL;
	EXPECT(alloc_mapper_register(&mapper) == ALLOC_OK);
	for (unsigned int i = 0; i < MODEL_CLASSES; i++)
		EXPECT(alloc_class_register(&configs[i], &classes[i]) ==
		       ALLOC_OK);
}

struct alloc_class *model_class(unsigned int n)
{
	return classes[n % MODEL_CLASSES];
}

const struct alloc_class_config *model_class_config(unsigned int n)
{
	return &configs[n % MODEL_CLASSES];
}

void model_set_mapper_fails(bool fails)
{
	mapper_fails = fails;
}

static bool is_shared(const struct alloc_class *of)
{
	for (unsigned int i = 0; i < MODEL_CLASSES; i++)
		if (classes[i] == of)
			return configs[i].mapper &&
			       !strcmp(configs[i].mapper, "file");
	return false;
}

void model_lose_shared(void)
{
	for (unsigned int i = 0; i < MODEL_OBJECTS; i++)
		if (model[i].pointer && is_shared(model[i].object_class))
			model[i].lost = true;
}

void model_init(void)
{
	EXPECT(heap_init());
	mapped_init();
	allotype_index.heap = heap_published_address();
	allotype_index.sites = sites_published_address();
	sites_set_resolver(resolve);
	register_classes();
}

/* ---- calls ---- */

void model_make_frame(struct model_frame *frame, unsigned int site)
{
	uint64_t *stack = frame->stack;
	uint64_t plain = PLAIN + site * SITE_STEP;

	memset(stack, 0, sizeof frame->stack);
	/* The entry point's frame: saved rbp and return address. */
	stack[0] = (uintptr_t)&stack[8];
	stack[1] = plain;
	if (site % 4 != 3)
		return;
	stack[1] = INNER + site / 16 * SITE_STEP;
	/* INNER's CFA is 32 bytes above the entry point's, at stack[6]. */
	stack[5] = OUTER + site / 4 % 4 * SITE_STEP;
	/* OUTER's is 16 bytes above its rbp, at stack[10]. */
	stack[9] = plain;
}

uint64_t model_free_address(unsigned int site)
{
	return FREES + site * SITE_STEP;
}

/* Where this program's code begins and ends. */
extern const char __executable_start[], etext[];

static uint64_t caller_of(uint32_t id)
{
	struct allotype_site site;

	EXPECT(sites_get(id, &site));
	return site.offset;
}

void model_check_site(uint32_t id, uint64_t caller)
{
	uint64_t address = caller_of(id);

	if (caller)
		EXPECT(address == caller);
	else
		EXPECT(address >= (uintptr_t)__executable_start &&
		       address < (uintptr_t)etext);
}

/* ---- content ---- */

/* The bytes that are written and read: all of a small object, its ends and
 * some of every fourth page of a large one. */
enum { WHOLE = 2048, HEAD = 256, TAIL = 64, STRIDE = 4 * 4096, SPAN = 16 };

static unsigned char byte_at(const struct model_object *object, size_t i)
{
	return (unsigned char)(object->seed + i * 7 + (i >> 12));
}

static void fill_span(struct model_object *object, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		object->pointer[i] = byte_at(object, i);
}

static void fill(struct model_object *object)
{
	size_t size = object->size;

	object->lost = false;
	if (size <= WHOLE) {
		fill_span(object, 0, size);
		return;
	}
	fill_span(object, 0, HEAD);
	for (size_t i = STRIDE; i + SPAN <= size; i += STRIDE)
		fill_span(object, i, i + SPAN);
	fill_span(object, size - TAIL, size);
}

static void check_span(const struct model_object *object, size_t from,
		       size_t to)
{
	for (size_t i = from; i < to; i++)
		EXPECT(object->pointer[i] == byte_at(object, i));
}

/* The first KEEP bytes of what fill() wrote. */
static void check_content(const struct model_object *object, size_t keep)
{
	size_t size = object->size;

	if (object->lost)
		return;
	if (size <= WHOLE) {
		check_span(object, 0, keep);
		return;
	}
	check_span(object, 0, keep < HEAD ? keep : HEAD);
	for (size_t i = STRIDE; i + SPAN <= keep; i += STRIDE)
		check_span(object, i, i + SPAN);
	if (keep == size)
		check_span(object, size - TAIL, size);
}

/* Nothing was written into a freed segment; it may read as zeros. */
static void check_freed_content(const struct model_object *object)
{
	if (object->big || object->lost || object->size > WHOLE)
		return;
	for (size_t i = 0; i < object->size; i++)
		EXPECT(!object->pointer[i] ||
		       object->pointer[i] == byte_at(object, i));
}

/* ---- answers ---- */

static bool look(uint64_t address, struct heap_object *answer)
{
	return heap_lookup(NULL, heap_published_address(), address, answer);
}

static void check_answer(const struct model_object *object, size_t offset,
			 struct heap_object *answer)
{
	uintptr_t base = (uintptr_t)object->pointer;

	EXPECT(look(base + offset, answer));
	EXPECT(answer->state == HEAP_STATE_LIVE);
	EXPECT(answer->base == base);
	EXPECT(answer->size == object->size);
	EXPECT(answer->capacity >= answer->size && answer->capacity);
	EXPECT(answer->class_id == (object->object_class ?
				    class_id(object->object_class) : 0));
	model_check_site(answer->site, object->caller);
}

void model_check(const struct model_object *object)
{
	struct heap_object answer;

	EXPECT(object->object_class ?
	       class_of((uintptr_t)object->pointer) == object->object_class :
	       heap_size(object->pointer) == object->size);
	check_answer(object, 0, &answer);
	check_answer(object, object->size / 2, &answer);
	check_answer(object, object->size ? object->size - 1 : 0, &answer);
	check_answer(object, answer.capacity - 1, &answer);
	EXPECT(answer.big == object->big);
	check_content(object, object->size);
}

/* The heap knows the story of what was just freed.  A large object's memory
 * may have gone back already, or be one with what was free around it. */
static void check_freed(const struct model_object *object, uint64_t address)
{
	uintptr_t base = (uintptr_t)object->pointer;
	struct heap_object answer;

	EXPECT(!heap_size(object->pointer));
	if (!look(base, &answer)) {
		EXPECT(object->big);
		return;
	}
	EXPECT(answer.state != HEAP_STATE_LIVE);
	/* With the last of its parts the whole is free. */
	if (object->split || (object->big && answer.base != base))
		return;
	EXPECT(answer.state == HEAP_STATE_FREED);
	EXPECT(answer.base == base);
	EXPECT(answer.capacity >= object->size);
	model_check_site(answer.site, object->caller);
	model_check_site(answer.free_site, address);
}

static const struct model_object *find_object(uint64_t address)
{
	for (unsigned int i = 0; i < MODEL_OBJECTS; i++) {
		uintptr_t base = (uintptr_t)model[i].pointer;

		if (base && address >= base &&
		    address - base < (model[i].size ? model[i].size : 1))
			return &model[i];
	}
	return NULL;
}

void model_check_address(uint64_t address)
{
	const struct model_object *object = find_object(address);
	struct heap_object answer;

	if (object) {
		check_answer(object, address - (uintptr_t)object->pointer,
			     &answer);
		return;
	}
	if (!look(address, &answer))
		return;
	EXPECT(answer.base <= address);
	EXPECT(address - answer.base < answer.capacity);
	/* Only slack can be live and in no object. */
	if (answer.state == HEAP_STATE_LIVE)
		EXPECT(find_object(answer.base) &&
		       address - answer.base >= answer.size);
}

/* ---- changes ---- */

bool model_has_room(size_t size)
{
	return __atomic_load_n(&live_bytes, __ATOMIC_RELAXED) + size <=
	       MODEL_BYTES_MAX;
}

static void put(struct model_object *object, void *pointer, size_t size,
		unsigned int site)
{
	struct heap_object answer;

	object->pointer = pointer;
	object->size = size;
	object->site = site;
	object->caller = site < MODEL_SITES ? PLAIN + site * SITE_STEP : 0;
	object->seed = (unsigned char)(object->seed + 101 + (object - model));
	check_answer(object, 0, &answer);
	object->caller = caller_of(answer.site);
	object->big = answer.big;
	object->split = answer.split;
	fill(object);
	model_check(object);
}

void model_add(struct model_object *object, void *pointer, size_t size,
	       size_t align, unsigned int site)
{
	EXPECT(pointer);
	EXPECT((uintptr_t)pointer % align == 0);
	EXPECT(object->object_class || (uintptr_t)pointer % 16 == 0);
	__atomic_fetch_add(&live_bytes, size, __ATOMIC_RELAXED);
	put(object, pointer, size, site);
}

void model_resized(struct model_object *object, void *pointer, size_t size,
		   unsigned int site)
{
	size_t keep = size < object->size ? size : object->size;

	EXPECT(pointer);
	EXPECT((uintptr_t)pointer % 16 == 0);
	object->pointer = pointer;
	check_content(object, keep);
	__atomic_fetch_add(&live_bytes, size - object->size, __ATOMIC_RELAXED);
	put(object, pointer, size, site);
}

void model_was_split(struct model_object *object, struct model_object *second,
		     size_t n, void *pointer)
{
	struct model_object whole = *object;
	size_t rest = (size_t)((unsigned char *)pointer - object->pointer);

	EXPECT(rest >= n && rest - n < 16 && rest < object->size);
	if (whole.size <= WHOLE)
		check_span(&whole, 0, whole.size);
	else
		check_content(&whole, n);
	__atomic_fetch_sub(&live_bytes, rest - n, __ATOMIC_RELAXED);
	put(object, object->pointer, n, whole.site);
	second->object_class = NULL;
	put(second, pointer, whole.size - rest, whole.site);
}

void model_forget(struct model_object *object)
{
	object->pointer = NULL;
	object->object_class = NULL;
	__atomic_fetch_sub(&live_bytes, object->size, __ATOMIC_RELAXED);
}

void model_freed(struct model_object *object, uint64_t address)
{
	check_freed(object, address);
	check_freed_content(object);
	model_forget(object);
}

/* ---- the whole ---- */

struct walk {
	struct heap_object objects[MODEL_OBJECTS];
	size_t count;
};

static bool visit(void *context, const struct heap_object *object)
{
	struct walk *walk = context;

	EXPECT(object->state == HEAP_STATE_LIVE);
	EXPECT(walk->count < MODEL_OBJECTS);
	walk->objects[walk->count++] = *object;
	return true;
}

static int by_base(const void *a, const void *b)
{
	const struct heap_object *left = a, *right = b;

	return (left->base > right->base) - (left->base < right->base);
}

/* What was visited lies apart from each other, and holds OBJECT once. */
static void check_visited(const struct walk *walk,
			  const struct model_object *object)
{
	struct heap_object key = { .base = (uintptr_t)object->pointer };
	const struct heap_object *found =
		bsearch(&key, walk->objects, walk->count, sizeof key, by_base);

	EXPECT(found);
	EXPECT(found->size == object->size);
	EXPECT(found->big == object->big);
	model_check_site(found->site, object->caller);
}

void model_check_all(void)
{
	static struct walk walk;
	size_t count = 0;

	heap_check();
	walk.count = 0;
	heap_walk(NULL, heap_published_address(), visit, &walk);
	qsort(walk.objects, walk.count, sizeof walk.objects[0], by_base);
	for (size_t i = 1; i < walk.count; i++)
		EXPECT(walk.objects[i - 1].base + walk.objects[i - 1].capacity <=
		       walk.objects[i].base);
	for (unsigned int i = 0; i < MODEL_OBJECTS; i++) {
		if (!model[i].pointer)
			continue;
		count++;
		check_visited(&walk, &model[i]);
		model_check(&model[i]);
	}
	EXPECT(count == walk.count);
}

void model_check_stats(void)
{
	size_t bytes = 0, big_bytes = 0, big_count = 0, parts = 0;
	struct heap_stats stats;

	for (unsigned int i = 0; i < MODEL_OBJECTS; i++) {
		if (!model[i].pointer || model[i].object_class)
			continue;
		bytes += model[i].size;
		big_bytes += model[i].big ? model[i].size : 0;
		parts += model[i].split;
		big_count += model[i].big && !model[i].split;
	}
	heap_get_stats(&stats);
	EXPECT(stats.live_bytes >= bytes);
	EXPECT(stats.big_bytes >= big_bytes);
	EXPECT(stats.big_count >= big_count &&
	       stats.big_count - big_count <= parts);
	EXPECT(stats.reserved_bytes >= stats.live_bytes);
}
