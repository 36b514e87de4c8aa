# SPDX-License-Identifier: Apache-2.0
flow_sources = \
	meta/flow/aarch64.c meta/flow/aarch64.h \
	meta/flow/aarch64_memory.c meta/flow/aarch64_vector.c \
	meta/flow/aarch64_scan.c meta/flow/aarch64_scan.h \
	meta/flow/aarch64_word.h \
	meta/flow/alloc_tokens.c meta/flow/alloc_tokens.h \
	meta/flow/allocators.c meta/flow/allocators.h \
	meta/flow/ballot.c meta/flow/ballot.h \
	meta/flow/batch.c meta/flow/batch.h \
	meta/flow/callbacks.c meta/flow/callbacks.h \
	meta/flow/calls.c meta/flow/calls.h \
	meta/flow/carve.c meta/flow/carve.h \
	meta/flow/choose.c meta/flow/choose.h \
	meta/flow/code.c meta/flow/code.h \
	meta/flow/decode.c meta/flow/decode.h \
	meta/flow/x86.c meta/flow/x86.h \
	meta/flow/x86_scan.c meta/flow/x86_scan.h \
	meta/flow/x86_slow.c meta/flow/x86_slow.h \
	meta/flow/embedding.c meta/flow/embedding.h \
	meta/flow/evidence.c meta/flow/evidence.h \
	meta/flow/floating.c meta/flow/floating.h \
	meta/flow/flow.c meta/flow/flow.h \
	meta/flow/formats.c meta/flow/formats.h \
	meta/flow/handles.c meta/flow/handles.h \
	meta/flow/hints.c meta/flow/hints.h \
	meta/flow/hooks.c meta/flow/hooks.h \
	meta/flow/inlined.c meta/flow/inlined.h \
	meta/flow/interpret.c meta/flow/interpret.h \
	meta/flow/interpret_branch.c meta/flow/interpret_call.c \
	meta/flow/interpret_class.c meta/flow/interpret_insn.c \
	meta/flow/interpret_store.c \
	meta/flow/library.c meta/flow/library.h \
	meta/flow/locals.c meta/flow/locals.h \
	meta/flow/machine.h \
	meta/flow/makers.c meta/flow/makers.h \
	meta/flow/memory.c meta/flow/memory.h meta/flow/memory_load.c \
	meta/flow/new_object.c meta/flow/new_object.h \
	meta/flow/parameters.c meta/flow/parameters.h \
	meta/flow/places.c meta/flow/places.h \
	meta/flow/relocated.c meta/flow/relocated.h \
	meta/flow/rule.c meta/flow/rule.h \
	meta/flow/shape.c meta/flow/shape.h \
	meta/flow/sized.c meta/flow/sized.h \
	meta/flow/size.c meta/flow/size.h \
	meta/flow/signature.c meta/flow/signature.h \
	meta/flow/sites.c meta/flow/sites.h \
	meta/flow/state.c meta/flow/state.h \
	meta/flow/stripped.c meta/flow/stripped.h \
	meta/flow/table.c meta/flow/table.h \
	meta/flow/tagged.c meta/flow/tagged.h \
	meta/flow/thrown.c meta/flow/thrown.h \
	meta/flow/variant.c meta/flow/variant.h \
	meta/flow/value.c meta/flow/value.h \
	meta/flow/where.c meta/flow/where.h \
	meta/flow/widen.c meta/flow/widen.h \
	meta/flow/wrappers.c meta/flow/wrappers.h \
	meta/flow/written.c meta/flow/written.h
