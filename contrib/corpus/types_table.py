#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tables of the types report, from score.py's counts.

    types_table.py [--first] ROWS

--first: of programs that are looked at for the first time, without the text."""
import collections
import json
import sys

LEGEND = """
Sites are calls that allocate; what is right is what clang's syntax tree says of
the source (`contrib/corpus/truth.py`, `score.py`).

- sites: calls whose source names a type, by sizeof, a cast or the target;
- answered: of these, those that get a specific type;
- right: of the specific answers;
- recall: right ones of all sites;
- bytes: calls that make characters: strdup and its like, buffers;
- called bytes: of the calls of bytes, those so called.

The method was developed with {known}
at hand.  The others were seen when it was done, and what failed in them was
looked at, too: programs that nobody has looked at will score lower.  What is
not listed was not built.
"""
KNOWN = ("redis", "sqlite3", "tmux", "lua5.4", "jq", "ninja-build", "nano",
         "less", "gawk", "memcached")
HEAD = ("program", "built by", "sites", "answered", "right", "recall", "bytes",
        "called bytes", "right, no source", "recall, no source")


def share(part, whole):
    return f"{100 * part / whole:.1f}" if whole else "-"


def row(name, built, counts):
    """COUNTS: of the answers with source and without."""
    w, n = counts["with"], counts["without"]
    judged, bare = w["right"] + w["wrong"], n["right"] + n["wrong"]
    return (name, built, str(w["sites"]), share(judged, w["sites"]),
            share(w["right"], judged), share(w["right"], w["sites"]),
            str(w["bytes"]), share(w["bytes_right"], w["bytes"]),
            share(n["right"], bare), share(n["right"], n["sites"]))


def table(rows):
    print("|", " | ".join(HEAD), "|")
    print("|" + "---|" * 2 + "---:|" * (len(HEAD) - 2))
    for cells in rows:
        print("|", " | ".join(cells), "|")


def pooled(rows, chosen):
    """Sums by compiler and level, and of all."""
    sums = collections.OrderedDict()
    for r in rows:
        if r["program"] not in chosen:
            continue
        for built in (r["built"], "all"):
            counts = sums.setdefault(built, {
                "with": collections.Counter(),
                "without": collections.Counter()})
            counts[r["source"]].update(
                {k: v for k, v in r.items() if isinstance(v, int)})
    sums.move_to_end("all")
    return sums


def main():
    with open(sys.argv[-1]) as stream:
        rows = [json.loads(line) for line in stream]
    by_name = collections.OrderedDict()
    for r in rows:
        by_name.setdefault((r["program"], r["built"]), {})[r["source"]] = r
    each = [row(*key, counts) for key, counts in by_name.items()]
    if sys.argv[1] == "--first":
        table([row("all of them", built, counts) for built, counts in
               pooled(rows, {r["program"] for r in rows}).items()] + each)
        return
    programs = list(dict.fromkeys(r["program"] for r in rows))
    known = [p for p in programs if p in KNOWN]
    print(LEGEND.format(known=", ".join(KNOWN)))
    lines = []
    for label, chosen in (
            ("all programs", programs), ("developed with", known),
            ("others", [p for p in programs if p not in KNOWN])):
        if chosen:
            lines += [row(label, built, counts) for built, counts in
                      pooled(rows, chosen).items()]
    print("## Pooled\n")
    table(lines)
    print("\n## Each\n")
    table(each)


if __name__ == "__main__":
    main()
