/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exponential.h"

static const double ln_2 = 0.693147180559945309;

double exponential_share(double x)
{
	double term = 1, sum = 0, part;
	int doublings = 0;

	if (x >= 64)
		return 1;
	for (; x > 0.5; doublings++)
		x /= 2;
	/* x - x^2/2! + x^3/3! - ... */
	for (int n = 1; n <= 16; n++) {
		term *= (n > 1 ? -x : x) / n;
		sum += term;
	}
	/* 1 - (1 - s)^2 */
	for (part = sum; doublings; doublings--)
		part = part * (2 - part);
	return part;
}

/* The natural logarithm of NUMBER, which is not 0. */
static double logarithm(uint64_t number)
{
	int zeros = __builtin_clzll(number);
	/* 2^exponent times a fraction in [1, 2) */
	double fraction = (double)(number << zeros) / 0x1p63;
	double ratio = (fraction - 1) / (fraction + 1);
	double square = ratio * ratio, power = ratio, sum = 0;

	/* 2 artanh(ratio), where ratio is at most 1/3 */
	for (int n = 1; n <= 31; n += 2) {
		sum += power / n;
		power *= square;
	}
	return 2 * sum + (63 - zeros) * ln_2;
}

uint64_t exponential_draw(uint64_t bits, uint64_t mean)
{
	/* In (0, 64 ln 2]; 0 stands for 2^64. */
	double interval = bits ? 64 * ln_2 - logarithm(bits) : 0;
	double product = (interval > 0 ? interval : 0) * (double)mean;

	return product < 0x1p63 ? (uint64_t)product : UINT64_MAX / 2;
}
