// SPDX-License-Identifier: Apache-2.0
// A program that replaces operator new and delete, and nothing else: all the
// other variants must come to these two, as with libstdc++ alone.
#include <cstdio>
#include <cstdlib>
#include <new>

static int news, deletes;

void *operator new(std::size_t size)
{
	news++;
	return static_cast<char *>(std::malloc(size + 16)) + 16;
}

void operator delete(void *pointer) noexcept
{
	deletes++;
	if (pointer)
		std::free(static_cast<char *>(pointer) - 16);
}

int main()
{
	int *volatile p;

	p = new int;
	delete p;
	p = new int[10];
	delete[] p;
	p = new (std::nothrow) int[4];
	delete[] p;
	p = new (std::nothrow) int;
	delete p;
	::operator delete(::operator new(5), std::size_t(5));
	::operator delete[](::operator new[](5), std::size_t(5));
	::operator delete[](::operator new[](5), std::nothrow);
	std::printf("%d %d\n", news, deletes);
	return news == 7 && deletes == 7 ? 0 : 1;
}
