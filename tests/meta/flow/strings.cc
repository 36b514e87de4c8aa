/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings whose code is inlined, in C++20, and whose place on the stack another
 * variable takes afterwards.
 */
#include <cstdlib>
#include <sstream>
#include <string>

__attribute__((noinline)) static void use(const std::string &text)
{
	if (text.empty())
		std::abort();
}

__attribute__((noinline)) static void convert(const char *from)
{
	{
		std::string text(from); /* -> bytes */

		use(text);
	}
	std::ostringstream array;

	array << from;
	use(array.str()); /* -> bytes */
}

int main(int, char **argv)
{
	convert(argv[0]);
}
