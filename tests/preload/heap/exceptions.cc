// SPDX-License-Identifier: Apache-2.0
// operator new: exceptions, handlers, alignment, the standard containers.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <new>
#include <string>
#include <vector>

#define EXPECT(condition)                                                      \
	((condition) ? (void)0 :                                               \
		       (std::fprintf(stderr, "%d: %s\n", __LINE__, #condition), \
			std::exit(1)))

namespace {

struct alignas(128) wide {
	char data[128];
};

volatile std::size_t huge = std::size_t(1) << 60;
void *volatile sink; // keeps the compiler from leaving allocations out
int calls;

void count_and_give_up()
{
	if (++calls == 3)
		throw std::bad_alloc();
}

template <typename F> bool throws(F function)
{
	try {
		function();
	} catch (const std::bad_alloc &) {
		return true;
	}
	return false;
}

void check_failures()
{
	const std::align_val_t align{ 64 };

	EXPECT(throws([] { sink = ::operator new(huge); }));
	EXPECT(throws([] { sink = ::operator new[](huge); }));
	EXPECT(throws([&] { sink = ::operator new(huge, align); }));
	EXPECT(throws([&] { sink = ::operator new[](huge, align); }));
	EXPECT(!::operator new(huge, std::nothrow));
	EXPECT(!::operator new[](huge, std::nothrow));
	EXPECT(!::operator new(huge, align, std::nothrow));
	EXPECT(!::operator new[](huge, align, std::nothrow));
}

void check_handler()
{
	std::set_new_handler(count_and_give_up);
	calls = 0;
	EXPECT(throws([] { sink = ::operator new(huge); }));
	EXPECT(calls == 3);
	calls = 0;
	EXPECT(!::operator new(huge, std::nothrow));
	EXPECT(calls == 3);
	calls = 0;
	EXPECT(!::operator new[](huge, std::align_val_t{ 64 }, std::nothrow));
	EXPECT(calls == 3);
	std::set_new_handler(nullptr);
}

void check_objects()
{
	std::map<std::string, std::vector<wide>> map;

	for (int i = 0; i < 500; i++)
		map[std::string(std::size_t(i % 70), 'x') + std::to_string(i)]
			.resize(std::size_t(i % 5));
	for (const auto &entry : map)
		for (const auto &element : entry.second)
			EXPECT(reinterpret_cast<std::uintptr_t>(&element) %
				       128 == 0);
	wide *one = new wide, *many = new wide[7];
	EXPECT(reinterpret_cast<std::uintptr_t>(one) % 128 == 0);
	EXPECT(reinterpret_cast<std::uintptr_t>(many) % 128 == 0);
	delete one;
	delete[] many;
	::operator delete(::operator new(30), std::size_t(30));
	::operator delete[](::operator new[](30, std::nothrow), std::nothrow);
}

} // namespace

int main()
{
	check_failures();
	check_handler();
	check_objects();
	return 0;
}
