#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the profile that subject.c wrote, by the wire format alone, and
checks what is in it.  profile.py FILE PROGRAM TYPED"""
import re
import subprocess
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


def packed(data):
    numbers, at = [], 0
    while at < len(data):
        value, at = varint(data, at)
        numbers.append(value)
    return numbers


def main(path, program, typed):
    with open(path, "rb") as file:
        profile = message(file.read())
    strings = [s.decode() for s in profile[6]]
    assert strings[0] == ""

    def one(fields, number):
        assert len(fields.get(number, [0])) == 1
        return fields.get(number, [0])[0]

    def by_id(number):
        found = {one(f, 1): f for f in map(message, profile[number])}
        assert len(found) == len(profile[number]), "an id twice"
        assert 0 not in found
        return found

    kinds = [message(f) for f in profile[1]]
    assert [(strings[one(k, 1)], strings[one(k, 2)]) for k in kinds] == [
        ("inuse_objects", "count"), ("inuse_space", "bytes")]
    mappings, locations = by_id(3), by_id(4)
    functions = by_id(5) if 5 in profile else {}
    first = message(profile[3][0])
    assert strings[one(first, 5)].endswith("/subject"), "the program is first"
    notes = subprocess.run(["readelf", "-n", program], capture_output=True,
                           text=True, check=True).stdout
    built = re.search(r"Build ID: ([0-9a-f]+)", notes)
    assert strings[one(first, 6)] == (built.group(1) if built else "")

    by_function = {}
    for sample in map(message, profile[2]):
        objects, size = packed(one(sample, 2))
        chain = packed(one(sample, 1))
        assert objects and len(chain) >= 1
        location = locations[chain[0]]
        mapping = one(location, 2)
        if mapping:
            mapping = mappings[mapping]
            assert one(mapping, 2) <= one(location, 3) < one(mapping, 3)
        name = line = None
        for part in map(message, location.get(4, [])):
            name = strings[one(functions[one(part, 1)], 2)]
            line = one(part, 2)
        labels = {strings[one(l, 1)]: strings[one(l, 2)]
                  for l in map(message, sample.get(3, []))}
        if mapping and one(mapping, 1) == one(first, 1):
            by_function.setdefault((objects, size), []).append(
                (name, line, labels.get("type")))
    weasels, big = by_function[(60, 960)], by_function[(1, 1234567)]
    assert len(weasels) == len(big) == 1 and len(by_function) == 2, by_function
    if typed == "typed":
        assert weasels[0][0] == "make_weasel" and weasels[0][1] > 0, weasels
        assert weasels[0][2] == "struct weasel", weasels
        # make_big gives on what it allocates: its caller is charged.
        assert big[0][0] == "main", big


main(*sys.argv[1:])
