#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds `allotype meta sites --json` against what truth.py says.

    score.py TRUTH PREDICTIONS [--binary FILE] [--list] [--counts FILE]

An answer belongs to the sites of its line, else of the nearest line up to two
away, in the file whose name has the longest common end with its own.  Verdicts
on a site:

    right    an answer of its line names its type, and every other one names
             that of another site of the line; where the source names
             characters: no answer names anything else than the record that
             they are taken for afterwards
    wrong    an answer names what no site of the line has; not counted are
             those of other calls there that no site of the truth is
    vague    the answers name no type ("char" or nothing)
    missing  the line has no answer, or only those of its neighbours

Sites whose source names no type are only counted.  Without an answer, a site
does not count where the binary has no such call in its line, or fewer of them
than the line has sites (compilers merge equal calls and drop others), or where
its function gives the characters on: its callers have them.
"""
import argparse
import collections
import json
import os
import re
import shutil
import subprocess

# Not addr2line, which finds no calls inlined in several DWARF 5 ranges.
SYMBOLIZER = shutil.which("llvm-symbolizer-14") or "llvm-symbolizer"
NEAR = 2
BYTES = {"", "void", "char", "unsigned char", "signed char", "uint8_t",
         "int8_t", "u_char"}
WORDS = re.compile(r"\b(?:(?:unsigned|signed|long|short|int|char)\b ?)+")
COMPLEX = re.compile(r"\b(?:(?:_Complex|complex|long|float|double)\b ?)+")
TAGS = re.compile(r"\b(?:struct|union|class|enum|const|volatile|restrict)\b")


def integer(match):
    """One order of words for every spelling of an integer type."""
    words = match[0].split()
    if "char" not in words:
        words = [w for w in words if w not in ("int", "signed")] or ["int"]
    return " ".join(sorted(words, reverse=True)) + " "


def complex_number(match):
    """gcc's spelling, which is another one than C's; or what was no such."""
    words = [w for w in match[0].split() if w not in ("_Complex", "complex")]
    return match[0] if len(words) == len(match[0].split()) else \
        " ".join(["complex"] + words) + " "


def normal(name):
    """A type's name as it is compared: no tags, templates, dimensions; C's
    _Bool as C++ has it."""
    name = TAGS.sub("", name or "").replace("__cxx11::", "")
    name = re.sub(r"\b_Bool\b", "bool", name)
    while name != (name := re.sub(r"<[^<>]*>|\[[^]]*\]", "", name)):
        pass
    name = COMPLEX.sub(complex_number, re.sub(r"\s+", " ", name))
    name = WORDS.sub(integer, name)
    return re.sub(r" ?([*()]) ?", r"\1", name).strip()


def is_same(a, b):
    """Namespaces matter where both names have them."""
    a, b = a.split("::"), b.split("::")
    return all(x == y for x, y in zip(reversed(a), reversed(b)))


def common_end(own, other):
    """In parts of the path; of those that are as long, a whole path."""
    own, other = own.split("/")[::-1], other.split("/")[::-1]
    size = len(os.path.commonprefix([own, other]))
    return size, size == len(own)


def attach(sites, answers):
    """Gives each site the answers that belong to it."""
    by_file = collections.defaultdict(list)
    for site in sites:
        by_file[os.path.basename(site["file"])].append(site)
        site["answers"], site["distance"] = [], None
    left = []
    for answer in answers:
        near = by_file[os.path.basename(answer["file"] or "")]
        end = max((common_end(s["file"], answer["file"]) for s in near),
                  default=None)
        near = [s for s in near if common_end(s["file"], answer["file"]) == end]
        left.append((answer, near))
    for distance in range(NEAR + 1):
        rest = []
        for answer, near in left:
            found = [s for s in near
                     if abs(s["line"] - answer["line"]) == distance and
                     s["distance"] in (None, distance)]
            for site in found:
                site["distance"] = distance
                site["answers"].append(answer)
            if not found:
                rest.append((answer, near))
        left = rest


def names(site):
    return {normal(t) for t in site["types"]}


def is_made_inside(answer, site, made):
    """Is it what the function called makes itself?  Where that jumps to an
    allocator, its caller's call is the site."""
    return answer.get("callee") != site["callee"] and \
        normal(answer["type"]) in made[answer.get("callee")]


