/* SPDX-License-Identifier: Apache-2.0 */
#include "query/frames.h"

#include "index/files.h"
#include "index/threads.h"
#include "query/site.h"
#include "type/types.h"

enum {
	FRAMES_MAX = 100000,
	RED_ZONE = 128,        /* System V AMD64 psABI 3.2.2 */
	/* Arguments passed on the stack lie above a frame's CFA. */
	ARGUMENTS_MAX = 4096,
};

bool query_thread_at(const struct query_view *view, uint64_t address,
		     struct allotype_thread *thread)
{
	uint64_t threads =
		__atomic_load_n(&view->index->threads, __ATOMIC_ACQUIRE);

	return threads_find(view->space, threads, address, thread) &&
	       address >= thread->stack_base && address < thread->stack_limit;
}

void query_stack_set(const struct allotype_thread *thread,
		     struct query_leaf *leaf)
{
	query_leaf_set(leaf, QUERY_STACK, thread->stack_base,
		       thread->stack_limit - thread->stack_base);
}

/* A frame and what its function's metadata says. */
struct frame_view {
	const struct unwind_frame *frame;
	const struct allotype_thread *thread;
	const struct metafile *metafile;
	struct metafile_function function;
	uint64_t link_pc;
};

static bool find_function(const struct query_view *view,
			  struct frame_view *where)
{
	uint64_t pc = where->frame->registers[UNWIND_PC] -
		      where->frame->is_call;
	struct allotype_file file;
	uint64_t node;

	if (!files_find(view->space, view->index->files, pc, &file, &node))
		return false;
	where->metafile = view->operations->metadata(view, &file, node);
	if (!where->metafile)
		return false;
	where->link_pc = pc - file.bias;
	return metafile_function_at(where->metafile, where->link_pc,
				    &where->function);
}

/* The address of VARIABLE in a frame. */
static bool variable_base(const struct query_view *view,
			  const struct frame_view *where,
			  const struct allotype_meta_variable *variable,
			  uint64_t *base)
{
	static const uint8_t registers[] = {
		[ALLOTYPE_META_BASE_RSP] = UNWIND_RSP,
		[ALLOTYPE_META_BASE_RBP] = UNWIND_RBP,
	};
	const struct unwind_frame *frame = where->frame;
	const uint64_t *pointer;
	uint64_t buffer;

	if (variable->base == ALLOTYPE_META_BASE_CFA) {
		*base = frame->cfa;
	} else if (variable->base <= ALLOTYPE_META_BASE_RBP) {
		uint8_t number = registers[variable->base];

		if (!(frame->valid & 1u << number))
			return false;
		*base = frame->registers[number];
	} else {
		return false;
	}
	*base += (uint64_t)(int64_t)variable->offset;
	if (!(variable->flags & ALLOTYPE_META_VARIABLE_INDIRECT))
		return true;
	if (*base < where->thread->stack_base ||
	    *base > where->thread->stack_limit - sizeof buffer)
		return false;
	pointer = SPACE_VIEW(view->space, *base, &buffer);
	if (!pointer)
		return false;
	*base = *pointer;
	return true;
}

/* The smallest variable of a frame that holds ADDRESS. */
static bool find_variable(const struct query_view *view,
			  const struct frame_view *where, uint64_t address,
			  struct query_leaf *leaf)
{
	struct allotype_meta_variable variable;
	struct metafile_variables variables;
	bool found = false;

	metafile_variables(where->metafile, &where->function, &variables);
	while (metafile_variables_next(&variables, &variable)) {
		const struct alloc_type *type;
		uint64_t base, size;

		if (where->link_pc < variable.low ||
		    where->link_pc >= variable.high ||
		    !variable_base(view, where, &variable, &base) ||
		    address < base)
			continue;
		type = types_from_file(where->metafile, variable.type);
		size = alloc_type_size(type);
		if (address - base >= size ||
		    (found && size >= leaf->info.size))
			continue;
		query_leaf_set(leaf, QUERY_STACKFRAME, base, size);
		query_leaf_set_type(leaf, type, ALLOC_EVIDENCE_DEBUGINFO, 100);
		leaf->info.name =
			metafile_string(where->metafile, variable.name);
		found = true;
	}
	return found;
}

static void set_frame(const struct query_view *view,
		      const struct unwind_frame *frame, uint64_t base,
		      struct query_leaf *leaf)
{
	query_leaf_set(leaf, QUERY_STACKFRAME, base, frame->cfa - base);
	query_code_at(view, frame->registers[UNWIND_PC], frame->is_call,
		      &leaf->info.site);
	leaf->info.name = leaf->info.site.function;
}

static uint64_t stack_pointer(const struct unwind_frame *frame)
{
	return frame->registers[UNWIND_RSP];
}

/*
 * A frame ends at its CFA, where the next one begins.  Variables
 * are looked up in the frame that holds the address and in the one below,
 * whose arguments may lie above its CFA.
 */
static enum query_frame_result try_frame(const struct query_view *view,
					 const struct allotype_thread *thread,
					 const struct unwind_frame *frame,
					 uint64_t address,
					 struct query_leaf *variable)
{
	struct frame_view where = { .frame = frame, .thread = thread };
	bool inside = address < frame->cfa;

