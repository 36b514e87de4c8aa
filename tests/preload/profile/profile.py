#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what is in the exact profile that subject.c wrote.
profile.py FILE PROGRAM TYPED"""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
import pprof  # noqa: E402


def main(path, program, typed):
    profile = pprof.Profile(path)
    assert profile.types == [("inuse_objects", "count"),
                             ("inuse_space", "bytes")]
    assert profile.main[0].endswith("/subject"), "the program is first"
    notes = subprocess.run(["readelf", "-n", program], capture_output=True,
                           text=True, check=True).stdout
    built = re.search(r"Build ID: ([0-9a-f]+)", notes)
    assert profile.main[1] == (built.group(1) if built else "")

    own = pprof.one(profile.main_mapping, 1)
    by_values = {}
    for sample in profile.samples:
        objects, size = sample.values
        leaf = sample.frames[0]
        assert objects
        if leaf.mapping == own:
            by_values.setdefault((objects, size), []).append(
                (leaf.function, leaf.line, sample.labels.get("type")))
    weasels, big = by_values[(60, 960)], by_values[(1, 1234567)]
    assert len(weasels) == len(big) == 1 and len(by_values) == 2, by_values
    if typed == "typed":
        assert weasels[0][0] == "make_weasel" and weasels[0][1] > 0, weasels
        assert weasels[0][2] == "struct weasel", weasels
        # make_big gives on what it allocates: its caller is charged.
        assert big[0][0] == "main", big


main(*sys.argv[1:])