def is_told(answer, callees):
    """Does the truth tell of such calls?  It has operator new as `new'."""
    callee = answer.get("callee")
    return callee is None or callee in callees or (
        callee.startswith("operator new") and "new" in callees)


def judged(site, callees):
    """The answers for calls that the truth tells of, if there are any."""
    return [a for a in site["answers"] if is_told(a, callees)] or \
        site["answers"]


def judge(site, line, made):
    """LINE: the names of all sites of its line; MADE: by function."""
    if not site["answers"]:
        return "missing"
    said = [normal(a["type"]) for a in site["answers"]
            if len(site["answers"]) == 1 or not is_made_inside(a, site, made)]
    specific = [n for n in said if n not in BYTES]
    own = [any(is_same(n, t) for t in names(site)) for n in specific]
    other = [any(is_same(n, t) for t in line - names(site)) for n in specific]
    if site["kind"] != "type":
        if not all(a or b for a, b in zip(own, other)):
            return "wrong"
        if specific and len(specific) == len(said) and not any(own):
            return "missing"
        return "right" if any(a["type"] for a in site["answers"]) else "vague"
    if not specific:
        return "vague"
    if not any(own):
        return "missing" if all(other) else "wrong"
    return "right" if all(a or b for a, b in zip(own, other)) else "wrong"


