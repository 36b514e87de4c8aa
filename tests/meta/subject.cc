// SPDX-License-Identifier: Apache-2.0
// What the tests of the metadata compiler read of C++.  Never run.
#include <cstdlib>

namespace ns {
template <class T> struct box {
	T *items;
	static int boxes;
	explicit box(int count);
	virtual ~box();
	T &at(int index) { return items[index]; }
	bool operator<(const box &other) const { return items < other.items; }
};

template <class T> int box<T>::boxes;

template <class T> box<T>::box(int count)
{
	items = static_cast<T *>(std::malloc(count * sizeof(T)));
	boxes++;
}

template <class T> box<T>::~box()
{
	std::free(items);
}

struct base {
	int first;
	int more(int n) const { return first + n; }
};

struct shared : virtual base {
	int second;
};

class derived : public base, public box<double> {
public:
	enum class kind : unsigned char { plain, fancy } which;
	derived() : box<double>(4), which(kind::fancy) {}
};

namespace {
int hidden = 3;
}
} // namespace ns

int ns::base::*data_pointer = &ns::base::first;
int (ns::base::*method_pointer)(int) const = &ns::base::more;

[[noreturn]] void give_up(const ns::base &reason, ns::base &&more)
{
	std::exit(reason.first + more.first + ns::hidden);
}

int main(int argc, char **)
{
	ns::derived object;
	ns::shared shared;

	if (argc > 3)
		give_up(object, ns::base());
	return object.at(0) > shared.second && object < object;
}

// A class that is defined outside of the one that it belongs to.
namespace ns {
struct holder {
	struct inside;
	inside *kept;
};

struct holder::inside {
	double weight;
	int age;
};
} // namespace ns

ns::holder kept_holder;
ns::holder::inside kept_inside;
