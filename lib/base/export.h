/* SPDX-License-Identifier: Apache-2.0 */
/* Marks the definition of a symbol that the version script exports. */
#ifndef BASE_EXPORT_H
#define BASE_EXPORT_H

#define EXPORT __attribute__((visibility("default")))

#endif
