#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py [--list] [--least PERCENT] SITES OTHER: two answers for one source.

Both are of `allotype-meta sites --json`, for binaries that different compilers
made of the same source, perhaps in another folder.  Sites are matched by file
and line; a line may have several.  Says how many lines with sites both
have, and on how many the answers agree; --list says where they do not.  Fails
when fewer than PERCENT of all lines agree.
"""
import argparse
import collections
import json
import sys


BYTES = ("char", "signed char", "unsigned char")  # char's sign is the machine's


def answer(site):
    name = site.get("type") or "?"
    return "char" if name in BYTES else name


def read(path):
    """FILE:LINE: the set of its answers."""
    lines = collections.defaultdict(set)
    with open(path, encoding="utf-8") as sites:
        for row in sites:
            site = json.loads(row)
            if site.get("wrapper") or not site.get("file"):
                continue
            where = "/".join(site["file"].split("/")[-2:])
            lines[where, site["line"]].add(answer(site))
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sites")
    parser.add_argument("other")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--least", type=float, default=0)
    arguments = parser.parse_args()
    one, two = read(arguments.sites), read(arguments.other)
    both = sorted(one.keys() & two.keys())
    same = [where for where in both if one[where] & two[where]]
    total = len(one.keys() | two.keys())
    percent = 100 * len(same) / total if total else 0
    print(f"{len(one)} and {len(two)} lines with sites, {len(both)} in both; "
          f"{len(same)} agree: {100 * len(same) / max(len(both), 1):.1f}%, "
          f"of all {percent:.1f}%")
    if arguments.list:
        for where in sorted(one.keys() | two.keys()):
            if not one[where] & two[where]:
                print(f"{where[0]}:{where[1]}: {sorted(one[where])} "
                      f"{sorted(two[where])}")
    sys.exit(percent < arguments.least)


main()
