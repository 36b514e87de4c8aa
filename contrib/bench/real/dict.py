# SPDX-License-Identifier: Apache-2.0
"""Dictionaries with strings as keys."""
counts = {}
for i in range(600000):
    key = "key%d" % (i * 7919 % 200003)
    counts[key] = counts.get(key, 0) + 1
for i in range(0, 200003, 2):
    counts.pop("key%d" % i, None)
groups = {}
for key, count in counts.items():
    groups.setdefault(key[-2:], []).append(count)
print(len(counts), len(groups))
