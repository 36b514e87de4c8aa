/* SPDX-License-Identifier: Apache-2.0 */
#include "meta/demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stddef.h>
#include <string.h>

enum {
	MANGLED_MAX = 4096,
	TEXT_MAX = 8191,
};

/*
 * A hostile name of hundreds of bytes can mean one without end.  The
 * demanglers give names out in pieces and keep nothing but the stack: it
 * may be left by a jump.
 */
struct name {
	jmp_buf too_long;
	size_t length;
	char text[TEXT_MAX + 1];
};

static void take_piece(const char *piece, size_t size, void *context)
{
	struct name *name = context;

	if (size > TEXT_MAX - name->length)
		longjmp(name->too_long, 1);
	memcpy(name->text + name->length, piece, size);
	name->length += size;
}

static int is_mangled(const char *symbol)
{
	return symbol[0] == '_' && (symbol[1] == 'Z' || symbol[1] == 'R') &&
	       strlen(symbol) <= MANGLED_MAX;
}

char *demangle(const char *symbol)
{
	enum { OPTIONS = DMGL_PARAMS | DMGL_ANSI };
	struct name name;

	if (!is_mangled(symbol))
		return NULL;
	name.length = 0;
	if (setjmp(name.too_long))
		return NULL;
	if (!rust_demangle_callback(symbol, OPTIONS, take_piece, &name)) {
		name.length = 0;
		if (!cplus_demangle_v3_callback(symbol, OPTIONS, take_piece,
						&name))
			return NULL;
	}
	name.text[name.length] = '\0';
	return strdup(name.text);
}
