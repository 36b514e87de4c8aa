// SPDX-License-Identifier: Apache-2.0
// Throws and catches 300,000 times, with a string in each exception.
#include <stdexcept>
#include <string>

static int __attribute__((noinline)) thrower(int i)
{
	throw std::runtime_error("failure number " + std::to_string(i));
}

int main()
{
	long caught = 0;

	for (int i = 0; i < 300000; i++) {
		try {
			thrower(i);
		} catch (const std::runtime_error &e) {
			caught += e.what()[0] == 'f';
		}
	}
	return caught != 300000;
}
