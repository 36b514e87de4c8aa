# SPDX-License-Identifier: Apache-2.0
"""Which of the calls that truth.py read in all units of a program are sites:
those whose functions keep what they get, or know what it is."""
import re

STRING_NAME = re.compile(r"str.*dup|dup.*str|strn?dup|printf|savestr")


def wrappers(calls):
    """Names of the functions that hand on an allocator's memory: as void *,
    as a string, or as a T * whose size is a parameter."""
    known = set()
    while True:
        found = {c["function"] for c in calls
                 if c["hands_on"] and c["function"] not in known and
                 not c.get("generic") and
                 (c["allocates"] or c["callee"] in known) and
                 (c["result"] == "void" or
                  c["kind"] == "type" and c["evidence"] == "target" or
                  STRING_NAME.search(c["function"]))}
        if not found:
            return known
        known |= found


def floating(calls, known):
    """Names of the functions that put a header before an object for which its
    class says the sizes, of those that hand on such an object, and of those
    that make one of any size."""
    family = set()
    while True:
        found = {c["function"] for c in calls if c["function"] not in family and (
            c["floats"] and (c["allocates"] or c["callee"] in known) or
            c["callee"] in family and (
                c["passes"] or c["hands_on"] and c["makes_own"] and
                c["evidence"] == "target" and not c["by_pointer"]))}
        if not found:
            return family
        family |= found


def is_site(call, known, family):
    """Does the call allocate, for its function's own sake?"""
    if call.get("generic"):
        asked = family and (call["callee"] in family or call["by_pointer"] and
                            "alloc" in call["callee"].lower())
    else:
        asked = call["allocates"] or call["callee"] in known | family
    return asked and not call.get("freed") and not (
        call["function"] in known and call["hands_on"] or
        call["function"] in family and (
            call["hands_on"] or call["floats"] or call["passes"]))


def aliases(name, names):
    """NAME and what typedefs make of it or of what it points to."""
    base = name.rstrip("* ")
    stars = len(name[len(base):].strip())
    found = set(names.get(name, ()))
    for taken in range(stars + 1):
        rest = " " + "*" * (stars - taken) if taken < stars else ""
        pointer = " " + "*" * taken if taken else ""
        found |= {n + rest for n in names.get(base + pointer, ())}
    # Pointers to what is written around them: arrays and functions.
    around = re.fullmatch(r"(.*?) ?\((\*+)\)(\[.*\]|\(.*\))", name)
    if around:
        space = " " if around[3].startswith("(") else ""
        found |= {n + " " + around[2]
                  for n in names.get(around[1] + space + around[3], ())
                  if "(" not in n}
    return [name] + sorted(found - {name})


def sites(calls, names):
    known = wrappers(calls)
    family = floating(calls, known)
    found = {}
    for call in calls:
        if not is_site(call, known, family):
            continue
        key = tuple(call[k] for k in ("file", "line", "function", "callee"))
        site = found.setdefault(key + (tuple(call["types"]),), call)
        site["types"] = list(dict.fromkeys(
            a for t in site["types"] for a in aliases(t, names)))
    for call in sorted(found.values(), key=lambda c: (c["file"], c["line"])):
        site = {k: call[k] for k in ("file", "line", "function", "callee",
                                     "kind", "types", "evidence")}
        if call["hands_on"] and call["result"] == "char":
            site["string_function"] = True
        yield site
