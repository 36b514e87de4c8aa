#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tables of the types report on C++ programs, from score_cxx.py's counts.

    types_table_cxx.py [--first] ROWS

--first: of programs that are looked at for the first time, without the text."""
import collections
import json
import sys

from types_table import share

LEGEND = """
## C++

What is right is what clang's syntax tree says of the source
(`contrib/corpus/truth_cxx.py`, `score_cxx.py`).

- new: calls of new, make_unique, make_shared; containers: calls of standard
  containers that may make them grow, and constructors that fill them; strings:
  likewise of std::string.  Only what the binary has a call for;
- answered: of these, those that get a specific type; right: of the specific
  answers; recall: right ones of all;
- no source: recall from the binary and its DWARF alone.
"""
HEAD = ("program", "built by", "new", "answered", "right", "recall",
        "no source", "containers", "answered", "right", "recall", "no source",
        "strings", "recall")


def cells(name, built, counts):
    """COUNTS: of the answers with source and without."""
    w, n = counts["with"], counts["without"]
    out = [name, built]
    for kind in ("new", "container"):
        right = w[kind + "_right"]
        judged = right + w[kind + "_wrong"]
        out += [str(w[kind]), share(judged, w[kind]), share(right, judged),
                share(right, w[kind]), share(n[kind + "_right"], n[kind])]
    return out + [str(w["string"]), share(w["string_right"], w["string"])]


def pooled(rows):
    """Sums by compiler and level, and of all."""
    sums = collections.OrderedDict()
    for row in rows:
        for built in (row["built"], "all"):
            counts = sums.setdefault(built, {
                "with": collections.Counter(),
                "without": collections.Counter()})
            counts[row["source"]].update(
                {k: v for k, v in row.items() if isinstance(v, int)})
    sums.move_to_end("all")
    return sums


def main():
    with open(sys.argv[-1]) as stream:
        rows = [json.loads(line) for line in stream]
    if sys.argv[1] != "--first":
        print(LEGEND)
    by_name = collections.OrderedDict()
    for row in rows:
        by_name.setdefault((row["program"], row["built"]),
                           {})[row["source"]] = row
    print("|", " | ".join(HEAD), "|")
    print("|" + "---|" * 2 + "---:|" * (len(HEAD) - 2))
    for key, counts in pooled(rows).items():
        print("|", " | ".join(cells("all programs", key, counts)), "|")
    for key, counts in by_name.items():
        print("|", " | ".join(cells(*key, counts)), "|")


if __name__ == "__main__":
    main()
