# SPDX-License-Identifier: Apache-2.0
"""Fills an interpreter's heap with objects of all kinds; then waits."""
import sys


class Node:
    def __init__(self, number):
        self.number = number
        self.name = f"node {number}"
        self.after = None


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right


def counter(start):
    while True:
        start += 1
        yield start


nodes = [Node(i) for i in range(20000)]
for before, node in zip(nodes, nodes[1:]):
    before.after = node
kept = {
    "tables": [{f"key {k}": k for k in range(i % 9)} for i in range(10000)],
    "sets": [frozenset(range(i, i + i % 20)) for i in range(3000)],
    "tuples": [(i, float(i), str(i).encode()) for i in range(20000)],
    "large": [3 ** (i % 90) for i in range(10000)],
    "slotted": [Slotted(i, None) for i in range(10000)],
    "closures": [lambda x, i=i: x + i for i in range(5000)],
    "generators": [counter(i) for i in range(2000)],
    "bytes": [bytearray(i % 300) for i in range(3000)],
    "lists": [list(range(i % 40)) for i in range(5000)],
}
print("ready", flush=True)
sys.stdin.read()
