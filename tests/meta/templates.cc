// SPDX-License-Identifier: Apache-2.0
// Types whose names compilers spell in different ways.
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ns {
enum color { red, green };
enum class shade : unsigned char { dark, light = 7 };
struct item {
	int a;
};
template <class T> using list = std::vector<T>;
struct derived : list<item> {
	int b;
};
}

template <unsigned N> struct fixed { char bytes[N]; };
template <ns::color C> struct colored { int x; };
template <ns::shade C> struct shaded { int x; };
template <long L, unsigned char U, short S, char C> struct nums { int x; };
template <int *P> struct at { int x; };
template <class... Ts> struct pack { int x; };
template <class T> struct outer {
	template <class U> struct inner {
		T t;
		U u;
	};
};
int global;

fixed<2> a1;
colored<ns::green> a2;
shaded<ns::shade::light> a3;
nums<-5, 200, 3, 'x'> a4;
at<&global> a5;
pack<> a6;
pack<int, const char *, void (*)(int), int (&)[3], const int *const, bool> a7;
pack<long, unsigned long long, short, long double, wchar_t, std::nullptr_t> a8;
pack<int ns::item::*, int (ns::item::*)(int), const ns::item &, char &&> a9;
outer<int>::inner<ns::item *> a10;
pack<colored<ns::red>, pack<pack<fixed<1>>>> a11;
ns::derived a12;

std::vector<int> v1;
std::map<std::string, std::vector<ns::item>> v2;
std::array<int, 4> v3;
std::function<int(const std::string &, ns::item &&)> v4;
std::unique_ptr<ns::item> v5;
std::shared_ptr<int> v6;

int main()
{
}
