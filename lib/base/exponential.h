/* SPDX-License-Identifier: Apache-2.0 */
/* The exponential distribution, as far as sampling needs it, without libm. */
#ifndef BASE_EXPONENTIAL_H
#define BASE_EXPONENTIAL_H

#include <stdint.h>

/* 1 - e^-X, the probability that an event comes before X times its mean; X is
 * not negative.  To 12 digits, for small X as well. */
double exponential_share(double x);
/* An interval, rounded down, of mean MEAN, from 64 evenly distributed bits. */
uint64_t exponential_draw(uint64_t bits, uint64_t mean);

#endif