def calls_by_line(binary):
    """Three tables by (file, line).  The names that calls and jumps there go to;
    None: it is inlined from there, or goes where a pointer says.  The
    functions that they are in.  How often each is in any one function."""
    code = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", binary],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    calls = re.findall(r"^\s*([0-9a-f]+):\s+(?:(?:bnd )?call\b.*?|"
                       r"(?:bnd )?jmp +[0-9a-f]+(?= <[^+>]*>)|jmp +\*.*?)"
                       r"(?: <([^+>.@]*)[^+>]*>)?$", code, re.M)
    rows = subprocess.run(
        [SYMBOLIZER, "--inlines", "--functions=short", "--obj=" + binary],
        input="".join(f"0x{call}\n" for call, _ in calls), check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    lines = collections.defaultdict(set)
    functions = collections.defaultdict(set)
    numbers = collections.defaultdict(collections.Counter)
    for (_, name), frames in zip(calls, rows.split("\n\n")):
        frames = re.findall(r"^(.+)\n(.+):(\d+):\d+$", frames, re.M)
        for function, file, line in frames:
            line = os.path.basename(file), int(line)
            lines[line].add(name or None)
            functions[line].add(function)
            numbers[line][name or None, frames[-1][0]] += 1
            name = None
    return lines, functions, numbers


def counts(site, calls):
    """CALLS: what is called in each line, or None."""
    if site["verdict"] != "missing":
        return True
    lines, functions, _ = calls or (None, {}, {})
    line = os.path.basename(site["file"]), site["line"]
    # A header's line is of several functions where macros name them, and some
    # units have no use for theirs.
    if site["function"] not in functions.get(line, {site["function"]}):
        return False
    if site["answers"]:
        return True
    if "string_function" in site:
        return False
    if lines is None:
        return True
    called = lines.get(line, set())
    return None in called or site["callee"] in called


def without_folded(sites, calls):
    """SITES but for those without an answer of which lines have more than their
    code has calls: those of other branches of a macro, where it is known which
    is taken, and equal calls."""
    by_call = collections.defaultdict(list)
    for site in sites:
        line = os.path.basename(site["file"]), site["line"]
        by_call[line, site["callee"]].append(site)
    folded = set()
    for (line, callee), group in by_call.items():
        in_functions = collections.Counter()
        for (name, function), number in calls[2][line].items():
            if name in (None, callee):
                in_functions[function] += number
        excess = len(group) - max(in_functions.values(), default=len(group))
        missing = [id(s) for s in group if s["verdict"] == "missing"]
        folded.update(missing[:max(excess, 0)])
    return [s for s in sites if id(s) not in folded]


def figures(sites):
    """Counts by which every figure of the report can be had, and summed."""
    count = collections.Counter((s["kind"], s["verdict"]) for s in sites)
    return {"sites": sum(s["kind"] == "type" for s in sites),
            "right": count["type", "right"], "wrong": count["type", "wrong"],
            "bytes": sum(s["kind"] == "bytes" for s in sites),
            "bytes_right": count["bytes", "right"],
            "bytes_wrong": count["bytes", "wrong"],
            "unknown": sum(s["kind"] == "unknown" for s in sites)}


def show(figure):
    def share(part, whole):
        return f"{100 * part / whole:.1f}%" if whole else "-"
    judged = figure["right"] + figure["wrong"]
    said = figure["bytes_right"] + figure["bytes_wrong"]
    print(f"{figure['sites']} sites with a type: answered"
          f" {share(judged, figure['sites'])}, right"
          f" {share(figure['right'], judged)}, recall"
          f" {share(figure['right'], figure['sites'])}")
    print(f"{figure['bytes']} of bytes: answered"
          f" {share(said, figure['bytes'])}, right"
          f" {share(figure['bytes_right'], said)};"
          f" {figure['unknown']} of which the source says nothing")


def show_failures(sites):
    for site in sites:
        if site["verdict"] == "right" or site["kind"] == "unknown":
            continue
        said = sorted({f"{a['type']} ({a.get('evidence', '')})"
                       for a in site["answers"]})
        print(f"{site['verdict']} {site['file']}:{site['line']}"
              f" {site['function']}: {site['callee']} gives"
              f" {site['types'][0] if site['types'] else site['kind']}"
              f" ({site['evidence']}); answers: {'; '.join(said) or 'none'}")


def read_run(description, listed):
    """The command line, the truth's sites and what was predicted."""
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth")
    parser.add_argument("predictions")
    parser.add_argument("--binary",
                        help="leave out what it has no call for")
    parser.add_argument("--list", action="store_true",
                        help=f"each {listed} that is not right")
    parser.add_argument("--counts", help="a file for the bare counts, as JSON")
    arguments = parser.parse_args()
    with open(arguments.truth) as stream:
        sites = [json.loads(row) for row in stream]
    with open(arguments.predictions) as stream:
        answers = [json.loads(row) for row in stream if row.strip()]
    return arguments, sites, answers


def show_run(arguments, counted, show, show_failures, sites):
    """As the command line asks for it."""
    show(counted)
    if arguments.counts:
        with open(arguments.counts, "w") as stream:
            json.dump(counted, stream)
            stream.write("\n")
    if arguments.list:
        show_failures(sites)


def main():
    arguments, sites, answers = read_run(__doc__, "site")
    attach(sites, answers)
    lines, made = collections.defaultdict(set), collections.defaultdict(set)
    callees = {site["callee"] for site in sites}
    for site in sites:
        site["answers"] = judged(site, callees)
        lines[site["file"], site["line"]] |= names(site)
        made[site["function"]] |= names(site)
    for site in sites:
        site["verdict"] = judge(site, lines[site["file"], site["line"]], made)
    calls = calls_by_line(arguments.binary) if arguments.binary else None
    sites = [s for s in sites if counts(s, calls)]
    if calls:
        sites = without_folded(sites, calls)
    show_run(arguments, figures(sites), show, show_failures, sites)


if __name__ == "__main__":
    main()
