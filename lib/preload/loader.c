/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of the dynamic loader.
 *
 * dlopen looks for a file without a slash, and expands $ORIGIN, by the
 * RUNPATH of its caller, which it finds by its return address.  A wrapper
 * would be that caller.  So the doors leave the stack as it was and jump: to
 * the real function where the caller matters, and the new file is noticed at
 * the next occasion; else to a wrapper that notices it at once.
 *
 * RTLD_DEEPBIND would give the new library libc's malloc while the rest of
 * the program frees with ours: the flag is dropped.  A new namespace has its
 * own libc and is left alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/export.h"
#include "index/loaded.h"
#include "preload/init.h"
#include "preload/real.h"

typedef void *(*dlopen_function)(const char *file, int flags);
typedef void *(*dlmopen_function)(Lmid_t space, const char *file, int flags);
typedef int (*dlclose_function)(void *handle);

/* In two registers: where to go, and with what flags. */
struct way {
	void *target;
	long flags;
};

struct way loader_way_to_dlopen(const char *file, int flags);
struct way loader_way_to_dlmopen(Lmid_t space, const char *file, int flags);

static void *open_and_notice(const char *file, int flags)
{
	dlopen_function real = (dlopen_function)real_find(REAL_DLOPEN);
	void *handle;
	int saved;

	handle = real(file, flags);
	saved = errno;
	if (handle)
		loaded_update();
	errno = saved;
	return handle;
}

static bool caller_matters(const char *file)
{
	return file && (!strchr(file, '/') || strchr(file, '$'));
}

__attribute__((used)) struct way loader_way_to_dlopen(const char *file,
						      int flags)
{
	struct way way = { real_find(REAL_DLOPEN), flags & ~RTLD_DEEPBIND };

	/* What is there before anything is opened is there to stay. */
	init_index();
	if (!caller_matters(file))
		way.target = (void *)open_and_notice;
	return way;
}

__attribute__((used)) struct way loader_way_to_dlmopen(Lmid_t space,
						       const char *file,
						       int flags)
{
	struct way way = { real_find(REAL_DLMOPEN), flags };

	(void)file;
	if (space == LM_ID_BASE)
		way.flags &= ~RTLD_DEEPBIND;
	init_index();
	return way;
}

/* Both keep the arguments, ask for the way, put in the flags, and go. */
__asm__(".pushsection .text\n"
	"	.globl dlopen\n"
	"	.type dlopen, @function\n"
	"	.p2align 4\n"
	"dlopen:\n"
	"	.cfi_startproc\n"
	"	push %rdi\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	call loader_way_to_dlopen\n"
	"	pop %rdi\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	mov %edx, %esi\n"
	"	jmp *%rax\n"
	"	.cfi_endproc\n"
	"	.size dlopen, . - dlopen\n"
	"	.globl dlmopen\n"
	"	.type dlmopen, @function\n"
	"	.p2align 4\n"
	"dlmopen:\n"
	"	.cfi_startproc\n"
	"	push %rdi\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	push %rsi\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	sub $8, %rsp\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	call loader_way_to_dlmopen\n"
	"	add $8, %rsp\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	pop %rsi\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	pop %rdi\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	jmp *%rax\n"
	"	.cfi_endproc\n"
	"	.size dlmopen, . - dlmopen\n"
	".popsection\n");

EXPORT int dlclose(void *handle)
{
	dlclose_function real = (dlclose_function)real_find(REAL_DLCLOSE);
	int result, saved;

	loaded_close_begin();
	result = real(handle);
	saved = errno;
	loaded_update();
	loaded_close_end();
	errno = saved;
	return result;
}
