#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what is said of a loaded program's live objects against its source.

    heap_score.py NAME TRUTH HEAP [--list]

HEAP is what heap_load.sh printed; TRUTH comes from truth.py.  Bytes are right
when a site of their line has their type, or when they are called bytes and the
source names characters, or nothing.  Objects of the C library, and types of
what the source gives none, are not told.  Prints a row of a table."""
import argparse
import json
import re

from score import BYTES, attach, is_same, names, normal

KEY = re.compile(r"(.*?) \(([^()]*):(\d+)\): (.*)", re.S)


def answers_of(heap):
    """The groups of objects as answers that attach() understands."""
    for group in heap["groups"]:
        match = KEY.fullmatch(group["key"])
        yield {"key": group["key"], "bytes": group["bytes"],
               "file": match[2] if match else None,
               "line": int(match[3]) if match else 0,
               "type": match[4] if match else "unknown"}


def verdict(answer):
    """right, wrong, or untold."""
    told = [s for s in answer["sites"] if s["kind"] != "unknown"]
    said = normal(answer["type"])
    if not answer["sites"]:
        return "untold"
    if not told:
        return "right" if said in BYTES else \
            "wrong" if said.startswith("unknown") else "untold"
    if said in BYTES:
        return "right" if any(s["kind"] == "bytes" for s in told) else "wrong"
    return "right" if any(is_same(said, name) for s in told
                          for name in names(s)) else "wrong"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("truth")
    parser.add_argument("heap")
    parser.add_argument("--list", help="a file for what is not right")
    arguments = parser.parse_args()
    with open(arguments.truth) as stream:
        sites = [json.loads(row) for row in stream]
    with open(arguments.heap) as stream:
        heap = json.load(stream)
    answers = list(answers_of(heap))
    attach(sites, answers)
    for answer in answers:
        answer["sites"] = []
    for site in sites:
        for answer in site["answers"]:
            answer["sites"].append(site)
    sums = dict.fromkeys(("right", "wrong", "untold"), 0)
    rest = []
    for answer in answers:
        found = verdict(answer)
        sums[found] += answer["bytes"]
        if found != "right":
            rest.append(f"{found} {answer['bytes']} {answer['key']}")
    if arguments.list:
        with open(arguments.list, "w") as stream:
            stream.writelines(row + "\n" for row in rest)
    total = heap["total"]
    told = sums["right"] + sums["wrong"]
    print(f"| {arguments.name} | {total['objects']} | {total['bytes']} |"
          f" {100 * told / total['bytes']:.1f} |"
          f" {100 * sums['right'] / told:.1f} |")


if __name__ == "__main__":
    main()
