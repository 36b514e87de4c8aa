/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One spelling for the names of C++ types, which gcc, clang and demanglers
 * write in ways of their own, above all between angle brackets: as clang
 * writes them, but for numbers, which have no suffixes and no casts.
 *
 *   std::map<char const*, long unsigned int, 2u>
 *   std::map<const char *, unsigned long, 2>
 */
#ifndef META_CXX_NAMES_H
#define META_CXX_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { CXX_NAME_MAX = 8192 }; /* longer names stay as they are */

/* The name of the enumerator of ENUMERATION whose value is VALUE, in decimal,
 * or NULL. */
typedef const char *cxx_enumerator(void *context, const char *enumeration,
				   const char *value);

/*
 * Writes the one spelling of NAME, the name of a type, to BUFFER.  ENUMERATOR,
 * unless it is NULL, is asked for what is given as "(ns::color)1".  False: it
 * is not understood, or too long.
 */
bool cxx_name_unify(const char *name, cxx_enumerator *enumerator,
		    void *context, char buffer[CXX_NAME_MAX]);

#endif
