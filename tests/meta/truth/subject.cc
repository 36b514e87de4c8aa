// SPDX-License-Identifier: Apache-2.0
// What truth_cxx.py finds: "WHAT: TYPE; ...", the first name of each judged
// call.
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#define MAKE(T) (new T)
#define APPEND(v, x) \
	do { \
		(v).push_back(x); \
	} while (0)

namespace part {
struct thing {
	int number;
	std::string name;
};
struct derived : std::vector<long> {
};
}

using part::thing;
typedef std::map<short, thing> things;

template <class T> T *made()
{
	return new T;
}

void objects(void *room, int n)
{
	thing *one = new thing; // new: part::thing
	thing *many = new thing[n]; // new: part::thing
	int (*rows)[3] = new int[4][3]; // new: int
	char *bytes = new (std::nothrow) char[10]; // new: char
	thing *parenthesised = new (thing); // new: part::thing
	thing *macro = MAKE(thing); // new: part::thing
	char *room_for = new char[sizeof(thing) + n]; // new: thing
	room_for = new char[sizeof(int) * n]; // new: char
	new (room) thing;
	made<thing>();
	auto unique = std::make_unique<thing>(); // new: part::thing
	auto units = std::make_unique<double[]>(n); // new: double
	auto shared = std::make_shared<thing>(); // new: std::_Sp_counted_ptr_inplace<part::thing>
	(void)one, (void)many, (void)rows, (void)bytes, (void)parenthesised;
	(void)macro, (void)room_for;
}

void vectors(std::vector<thing> &v, std::vector<thing> &&w, const thing &x)
{
	v.push_back(x); // container: part::thing
	v.emplace_back(); // container: part::thing
	v.resize(10); // container: part::thing
	v
		.reserve(20); // container: part::thing
	APPEND(v, x); // container: part::thing
	std::vector<thing> copy(v); // container: part::thing
	std::vector<thing> empty;
	std::vector<int> listed = {1, 2, 3}; // container: int
	v = copy; // container: part::thing
	v = std::move(w);
	v[3].number = v.size();
	std::vector<bool> bits(100); // container: unsigned long
	part::derived d;
	d.push_back(3); // container: long
	std::vector<int *> pointers;
	pointers.insert(pointers.end(), 3, nullptr); // container: int *
}

void others(things &t, std::deque<short> &q, std::list<thing> &l)
{
	t[1]; // container: std::_Rb_tree_node<std::pair<const short, part::thing>>
	t.find(2);
	t.erase(2);
	q.push_front(1); // container: short
	l.emplace_back(); // container: std::_List_node<part::thing>
	l.push_back({}); // container: std::_List_node<part::thing>
	std::set<long> set;
	set.insert(1); // container: std::_Rb_tree_node<long>
	std::unordered_map<int, char> hash;
	hash[1] = 2; // container: std::__detail::_Hash_node<std::pair<const int, char>>
	std::queue<float> queue;
	queue.push(1); // container: float
	std::priority_queue<int> heap;
	heap.push(1); // container: int
	std::function<void()> f = [t] { };
}

std::string strings(std::string s, const char *c)
{
	s += c; // string: char
	s.append("more"); // string: char
	s = s + c; // string: char
	std::set<std::string> set;
	set.insert(s); // container: std::_Rb_tree_node<std::basic_string<char>>
	std::string made(c); // string: char
	std::u32string wide(3, U'x'); // string: char32_t
	s.clear();
	return std::move(s);
}
