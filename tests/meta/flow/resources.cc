// SPDX-License-Identifier: Apache-2.0
// Memory resources, what is thrown, lambdas that are kept, arrays with a
// count before them.
#include <functional>
#include <list>
#include <memory>
#include <memory_resource>
#include <vector>

namespace zoo {
struct weasel {
	long age;
	double weight[4];
};
struct stoat : weasel {
	virtual ~stoat() {}
	int lives = 9;
};
struct escape {
	int code;
	const char *why;
};
}
using zoo::weasel;

void *seen;
std::shared_ptr<weasel> shared;

template <class T> __attribute__((noinline)) void keep(T &object)
{
	seen = &object;
	asm volatile("" ::: "memory");
}

__attribute__((noinline)) void resources(std::pmr::memory_resource *resource,
					 int n)
{
	std::pmr::vector<weasel> grown(resource);
	std::pmr::list<weasel> listed(resource);

	grown.resize(n); // makes zoo::weasel
	listed.push_back(weasel{}); // makes std::_List_node<zoo::weasel
	shared = std::allocate_shared<weasel>( // makes std::_Sp_counted_ptr_inplace<zoo::weasel
		std::pmr::polymorphic_allocator<weasel>(resource));
	keep(grown);
	keep(listed);
}

__attribute__((noinline)) void thrower(int n)
{
	if (n == 100)
		throw zoo::escape{ n, "aggregate" }; // makes zoo::escape
	if (n == 101)
		throw n; // makes int
	if (n == 102)
		throw &seen; // makes void **
}

std::function<int(int)> kept;
zoo::stoat *pack, *kin;
std::unique_ptr<weasel[]> herd;

__attribute__((noinline)) void others(const weasel &pet, int n)
{
	kept = [pet](int i) { return i + int(pet.age); }; // makes struct (anonymous
	pack = new zoo::stoat[3]; // makes zoo::stoat
	kin = new zoo::stoat[n]; // makes zoo::stoat
	herd = std::make_unique<weasel[]>(n); // makes zoo::weasel
}

int main(int argc, char **)
{
	resources(std::pmr::get_default_resource(), argc);
	others(weasel{}, argc);
	try {
		thrower(argc);
	} catch (const zoo::escape &caught) {
		return caught.code;
	} catch (int code) {
		return code;
	} catch (void **) {
		return 1;
	}
	return kept(argc) - argc;
}
