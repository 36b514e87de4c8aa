# SPDX-License-Identifier: Apache-2.0
"""Something of each kind that stays, until a line is read."""
import sys
import weakref


class Plain:
    """Instances with a dictionary."""

    def __init__(self, number):
        self.number = number
        self.tags = [number, str(number)]

    def method(self, other):
        return self.number + other


class Slotted:
    __slots__ = ("left", "right", "__weakref__")

    def __init__(self, left, right):
        self.left, self.right = left, right


class Text(str):
    pass


class Numbers(list):
    pass


def closure(number):
    def add(other, *rest, **options):
        nonlocal number
        number += other
        return number
    return add


def generator(number):
    while True:
        yield number
        number += 1


def failure(number):
    try:
        raise ValueError(f"number {number}")
    except ValueError as error:
        return error


kept = []
for i in range(3000):
    plain = Plain(i)
    slotted = Slotted(plain, i / 7)
    running = generator(i)
    next(running)
    kept.append({
        "plain": plain, "slotted": slotted, "weak": weakref.ref(slotted),
        "text": "text" * (i % 50) + str(i), "wide": "\u20ac" * (i % 20),
        "bytes": bytes(i % 90), "array": bytearray(i % 90),
        "set": {i, i + 1, str(i)}, "frozen": frozenset((i, "x")),
        "tuple": (i, i * 2.5, None), "complex": complex(i, 1),
        "large": 3 ** (i % 200), "closure": closure(i), "running": running,
        "method": plain.method, "builtin": kept.append, "slice": slice(i, None),
        "range": range(i), "iterator": iter([i, i]), "map": map(str, [i]),
        "sub": Text(i), "numbers": Numbers((i, i)), "view": memoryview(b"view"),
        "property": property(closure), "static": staticmethod(closure),
    })
codes = [compile(f"def f(a, b={i}):\n return [a + b * c for c in range({i})]",
                 f"<{i}>", "exec") for i in range(300)]
classes = [type(f"Class{i}", (Plain,), {"value": i, "get": closure(i)})
           for i in range(300)]
failures = [failure(i) for i in range(500)]
print("ready", flush=True)
sys.stdin.readline()
print(len(kept), len(codes), len(classes), len(failures))
