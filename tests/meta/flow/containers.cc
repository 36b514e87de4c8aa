// SPDX-License-Identifier: Apache-2.0
// What the C++ library allocates for its users, and what new expressions do.
// "makes" on a line lists the beginnings of the types that are allocated
// there, "bytes", or "T +N" for what begins N bytes into its object.
#include <any>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <queue>
#include <set>
#include <sstream>
#include <stack>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#define FUNCTION __attribute__((noinline)) void

struct item {
	int key;
	double weight[3];
	bool operator<(const item &other) const { return key < other.key; }
	bool operator==(const item &other) const { return key == other.key; }
};
namespace std {
template <> struct hash<item> {
	size_t operator()(const item &i) const { return size_t(i.key); }
};
}
struct animal {
	virtual ~animal() {}
	long age = 0;
};
struct weasel : animal {
	double weight = 1;
	int teeth[3] = {};
};
struct counted {
	~counted() { total += n; }
	int n = 1;
	static int total;
};
int counted::total;
struct wide {
	static void *operator new(size_t size) { return std::malloc(size); }
	static void operator delete(void *p) { std::free(p); }
	long words[9];
};
struct alignas(64) aligned {
	char bytes[64];
};
struct functor {
	long state[5];
	int operator()(int x) const { return x + int(state[0]); }
};

std::vector<item> items;
std::vector<item *> pointers;
std::vector<std::string> names;
std::vector<bool> bits;
std::vector<std::vector<int>> nested;
std::vector<std::unique_ptr<animal>> pets;

FUNCTION vectors(int n, const char *s)
{
	items.push_back(item{n, {}}); // makes item
	pointers.reserve(size_t(n)); // makes item *
	names.emplace_back(s); // makes std::__cxx11::basic_string< | bytes
	bits.resize(size_t(n)); // makes unsigned long
	nested.resize(size_t(n), std::vector<int>(3)); // makes int | std::vector<int
	pets.push_back( // makes std::unique_ptr<animal
		std::make_unique<weasel>()); // makes weasel
}

std::string text;
std::wstring wide_text;
std::ostringstream stream;
std::u32string u32_text;

FUNCTION strings(const char *s, const wchar_t *w, const char32_t *u)
{
	text.append(s); // makes bytes
	wide_text.append(w); // makes wchar_t
	u32_text.append(u); // makes char32_t
}

std::deque<item> *queue_of;
std::list<item> listed;
std::forward_list<item> forward;
std::priority_queue<item> heap;
std::stack<item, std::vector<item>> stack;

FUNCTION sequence_new()
{
	queue_of = new std::deque<item>; // makes std::deque<item | item | item *
}

FUNCTION sequences(int n)
{
	queue_of->push_back(item{n, {}}); // makes item | item *
	listed.push_back(item{n, {}}); // makes std::_List_node<item>
	forward.push_front(item{n, {}}); // makes std::_Fwd_list_node<item>
	heap.push(item{n, {}}); // makes item
	stack.push(item{n, {}}); // makes item
}

std::set<item> sorted;
std::multiset<item> sorted_more;
std::map<int, item> by_key;
std::multimap<int, item> by_keys;

FUNCTION trees(int n)
{
	sorted.insert(item{n, {}}); // makes std::_Rb_tree_node<item>
	sorted_more.insert(item{n, {}}); // makes std::_Rb_tree_node<item>
	by_key[n] = item{n, {}}; // makes std::_Rb_tree_node<std::pair<
	by_keys.emplace(n, item{n, {}}); // makes std::_Rb_tree_node<std::pair<
}

std::unordered_map<int, item> hashed;
std::unordered_multimap<int, item> more;
std::unordered_set<item> set;

FUNCTION hashes(int n)
{
	item one = {n, {}};

	hashed[n].key = n; // makes std::__detail::_Hash_node | std::__detail::_Hash_node_base *
	more.emplace(n, one); // makes std::__detail::_Hash_node | std::__detail::_Hash_node_base *
	set.insert(one); // makes std::__detail::_Hash_node<item, | std::__detail::_Hash_node_base *
}

std::function<int(int)> function;
std::any any;
std::optional<std::vector<item>> maybe;
std::thread thread;

FUNCTION holders(int n)
{
	function = functor{{n}}; // makes functor
	any = item{n, {}}; // makes item
	maybe.emplace(size_t(n)); // makes item
	thread = std::thread([n] { counted::total += n; }); // makes std::thread::_State_impl<
}

std::shared_ptr<item> shared;
std::unique_ptr<item> unique;
std::unique_ptr<item[]> unique_array;
std::unique_ptr<animal> pet;

FUNCTION smart_pointers(int n, item *i)
{
	shared = std::make_shared<item>(); // makes std::_Sp_counted_ptr_inplace<item,
	shared = std::shared_ptr<item>( // makes std::_Sp_counted_ptr<item
		new item()); // makes item
	shared = std::allocate_shared<item>( // makes std::_Sp_counted_ptr_inplace<item,
		std::allocator<item>());
	shared = std::shared_ptr<item>(i, // makes std::_Sp_counted_deleter<item
				       [](item *p) { delete p; });
	unique = std::make_unique<item>(); // makes item
	unique.reset(new item()); // makes item
	unique_array = std::make_unique<item[]>(size_t(n)); // makes item
	unique_array.reset(new item[size_t(n)]); // makes item
	pet = std::make_unique<weasel>(); // makes weasel
}

animal *plain;
int *numbers;
counted *cookie;
wide *own;
aligned *over;
item *nothrow;

FUNCTION expressions(int n)
{
	plain = new weasel; // makes weasel
	numbers = new int[size_t(n)]; // makes int
	cookie = new counted[size_t(n)]; // makes counted +8
	cookie = new counted[7]; // makes counted +8
	own = new wide; // makes wide
	over = new aligned; // makes aligned
	over = new aligned[size_t(n)]; // makes aligned
	nothrow = new (std::nothrow) item; // makes item
	plain = new (std::malloc(sizeof(weasel))) weasel; // makes weasel
}

FUNCTION made_of_others(const std::string &s, std::istream &in)
{
	text = s.substr(3, 40); // makes bytes
	text = stream.str(); // makes bytes
	std::getline(in, text); // makes bytes
	in >> text; // makes bytes
}

int main()
{
}
