#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges the answers of `allotype meta sites --json` of a C++ program.

    score_cxx.py truth.jsonl predictions.jsonl --binary BIN [--list]

An answer belongs to what truth_cxx.py found in its line, or up to two lines
away where nothing of its own line waits for one.  Verdicts on a call:

    right    an answer of its line names its type, and every other one what
             else the line may allocate
    wrong    an answer names what the line does not allocate
    vague    the answers name no type
    missing  the line has no answer, or only those of its neighbours

What has no answer counts where the binary has in that line another call that
may allocate: of operator new, or of a function of the C++ library that comes to
it, and for strings of a function of theirs.  Compilers drop others, and merge
calls, which have no line then: answers on those are not judged.
"""
import collections
import os
import re
import shutil
import subprocess

from score import NEAR, WORDS, common_end, integer, read_run, show_run

KINDS = ("new", "container", "string")
TAGS = re.compile(r"\b(?:struct|union|class|enum|const|volatile)\b|"
                  r"\(anonymous namespace\)::|\{anonymous\}::|"
                  r"__cxx11::|\[abi:\w+\]")
STRINGS = {"string": "char", "wstring": "wchar_t", "u16string": "char16_t",
           "u32string": "char32_t"}
# Mangled: operator new, also of a class, the C library's allocators, and what
# of std::string lies in libstdc++ and allocates.
NEW = re.compile(r"_Zn[wa][jm]|_ZN.*n[wa][jm]\w*$|_?_?(?:m|c|re)alloc$")
STRING = re.compile(r"_Z(?:N[KRO]*St7__cxx1112basic_string|N[KRO]*Sb|"
                    r"StplI|NSt7__cxx119to_string)")
ALLOCATING = re.compile(r"9_M_(?:create|append|assign|mutate)|10_M_replace|"
                        r"14_M_replace|12_M_construct|C[12]E|aS|pL|6append|"
                        r"6assign|6insert|7reserve|6resize|9push_back|7replace|"
                        r"6substr|plI")
LIBRARY = re.compile(r"_Z(?:N[KRO]*)?(?:S[tabsiod]|9__gnu_cxx)")
# That of binutils 2.40 loses inlined calls with ranges of DWARF 5.
ADDR2LINE = shutil.which("llvm-addr2line-14") or "addr2line"
CALL_SIZE = 8  # at most, and one
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
CALL = re.compile(r"^\s*([0-9a-f]+):\s+(?:(?:bnd )?call|(?:bnd )?jmp)\s+"
                  r"[0-9a-f]+ <([^+>]*)>")


# Types

def split(text):
    """NAME<A, B>::REST at its outermost brackets and commas."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        if letter in "<([":
            depth += 1
        elif letter in ">)]":
            depth -= 1
        elif letter == "," and not depth:
            parts.append(text[start:at])
            start = at + 1
    return parts + [text[start:]]


def parsed(name):
    """(qualified name, arguments, what follows) of a type's name."""
    name = re.sub(r" ?([*&()\[\]<>,]|::) ?", r"\1", name.strip())
    at = name.find("<")
    if at < 0:
        plain = re.match(r"[\w:]*(?: \w+)*", name)[0]
        return plain, [], name[len(plain):]
    depth = end = 0
    for end in range(at, len(name)):
        depth += (name[end] == "<") - (name[end] == ">" and name[end - 1] != "-")
        if not depth:
            break
    return name[:at], split(name[at + 1:end]), name[end + 1:]


def normal(name):
    """A type's name without tags and dimensions, and with one spelling of
    integers."""
    name = WORDS.sub(integer, re.sub(r"\s+", " ", TAGS.sub("", name or "")))
    name = re.sub(r"\bstd::(\w*string)\b",
                  lambda m: f"std::basic_string<{STRINGS[m[1]]}>"
                  if m[1] in STRINGS else m[0], name)
    return re.sub(r"(\[[^]]*\])+$", "", name.strip()).strip()


def is_same(a, b):
    """Namespaces, and the last arguments of templates, matter where both
    names have them."""
    if a == b:
        return True
    first, second = parsed(a), parsed(b)
    names = zip(reversed(first[0].split("::")), reversed(second[0].split("::")))
    if not all(x == y for x, y in names) or bool(first[1]) != bool(second[1]):
        # An enumerator is a number in one compiler's names.
        return bool(re.match(r"\(|-?\d", a) or re.match(r"\(|-?\d", b))
    rest = first[2].lstrip(":"), second[2].lstrip(":")
    return all(map(is_same, first[1], second[1])) and (
        is_same(*rest) if first[0] and second[0] else rest[0] == rest[1])


def names(site):
    return {normal(t) for t in site["types"]}


def fits(answer, wanted):
    spellings = [answer]
    # Of classes in templates libclang shows no instances.
    outer, arguments, rest = parsed(answer)
    if arguments and rest.startswith("::"):
        spellings.append(outer + rest)
    return any(w == "*" or is_same(a, w) for w in wanted for a in spellings)


# Lines

def by_line(sites):
    """{base name of a file: {line: sites}}"""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for site in sites:
        for line in site["lines"]:
            found[os.path.basename(site["file"])][line].append(site)
    return found


def attach(sites, answers):
    """Gives each judged site the answers of its lines."""
    where = by_line(s for s in sites if s["kind"] != "other")
    for site in sites:
        site["answers"], site["distance"] = [], None
    for distance in range(NEAR + 1):
        rest = []
        for answer in answers:
            lines = where.get(os.path.basename(answer["file"] or ""), {})
            found = [s for line in {answer["line"] - distance,
                                    answer["line"] + distance}
                     for s in lines.get(line, ())
                     if s["distance"] in (None, distance)]
            end = max((common_end(s["file"], answer["file"]) for s in found),
                      default=None)
            found = [s for s in found
                     if common_end(s["file"], answer["file"]) == end]
            for site in found:
                if site["distance"] is None or answer not in site["answers"]:
                    site["answers"].append(answer)
                site["distance"] = distance
            if not found:
                rest.append(answer)
        answers = rest


def explain(sites):
    """For each judged site, what else its lines may allocate."""
    where = by_line(sites)
    for site in sites:
        lines = where[os.path.basename(site["file"])]
        first, last = min(site["lines"]) - NEAR, max(site["lines"]) + NEAR
        site["others"] = {
            n for line in range(first, last + 1) for s in lines.get(line, ())
            if s is not site for n in names(s)} if site["kind"] != "other" else ()


def judge(site):
    if not site["answers"]:
        return "missing"
    said = {normal(a["type"]) for a in site["answers"]} - {"", "void"}
    if not said:
        return "vague"
    own = {n for n in said if fits(n, names(site))}
    if any(not fits(n, site["others"]) for n in said - own):
        return "wrong"
    return "right" if own else "missing"


# The binary

def calls(binary):
    """[(address, name of the function called)], {function: what it calls}"""
    code = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", binary],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    found, graph, current = [], collections.defaultdict(set), None
    for row in code.split("\n"):
        head = FUNCTION.match(row)
        if head:
            current = head[1].split("@")[0]
            continue
        call = CALL.match(row)
        if call:
            name = re.sub(r"@.*|\.(?:part|isra|constprop|cold).*", "", call[2])
            found.append((call[1], name))
            graph[current].add(name)
    return found, graph


def allocating(graph):
    """{function: which kinds of judged call it may be of}"""
    known = {}
    every = set(graph) | {n for callees in graph.values() for n in callees}
    for name in every:
        if NEW.match(name):
            known[name] = {"new"}
        elif STRING.match(name) and ALLOCATING.search(name):
            known[name] = {"string"}
    changed = True
    while changed:
        changed = False
        for name, callees in graph.items():
            if not name or not LIBRARY.match(name) or name in known:
                continue
            kinds = {k for c in callees for k in known.get(c, ())}
            if kinds:
                known[name] = {"string"} if STRING.match(name) else kinds
                changed = True
    return known


def places(binary, addresses, files):
    """For each address: (base name, line) of the innermost of the lines of
    FILES, base names, that it is inlined to; None where it has none."""
    rows = subprocess.run(
        [ADDR2LINE, "-a", "-i", "-e", binary], input="\n".join(addresses),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    found, placed = [], False
    for row in rows.split("\n"):
        if row.startswith("0x"):
            found.append(None)
            placed = False
            continue
        place = re.match(r"(.+):(\d+|\?)", row)
        base = os.path.basename(place[1]) if place else None
        if base in files and not placed and "/c++/" not in row:
            found[-1] = None if place[2] in "?0" else (base, int(place[2]))
            placed = True
    return found


def lines_that_allocate(binary, files, answers):
    """(base name, line): kinds of call there that have no answer."""
    found, graph = calls(binary)
    known = allocating(graph)
    answered = {int(a["address"], 16) for a in answers}
    found = [(address, known[name]) for address, name in found
             if name in known and answered.isdisjoint(
                 range(int(address, 16) + 1, int(address, 16) + CALL_SIZE))]
    lines = collections.defaultdict(set)
    for place, (_, kinds) in zip(
            places(binary, [a for a, _ in found], files), found):
        lines[place] |= kinds
    return lines


def with_lines(answers, binary, files):
    """Those that the compiler gives a line of their own: what it merges has
    none."""
    calls_at = [hex(int(a["address"], 16) - 1) for a in answers]
    own = places(binary, calls_at, files)
    return [a for a, place in zip(answers, own)
            if place or os.path.basename(a["file"] or "") not in files]


def counts(site, lines):
    """LINES: of lines_that_allocate, or None."""
    if site["kind"] == "other" or site["verdict"] != "missing" or lines is None:
        return site["kind"] != "other"
    wanted = {"string"} if site["types"] == ["char"] else {"new"}
    if site["kind"] == "string" and wanted == {"new"}:
        wanted.add("string")
    base = os.path.basename(site["file"])
    return any(lines.get((base, line), set()) & wanted for line in site["lines"])


# Figures

def figures(sites):
    count = collections.Counter((s["kind"], s["verdict"]) for s in sites)
    out = {}
    for kind in KINDS:
        out[kind] = sum(s["kind"] == kind for s in sites)
        out[kind + "_right"] = count[kind, "right"]
        out[kind + "_wrong"] = count[kind, "wrong"]
    return out


def show(figure):
    def share(part, whole):
        return f"{100 * part / whole:.1f}%" if whole else "-"
    for kind in KINDS:
        right = figure[kind + "_right"]
        judged = right + figure[kind + "_wrong"]
        print(f"{figure[kind]} of kind {kind}: answered"
              f" {share(judged, figure[kind])}, right {share(right, judged)},"
              f" recall {share(right, figure[kind])}")


def show_failures(sites):
    for site in sites:
        if site["verdict"] == "right":
            continue
        said = sorted({f"{a['type']} ({a.get('evidence', '')})"
                       for a in site["answers"]})
        print(f"{site['verdict']} {site['file']}:{site['lines'][0]}"
              f" {site['function']}: {site['callee']} ({site['kind']}) gives"
              f" {site['types'][0]}; answers: {'; '.join(said) or 'none'}")


def main():
    arguments, sites, every = read_run(__doc__, "call")
    answers = [a for a in every if not a.get("wrapper")]
    files = {os.path.basename(s["file"]) for s in sites}
    if arguments.binary:
        answers = with_lines(answers, arguments.binary, files)
    attach(sites, answers)
    explain(sites)
    for site in sites:
        site["verdict"] = judge(site)
    lines = None
    if arguments.binary:
        lines = lines_that_allocate(arguments.binary, files, every)
    sites = [s for s in sites if counts(s, lines)]
    show_run(arguments, figures(sites), show, show_failures, sites)


if __name__ == "__main__":
    main()
