/* SPDX-License-Identifier: Apache-2.0 */
#include "heap/classes.h"

#define TWO(n) (n), (n)
#define FOUR(n) TWO(n), TWO(n)

const uint8_t class_by_granule[CLASS_GRANULES] = {
	0, /* no bytes at all */
	0, 1, 2, 3, 4, 5, 6, 7, /* up to CLASS_LINEAR_MAX */
	8, 9, 10, 11, 12, 13, 14, 15,
	TWO(16), TWO(17), TWO(18), TWO(19), TWO(20), TWO(21), TWO(22), TWO(23),
	FOUR(24), FOUR(25), FOUR(26), FOUR(27), FOUR(28), FOUR(29), FOUR(30),
	FOUR(31),
};
