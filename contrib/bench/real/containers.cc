// SPDX-License-Identifier: Apache-2.0
// Something for the C++ compiler: templates of the standard library.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

template <int N> struct item {
	std::string name = "item" + std::to_string(N);
	std::map<std::string, std::vector<int>> values;
	std::unordered_map<int, std::shared_ptr<item<N - 1>>> below;

	int sum() const
	{
		int total = N;
		for (const auto &[key, list] : values)
			for (int value : list)
				total += value;
		for (const auto &entry : below)
			total += entry.second->sum();
		return total;
	}
};
template <> struct item<0> {
	int sum() const { return 0; }
};

int main()
{
	item<12> top;
	std::set<std::string> names;
	std::vector<std::function<int()>> calls;

	for (int i = 0; i < 10; i++) {
		names.insert(top.name + std::to_string(i));
		calls.push_back([i, &top] { return top.sum() + i; });
		top.below[i] = std::make_shared<item<11>>();
	}
	std::sort(calls.begin(), calls.end(),
		  [](const auto &a, const auto &b) { return a() < b(); });
	std::ostringstream text;
	for (const auto &name : names)
		text << name << ' ';
	std::cout << text.str() << calls.front()() << '\n';
}
