# SPDX-License-Identifier: Apache-2.0
"""Lists of objects."""


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y
        self.label = "p" + str(x)


total = 0
for generation in range(2):
    points = [Point(i, i * 7919 % 10007) for i in range(80000)]
    points.sort(key=lambda p: (p.y, p.x))
    pairs = [(p.x, p.y) for p in points if p.y % 3]
    total += len(pairs) + len(points[0].label)
print(total)
