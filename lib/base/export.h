/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks the definition of a function of the public API, which the version
 * script exports.  Protected: the runtime's own table of them must not lead
 * to the same names in the program, which may be the stub library's.
 */
#ifndef BASE_EXPORT_H
#define BASE_EXPORT_H

#define EXPORT_API __attribute__((visibility("protected")))

#endif
