#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what is in the profiles of samples that sampled.c wrote.
sampled.py PERIOD PARENT CHILD"""
import math
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
import pprof  # noqa: E402

WORKERS, KEPT, PAIRS = 3, 20000, 40000
SIZE, SPACE = 40, 48  # of a ferret, and its segment


def is_near(estimate, count, period, size=1):
    """Within five standard deviations."""
    share = -math.expm1(-SPACE / period)
    bound = 5 * math.sqrt(count * (1 - share) / share) + 0.002 * count
    assert abs(estimate / size - count) <= bound, (estimate, count, bound)


def load(path, period):
    """The sums of the values, by chain of functions."""
    profile = pprof.Profile(path)
    assert profile.types == [("alloc_objects", "count"),
                             ("alloc_space", "bytes"),
                             ("inuse_objects", "count"),
                             ("inuse_space", "bytes")], profile.types
    assert profile.period == period
    assert profile.period_type == ("space", "bytes")
    chains = {}
    for sample in profile.samples:
        own = [f.function or "?" for f in sample.frames]
        sums = chains.setdefault(tuple(own), [0] * 4)
        for i, value in enumerate(sample.values):
            sums[i] += value
        if own[0] == "make_ferret":
            assert sample.labels == {"type": "struct ferret"}, sample.labels
            assert all(f.line for f in sample.frames[:2])
    return chains


def starting(chains, *functions):
    sums = [0] * 4
    for chain, values in chains.items():
        if chain[:len(functions)] == functions:
            sums = [a + b for a, b in zip(sums, values)]
    return sums


def check_ferrets(sums, made, living, period):
    is_near(sums[0], made, period)
    is_near(sums[1], made, period, SIZE)
    is_near(sums[2], living, period)
    is_near(sums[3], living, period, SIZE)


def main(period, parent, child):
    period = int(period)
    for path, freed, pairs in ((parent, 0, 0), (child, KEPT // 2, PAIRS)):
        chains = load(path, period)
        check_ferrets(starting(chains, "make_ferret", "fill_burrow", "work"),
                      WORKERS * KEPT, WORKERS * KEPT, period)
        check_ferrets(starting(chains, "make_ferret", "come_and_go", "work"),
                      WORKERS * PAIRS, 0, period)
        check_ferrets(starting(chains, "make_ferret", "fill_burrow", "main"),
                      KEPT, KEPT - freed, period)
        check_ferrets(starting(chains, "make_ferret", "come_and_go",
                               "in_child", "main"), pairs, 0, period)
        check_ferrets(starting(chains, "make_ferret"),
                      (WORKERS + 1) * KEPT + WORKERS * PAIRS + pairs,
                      (WORKERS + 1) * KEPT - freed, period)
        # A large one is always a sample; its chain is cut at 64.
        assert starting(chains, *["dig"] * 64) == [1, 300000, 1, 300000]
        assert max(map(len, chains)) == 64
        # Under libc's own frames, whatever they are called.
        if period == 1:
            (printed,) = [(chain, sums) for chain, sums in chains.items()
                          if "print" in chain and sums[3] == 501]
            assert printed[0][printed[0].index("print") + 1] == "main"


main(*sys.argv[1:])
