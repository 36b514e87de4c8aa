/* SPDX-License-Identifier: Apache-2.0 */
/* An entry point that takes the place of libc's: visible to the program. */
#ifndef PRELOAD_EXPORT_H
#define PRELOAD_EXPORT_H

#define EXPORT __attribute__((visibility("default")))

#endif
