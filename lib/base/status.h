/* SPDX-License-Identifier: Apache-2.0 */
/* What internal functions that can fail return. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_BAD_INPUT,  /* a file or remote memory makes no sense */
	STATUS_NO_MEMORY,  /* resources are exhausted */
	STATUS_NOT_FOUND,
	STATUS_MISUSE,     /* the caller broke the contract */
	STATUS_SYSTEM,     /* a system call failed */
};

#endif
