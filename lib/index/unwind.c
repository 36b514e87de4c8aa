/* SPDX-License-Identifier: Apache-2.0 */
#include "index/unwind.h"

#include "index/cfi.h"
#include "index/expression.h"
#include "index/files.h"
#include "index/stack.h"

/* Registers that a callee preserves (psABI 3.2.1): without a rule they are
 * the caller's still; any other is lost. */
enum {
	PRESERVED = 1 << UNWIND_RBX | 1 << UNWIND_RBP | 1 << 12 | 1 << 13 |
		    1 << 14 | 1 << 15,
};

/* A frame and the unwind information of its pc.  Between open and close the
 * file's memory stays. */
struct lookup {
	uint64_t node; /* the file */
	struct cfi_info info;
	uint64_t cfa;
};

static bool is_valid(const struct unwind_frame *frame, unsigned int number)
{
	return frame->valid & (1u << number);
}

static enum status compute_cfa(const struct unwind_space *where,
			       const struct unwind_frame *frame,
			       const struct cfi_row *row, uint64_t *cfa)
{
	uint64_t base = frame->registers[row->cfa_register];

	if (row->cfa.kind == CFI_EXPRESSION)
		return expression_evaluate(where, frame, row->cfa.expression,
					   row->cfa.size, NULL, cfa);
	if (row->cfa.kind != CFI_OFFSET || !is_valid(frame, row->cfa_register))
		return STATUS_BAD_INPUT;
	*cfa = base + (uint64_t)row->cfa.offset;
	return STATUS_OK;
}

static void lookup_close(const struct lookup *lookup)
{
	files_leave(lookup->node);
}

/* On success the caller closes the lookup. */
static enum status lookup_open(const struct unwind_space *where,
			       const struct unwind_frame *frame,
			       struct lookup *lookup)
{
	/* A call may be the last instruction of its function. */
	uint64_t pc = frame->registers[UNWIND_PC] - (frame->is_call ? 1 : 0);
	struct allotype_file file;
	enum status status;

	if (!is_valid(frame, UNWIND_PC))
		return STATUS_BAD_INPUT;
	if (!files_find(where->space, where->files, pc, &file, &lookup->node) ||
	    !files_enter(lookup->node))
		return STATUS_NOT_FOUND;
	status = cfi_find(where->space, &file, pc, &lookup->info);
	if (status == STATUS_OK)
		status = compute_cfa(where, frame, &lookup->info.row,
				     &lookup->cfa);
	if (status == STATUS_OK && (lookup->cfa < where->stack_base ||
				    lookup->cfa > where->stack_limit))
		status = STATUS_BAD_INPUT;
	if (status != STATUS_OK)
		lookup_close(lookup);
	return status;
}

enum status unwind_cfa(const struct unwind_space *where,
		       struct unwind_frame *frame)
{
	struct lookup lookup;
	enum status status = lookup_open(where, frame, &lookup);

	if (status != STATUS_OK)
		return status;
	frame->cfa = lookup.cfa;
	frame->is_signal = lookup.info.is_signal;
	lookup_close(&lookup);
	return STATUS_OK;
}

/* The caller's value of register NUMBER; NOT_FOUND: there is none. */
static enum status restore_register(const struct unwind_space *where,
				    const struct unwind_frame *frame,
				    const struct lookup *lookup,
				    unsigned int number, uint64_t *value)
{
	const struct cfi_rule *rule = &lookup->info.row.rules[number];
	uint64_t at = lookup->cfa + (uint64_t)rule->offset;
	enum status status;

	switch (rule->kind) {
	case CFI_UNSPECIFIED:
		if (number == UNWIND_RSP) {
			*value = lookup->cfa;
			return STATUS_OK;
		}
		if (!(PRESERVED & (1u << number)))
			return STATUS_NOT_FOUND;
		__attribute__((fallthrough));
	case CFI_SAME:
		*value = frame->registers[number];
		return is_valid(frame, number) ? STATUS_OK : STATUS_NOT_FOUND;
	case CFI_OFFSET:
		break;
	case CFI_VALUE_OFFSET:
		*value = at;
		return STATUS_OK;
	case CFI_REGISTER:
		if ((uint64_t)rule->offset >= UNWIND_REGISTERS)
			return STATUS_BAD_INPUT;
		*value = frame->registers[rule->offset];
		return is_valid(frame, (unsigned int)rule->offset) ?
			       STATUS_OK :
			       STATUS_NOT_FOUND;
	case CFI_EXPRESSION:
	case CFI_VALUE_EXPRESSION:
		status = expression_evaluate(where, frame, rule->expression,
					     rule->size, &lookup->cfa, &at);
		if (status != STATUS_OK)
			return status;
		*value = at;
		if (rule->kind == CFI_VALUE_EXPRESSION)
			return STATUS_OK;
		break;
	default:
		return STATUS_NOT_FOUND;
	}
	return stack_read(where, at, value, sizeof *value) ? STATUS_OK :
							     STATUS_BAD_INPUT;
}

