#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutate.py ALLOTYPE_META COUNT SEED FILE...: compiles COUNT damaged copies
of ELF files, and reads damaged copies of what they compile to.

Whatever a file holds, the compiler ends by itself, with an error or without,
in 10 seconds and 1 GB.  Same SEED, same damage.  What breaks this is kept in
the current folder as mutant-NUMBER, and the exit status is 1.
"""
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import tempfile

SECONDS = 10
PEAK_KB = 1 << 20
INTERESTING = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF,
               0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 1 << 63,
               0xFFFFFFFFFFFFFFFF]


def sections(data):
    """(offset, size, name) of an ELF file's sections; none of other files."""
    if data[:4] != b"\x7fELF":
        return []
    table, = struct.unpack_from("<Q", data, 40)
    entry, count, names = struct.unpack_from("<HHH", data, 58)
    headers = [struct.unpack_from("<IIQQQQ", data, table + i * entry)
               for i in range(count)]
    base = headers[names][4]
    result = []
    for name, kind, _, _, offset, size in headers:
        end = data.index(b"\0", base + name)
        if kind != 8 and size:
            result.append((offset, size, data[base + name:end].decode()))
    return result


def place(chance, data, parts):
    """Mostly in debug information, sometimes in headers or anywhere."""
    wanted = [s for s in parts if s[2].startswith((".debug", ".eh_frame",
                                                    ".rela", ".dyn"))]
    way = chance.random()
    if way < 0.7 and wanted:
        # Small sections, abbreviations above all, as often as large ones.
        offset, size, _ = chance.choice(wanted)
        return min(offset + chance.randrange(size), len(data) - 1)
    if way < 0.8 or not parts:
        return chance.randrange(min(len(data), 1024))
    if way < 0.9:
        table, = struct.unpack_from("<Q", data, 40)
        return min(table + chance.randrange(64 * len(parts)), len(data) - 1)
    return chance.randrange(len(data))


def mutate(chance, data, parts):
    data = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4, 16, 64])):
        at = place(chance, data, parts)
        way = chance.randrange(6)
        if way == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            data[at] = chance.randrange(256)
        elif way == 2:
            width = chance.choice([1, 2, 4, 8])
            value = chance.choice(INTERESTING) & ((1 << 8 * width) - 1)
            data[at:at + width] = value.to_bytes(width, "little")
        elif way == 3:
            length = chance.randrange(1, 64)
            source = chance.randrange(len(data))
            data[at:at + length] = data[source:source + length]
        elif way == 4:
            data[at:at + 16] = bytes(len(data[at:at + 16]))
        else:
            length = chance.randrange(1, 8)
            data[at:at + length] = chance.randbytes(length)
    if chance.random() < 0.05:
        del data[chance.randrange(len(data)):]
    return bytes(data)


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command):
    """What is wrong with how COMMAND ends; None when nothing is."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=limits)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return "ran too long" if name == "SIGXCPU" else "ends by " + name
    if os.WEXITSTATUS(status) > 1:
        return f"exit status {os.WEXITSTATUS(status)}"
    if usage.ru_maxrss > PEAK_KB:
        return f"took {usage.ru_maxrss // 1024} MB"
    return None


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    meta, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        victims = []
        for number, path in enumerate(sys.argv[4:]):
            compiled = f"{folder}/{number}.meta"
            subprocess.run([meta, "build", path, "-o", compiled], check=True)
            for name in (path, compiled):
                with open(name, "rb") as file:
                    data = file.read()
                victims.append((data, sections(data)))
        for number in range(count):
            chance = random.Random(seed * 1000003 + number)
            # Three ELF files for each metadata file.
            which = chance.randrange(len(victims) // 2) * 2
            data, parts = victims[which + (chance.random() < 0.25)]
            mutant = f"{folder}/mutant"
            with open(mutant, "wb") as file:
                file.write(mutate(chance, data, parts))
            command = [meta, "build", "-o", "/dev/null", mutant]
            if not parts:
                command = [meta, "show", mutant]
            wrong = run(command)
            if wrong:
                failures += 1
                os.rename(mutant, f"mutant-{number}")
                print(f"mutant-{number}: {wrong}", flush=True)
    print(f"{count} files, {failures} failures")
    sys.exit(failures > 0)


main()
