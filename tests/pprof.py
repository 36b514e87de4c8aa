#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a profile for pprof (profile.proto, not compressed) by the wire format
alone, and checks that it hangs together.

As a command, pprof.py FILE, prints a line for each sample: its values, the
functions of its chain from the inside, and its type, with tabs between."""
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def message(data):
    """The fields of a message: number -> list of ints and bytes."""
    fields, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        assert key & 7 in (0, 2), f"wire type {key & 7}"
        value, at = varint(data, at)
        if key & 7 == 2:
            assert at + value <= len(data), "cut off"
            value, at = data[at:at + value], at + value
        fields.setdefault(key >> 3, []).append(value)
    return fields


def one(fields, number):
    assert len(fields.get(number, [0])) == 1
    return fields.get(number, [0])[0]


def packed(data):
    numbers, at = [], 0
    while at < len(data):
        value, at = varint(data, at)
        numbers.append(value)
    return numbers


class Frame:
    """A location: .mapping (0: none), .address, .function and .line or
    None."""

    def __init__(self, profile, location):
        self.mapping = one(location, 2)
        self.address = one(location, 3)
        if self.mapping:
            mapping = profile.mappings[self.mapping]
            assert one(mapping, 2) <= self.address < one(mapping, 3)
        self.function = self.line = None
        for part in map(message, location.get(4, [])):
            function = profile.functions[one(part, 1)]
            self.function = profile.strings[one(function, 2)]
            self.line = one(part, 2)


class Sample:
    """.values, .frames from the inside, .labels"""

    def __init__(self, profile, fields):
        self.values = packed(one(fields, 2))
        assert len(self.values) == len(profile.types)
        self.frames = [Frame(profile, profile.locations[number])
                       for number in packed(one(fields, 1) or b"")]
        self.labels = {profile.strings[one(l, 1)]: profile.strings[one(l, 2)]
                       for l in map(message, fields.get(3, []))}


class Profile:
    """.types: (name, unit) of each value; .samples; .period; .main: path and
    build ID of the program; .mappings"""

    def __init__(self, path):
        with open(path, "rb") as file:
            fields = message(file.read())
        self.strings = [s.decode() for s in fields[6]]
        assert self.strings[0] == ""
        self.types = [self.type_of(t) for t in fields[1]]
        self.mappings = self.by_id(fields, 3)
        self.locations = self.by_id(fields, 4)
        self.functions = self.by_id(fields, 5)
        self.period = one(fields, 12)
        self.period_type = self.type_of(one(fields, 11) or b"")
        self.main_mapping = message(fields[3][0])
        self.main = (self.strings[one(self.main_mapping, 5)],
                     self.strings[one(self.main_mapping, 6)])
        self.samples = [Sample(self, message(s)) for s in fields.get(2, [])]

    def type_of(self, data):
        fields = message(data)
        return self.strings[one(fields, 1)], self.strings[one(fields, 2)]

    @staticmethod
    def by_id(fields, number):
        found = {one(f, 1): f for f in map(message, fields.get(number, []))}
        assert len(found) == len(fields.get(number, [])), "an id twice"
        assert 0 not in found
        return found


if __name__ == "__main__":
    for sample in Profile(sys.argv[1]).samples:
        print(*sample.values, sep=" ", end="\t")
        print(*[f.function or "?" for f in sample.frames], sep=" ", end="\t")
        print(sample.labels.get("type", ""))