	if (inside || address - frame->cfa < ARGUMENTS_MAX) {
		if (find_function(view, &where) &&
		    find_variable(view, &where, address, variable)) {
			query_code_at(view, frame->registers[UNWIND_PC],
				      frame->is_call, &variable->info.site);
			return QUERY_FRAME_VARIABLE;
		}
	}
	return inside ? QUERY_FRAME_ONLY : QUERY_FRAME_NONE;
}

static struct unwind_space unwind_space_of(const struct query_view *view,
					   const struct allotype_thread *thread)
{
	return (struct unwind_space){
		.space = view->space,
		.files = view->index->files,
		.stack_base = thread->stack_base,
		.stack_limit = thread->stack_limit,
	};
}

/* From FRAME to its caller's, which must be further up. */
static bool step_up(const struct unwind_space *space,
		    struct unwind_frame *frame)
{
	struct unwind_frame caller;

	if (unwind_step(space, frame, &caller) != STATUS_OK ||
	    stack_pointer(&caller) <= stack_pointer(frame))
		return false;
	*frame = caller;
	return true;
}

enum query_frame_result query_frame_find(const struct query_view *view,
					 const struct allotype_thread *thread,
					 uint64_t address,
					 struct query_leaf *frame_leaf,
					 struct query_leaf *variable)
{
	struct unwind_space space = unwind_space_of(view, thread);
	struct unwind_frame frame;
	uint64_t base;

	if (!view->operations->registers(view, thread, &frame))
		return QUERY_FRAME_NONE;
	base = stack_pointer(&frame) - RED_ZONE;
	for (int i = 0; i < FRAMES_MAX && address >= base; i++) {
		enum query_frame_result result;

		if (unwind_cfa(&space, &frame) != STATUS_OK)
			break;
		result = try_frame(view, thread, &frame, address, variable);
		if (result != QUERY_FRAME_NONE) {
			set_frame(view, &frame, base, frame_leaf);
			return result;
		}
		base = frame.cfa;
		if (!step_up(&space, &frame))
			break;
	}
	return QUERY_FRAME_NONE;
}

struct visitor {
	void (*visit)(void *context, uint64_t base,
		      const struct alloc_type *type);
	void *context;
};

static void visit_variables(const struct query_view *view,
			    const struct frame_view *where,
			    const struct visitor *visitor)
{
	struct allotype_meta_variable variable;
	struct metafile_variables variables;

	metafile_variables(where->metafile, &where->function, &variables);
	while (metafile_variables_next(&variables, &variable)) {
		const struct alloc_type *type;
		uint64_t base;

		if (where->link_pc < variable.low ||
		    where->link_pc >= variable.high ||
		    !variable_base(view, where, &variable, &base))
			continue;
		type = types_from_file(where->metafile, variable.type);
		if (type)
			visitor->visit(visitor->context, base, type);
	}
}

void query_frames_visit(const struct query_view *view,
			const struct allotype_thread *thread,
			void (*visit)(void *context, uint64_t base,
				      const struct alloc_type *type),
			void *context)
{
	const struct visitor visitor = { visit, context };
	struct unwind_space space = unwind_space_of(view, thread);
	struct unwind_frame frame;

	if (!view->operations->registers(view, thread, &frame))
		return;
	for (int i = 0; i < FRAMES_MAX; i++) {
		struct frame_view where = { .frame = &frame,
					    .thread = thread };

		if (unwind_cfa(&space, &frame) != STATUS_OK)
			return;
		if (find_function(view, &where))
			visit_variables(view, &where, &visitor);
		if (!step_up(&space, &frame))
			return;
	}
}

static void set_stack_or_frame(const struct query_view *view,
			       const struct allotype_thread *thread,
			       uint64_t address, struct query_leaf *leaf)
{
	struct query_leaf frame = { .kind = QUERY_NONE };
	struct query_leaf variable = { .kind = QUERY_NONE };

	switch (query_frame_find(view, thread, address, &frame, &variable)) {
	case QUERY_FRAME_VARIABLE:
		*leaf = variable;
		break;
	case QUERY_FRAME_ONLY:
		*leaf = frame;
		break;
	default:
		query_stack_set(thread, leaf);
	}
}

bool query_find_stack(const struct query_view *view, uint64_t address,
		      enum query_depth depth, struct query_leaf *leaf)
{
	uint64_t threads =
		__atomic_load_n(&view->index->threads, __ATOMIC_ACQUIRE);
	struct allotype_thread thread;

	(void)depth;
	if (query_find_start(view, address, leaf))
		return true;
	if (!threads_find(view->space, threads, address, &thread))
		return false;
	/* A thread's TLS may lie within what is its stack. */
	if (address >= thread.tls_base && address < thread.tls_limit)
		query_leaf_set(leaf, QUERY_TLS, thread.tls_base,
			       thread.tls_limit - thread.tls_base);
	else
		set_stack_or_frame(view, &thread, address, leaf);
	return true;
}
