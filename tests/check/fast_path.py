#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the machine code of the hot paths of the built library.

From the entry of malloc, free and their C++ names to a return, on every way
that makes no call: no lock prefix, no exchange with memory, no fence, no
system call; and there is such a way, and it does the work: it writes what an
allocation or a free writes.  calloc may call its fast part and memset.
"""
import collections
import os
import re
import subprocess
import sys

LIBRARY = os.path.join(os.environ.get("top_builddir", "."),
                       ".libs/liballotype.so")
NM = os.environ.get("NM", "nm").split()
# The function, what it may go through, and how many stores outside the
# stack its work takes at least: the free bits and the record.
FUNCTIONS = [
    ("malloc", (), 2),
    ("free", (), 2),
    ("_Znwm", (), 2),
    ("_Znam", (), 2),
    ("_ZdlPv", ("heap_free",), 2),
    ("calloc", ("heap_allocate_zeroed", "zeroed_fast", "memset"), 2),
]
FORBIDDEN = re.compile(
    r"^(lock|xacquire|xrelease|syscall|sysenter|int|int3|[lms]fence|pause|"
    r"cpuid|xbegin|mwait)$")
# Written operands are the last in AT&T syntax.
WRITERS = re.compile(r"^(mov[bwlq]?|mov[au]ps|movdq[au]|or[bwlq]?|and[bwlq]?|"
                     r"add[bwlq]?|sub[bwlq]?|bts[wlq]?|btr[wlq]?|xor[bwlq]?|"
                     r"inc[bwlq]?|dec[bwlq]?)$")

Instruction = collections.namedtuple("Instruction",
                                     "mnemonic operands next symbol")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout


def read_symbols():
    """Address and size of every function, by name."""
    symbols = {}
    for line in run(*NM, "-S", "--defined-only", LIBRARY).splitlines():
        fields = line.split()
        if len(fields) == 4 and fields[2] in "tTiW":
            symbols[fields[3]] = (int(fields[0], 16), int(fields[1], 16))
    return symbols


def read_code(start, size):
    """The instructions of one function, by address."""
    text = run("objdump", "-d", "--no-show-raw-insn",
               "--start-address=%#x" % start,
               "--stop-address=%#x" % (start + size), LIBRARY)
    lines = re.findall(r"^\s*([0-9a-f]+):\t(.*)$", text, re.M)
    addresses = [int(address, 16) for address, _ in lines] + [start + size]
    code = {}
    for i, (_, words) in enumerate(lines):
        words = re.sub(r"^((rex\.?\w*|repz|repnz|bnd|notrack|data16|cs|ds)\s+)+",
                       "", words.split("#")[0].strip())
        symbol = re.search(r"<([^>+@]+)(@[^>]*)?>", words)
        mnemonic, _, operands = words.partition(" ")
        code[addresses[i]] = Instruction(mnemonic, operands.strip(),
                                         addresses[i + 1],
                                         symbol and symbol.group(1))
    return code


def split_name(name):
    """Without what compilers append to copies of a function."""
    return re.sub(r"\.(part|constprop|isra|cold|llvm).*", "", name or "")


def target_of(instruction):
    match = re.match(r"([0-9a-f]+)\b", instruction.operands)
    return int(match.group(1), 16) if match else None


def successors(instruction, code, through):
    """Where it goes on in this function; None: it leaves for a slow path."""
    name = instruction.mnemonic
    target = target_of(instruction)
    if name.startswith("ret"):
        return []
    if name.startswith("call"):
        known = split_name(instruction.symbol) in through
        return [instruction.next] if known else None
    if name == "jmp":
        return [target] if target in code else None
    if name.startswith("j"):
        return [a for a in (target, instruction.next) if a in code]
    if name in ("ud2", "hlt"):
        return None
    return [instruction.next] if instruction.next in code else None


def hot_code(code, start, through):
    """What lies on some way from START to a return, without other calls."""
    follow, seen, work = {}, set(), [start]
    while work:
        address = work.pop()
        if address in seen:
            continue
        seen.add(address)
        follow[address] = successors(code[address], code, through)
        work.extend(follow[address] or [])
    hot = {a for a in seen if code[a].mnemonic.startswith("ret") or
           leaves_well(code[a], code, through)}
    grown = True
    while grown:
        more = {a for a in seen - hot if set(follow[a] or []) & hot}
        hot |= more
        grown = bool(more)
    return hot if start in hot else set()


def leaves_well(instruction, code, through):
    """A tail call of what may be gone through."""
    return (instruction.mnemonic == "jmp" and
            target_of(instruction) not in code and
            split_name(instruction.symbol) in through)


def frame_registers(code):
    """What leads to the stack: rbp is any register where it is no frame's."""
    framed = any(i.mnemonic == "mov" and i.operands == "%rsp,%rbp"
                 for i in code.values())
    return "[sb]" if framed else "s"


def is_store(instruction, frame):
    last = re.split(r",(?![^()]*\))", instruction.operands)[-1]
    return (bool(WRITERS.match(instruction.mnemonic)) and "(" in last and
            not re.search(r"\(%%r%sp" % frame, last))


def find_faults(code, hot):
    for address in sorted(hot):
        instruction = code[address]
        exchange = (instruction.mnemonic.startswith("xchg") and
                    "(" in instruction.operands)
        if FORBIDDEN.match(instruction.mnemonic) or exchange:
            yield "%x: %s %s" % (address, instruction.mnemonic,
                                 instruction.operands)


def check(symbols, name, through, stores):
    """The faults of one function."""
    faults, found, hot_length = [], 0, 0
    parts = [name] + [s for s in symbols if split_name(s) in through]
    for part in parts:
        start, size = symbols[part]
        code = read_code(start, size)
        hot = hot_code(code, start, through)
        if not hot:
            faults.append("%s: no way to a return without a call" % part)
        faults += ["%s: %s" % (part, f) for f in find_faults(code, hot)]
        frame = frame_registers(code)
        found += sum(is_store(code[a], frame) for a in hot)
        hot_length += len(hot)
    if found < stores:
        faults.append("%s: the way without calls only writes %d times" %
                      (name, found))
    print("%s: %d instructions on ways without calls, %d stores" %
          (name, hot_length, found))
    return faults


def main():
    symbols = read_symbols()
    faults = []
    for name, through, stores in FUNCTIONS:
        if name not in symbols:
            faults.append("%s: not in the library" % name)
            continue
        faults += check(symbols, name, through, stores)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
