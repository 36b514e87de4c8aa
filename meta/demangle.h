/* SPDX-License-Identifier: Apache-2.0 */
/* Readable names of symbols of C++ and Rust. */
#ifndef META_DEMANGLE_H
#define META_DEMANGLE_H

/*
 * What the programmer calls SYMBOL; NULL when it is no mangled name, or
 * memory is exhausted.  The caller frees it.
 */
char *demangle(const char *symbol);

#endif
