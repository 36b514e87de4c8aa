#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""members.py PAHOLE SHOW: holds the members of every structure that pahole
prints (offset, place and size of bit-fields) against `allotype-meta show`.
Prints what differs; exit status 1 then.  Structures of one name may differ
from file to file: one that agrees is enough."""
import collections
import re
import sys

HEAD = re.compile(r"^(?:struct|union|class) ([^{;]+?) \{")
COMMENT = re.compile(r"/\*\s+(\d+)(?::\s*(\d+))?\s+(\d+) \*/")
POINTER = re.compile(r"\([^()]*\*\s*(?:const |volatile )?(\w+)(?:\[[^]]*\])*\)\(")
PLAIN = re.compile(r"(\w+)(?:\[[^]]*\])*(?::(\d+))?;")
OURS = re.compile(r"^\t\+(-?\d+) .*?(\w+)(?: \(base\))?"
                  r"(?: : (\d+) at bit (\d+))?$")
TITLE = re.compile(r"^(?:struct |union )?(.*), (?:struct|union), \d+ bytes")


def theirs(path):
    """Name -> {(member, bit offset, bits)}, named members of the outside."""
    result, name, depth = {}, None, 0
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            head = HEAD.match(line)
            if head:
                # class foo : public bar {
                name = re.split(r" : ", head.group(1))[0].strip()
                members, depth = set(), 1
                continue
            if not name:
                continue
            code = line.split("/*")[0]
            before = depth
            depth += code.count("{") - code.count("}")
            if depth <= 0:
                result[name] = members
                name = None
                continue
            place = COMMENT.search(line)
            if depth != 1 or not place or (before == 1 and "{" in code):
                continue
            match = POINTER.search(code)
            bits = None
            if not match:
                match = PLAIN.search(code)
                bits = match and match.group(2)
            if match:
                bit = int(place.group(1)) * 8 + int(place.group(2) or 0)
                members.add((match.group(1), bit, int(bits or 0)))
    return result


def ours(path):
    """Name -> [{(member, bit offset, bits)}]."""
    result, members = collections.defaultdict(list), None
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            title = TITLE.match(line)
            if title:
                members = set()
                result[title.group(1)].append(members)
            elif not line.startswith("\t"):
                members = None
            elif members is not None:
                match = OURS.match(line.rstrip("\n"))
                if match:
                    bit = int(match.group(1)) * 8 + int(match.group(4) or 0)
                    members.add((match.group(2), bit,
                                 int(match.group(3) or 0)))
    return result


def main():
    expected, found = theirs(sys.argv[1]), ours(sys.argv[2])
    count = bits = wrong = 0
    for name, members in sorted(expected.items()):
        if name not in found:
            continue  # pahole.sh has said so, with sizes
        count += len(members)
        bits += sum(1 for m in members if m[2])
        if not any(members <= variant for variant in found[name]):
            wrong += 1
            best = max(found[name], key=lambda v: len(members & v))
            print(f"{name}: {sorted(members - best)[:4]}")
    print(f"{len(expected)} structures, {count} members, {bits} bit-fields,"
          f" {wrong} structures differ", file=sys.stderr)
    sys.exit(wrong > 0 or not count)


main()