static enum status restore_all(const struct unwind_space *where,
			       const struct unwind_frame *frame,
			       const struct lookup *lookup,
			       struct unwind_frame *caller)
{
	caller->valid = 0;
	for (unsigned int i = 0; i < UNWIND_REGISTERS; i++) {
		enum status status = restore_register(where, frame, lookup, i,
						      &caller->registers[i]);

		if (status == STATUS_OK)
			caller->valid |= 1u << i;
		else if (status != STATUS_NOT_FOUND)
			return status;
	}
	/* An undefined or zero return address marks the outermost frame. */
	if (!is_valid(caller, UNWIND_PC) || !caller->registers[UNWIND_PC])
		return STATUS_NOT_FOUND;
	if (!is_valid(caller, UNWIND_RSP))
		return STATUS_BAD_INPUT;
	/* The stack of an ordinary caller lies above: no walk in circles. */
	if (!lookup->info.is_signal && is_valid(frame, UNWIND_RSP) &&
	    caller->registers[UNWIND_RSP] <= frame->registers[UNWIND_RSP])
		return STATUS_BAD_INPUT;
	return STATUS_OK;
}

enum status unwind_step(const struct unwind_space *where,
			const struct unwind_frame *frame,
			struct unwind_frame *caller)
{
	struct lookup lookup;
	struct unwind_frame result;
	enum status status = lookup_open(where, frame, &lookup);

	if (status != STATUS_OK)
		return status;
	status = restore_all(where, frame, &lookup, &result);
	lookup_close(&lookup);
	if (status != STATUS_OK)
		return status;
	result.is_call = !lookup.info.is_signal;
	result.is_signal = false;
	result.cfa = 0;
	*caller = result;
	return STATUS_OK;
}

#ifndef ALLOTYPE_REMOTE
__attribute__((naked)) void unwind_capture(struct unwind_frame *frame
					   __attribute__((unused)))
{
	/* Offsets of struct unwind_frame, checked below. */
	__asm__("mov %rbx, 24(%rdi)\n\t"
		"mov %rbp, 48(%rdi)\n\t"
		"lea 8(%rsp), %rax\n\t"
		"mov %rax, 56(%rdi)\n\t"
		"mov %r12, 96(%rdi)\n\t"
		"mov %r13, 104(%rdi)\n\t"
		"mov %r14, 112(%rdi)\n\t"
		"mov %r15, 120(%rdi)\n\t"
		"mov (%rsp), %rax\n\t"
		"mov %rax, 128(%rdi)\n\t"
		"movl $0x1f0c8, 136(%rdi)\n\t"
		"movw $1, 140(%rdi)\n\t"
		"movq $0, 144(%rdi)\n\t"
		"ret");
}

_Static_assert(offsetof(struct unwind_frame, registers) == 0 &&
		       offsetof(struct unwind_frame, valid) == 136 &&
		       offsetof(struct unwind_frame, is_call) == 140 &&
		       offsetof(struct unwind_frame, is_signal) == 141 &&
		       offsetof(struct unwind_frame, cfa) == 144,
	       "unwind_capture knows the layout");
_Static_assert((PRESERVED | 1 << UNWIND_RSP | 1 << UNWIND_PC) == 0x1f0c8,
	       "unwind_capture knows the registers");
#endif
