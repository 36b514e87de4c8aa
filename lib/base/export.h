/* SPDX-License-Identifier: Apache-2.0 */
/* Marks the definitions of what the version script exports. */
#ifndef BASE_EXPORT_H
#define BASE_EXPORT_H

/* Hot data: reached without the global offset table, wherever it is used. */
#define HIDDEN __attribute__((visibility("hidden")))
#define EXPORT __attribute__((visibility("default")))
/* The query API.  Protected: the runtime's own table of it must not lead to
 * the same names in the program, which may be the stub library's. */
#define EXPORT_API __attribute__((visibility("protected")))

#endif
