# SPDX-License-Identifier: Apache-2.0
"""What the compiler was asked for, of compile_commands.json."""
import json
import os
import re

# Flags that decide what the source means.
KEPT = re.compile(r"-(?:[DUI].|i(?:quote|system|dirafter).|std=|m(?!align)|"
                  r"ansi|pthread|f(?:short|pack|no-exc))")
KEPT_WITH_NEXT = {"-D", "-U", "-I", "-isystem", "-iquote", "-idirafter",
                  "-include"}


def compilations(path):
    """(directory, file, flags), each file once with the same macros: some are
    compiled for several types."""
    seen = {}
    with open(path) as stream:
        for entry in json.load(stream):
            words = entry.get("arguments") or entry["command"].split()
            flags = tuple(
                w for i, w in enumerate(words) if i and
                (KEPT.match(w) or w in KEPT_WITH_NEXT or
                 words[i - 1] in KEPT_WITH_NEXT))
            key = os.path.realpath(
                os.path.join(entry["directory"], entry["file"]))
            macros = tuple(sorted({
                w for i, w in enumerate(flags)
                if w[:2] in ("-D", "-U") or flags[i - 1] in ("-D", "-U")} -
                {"-DPIC"}))
            # Configuration tries files that are gone afterwards.
            if os.path.isdir(entry["directory"]) and os.path.exists(key):
                seen.setdefault((key, macros),
                                (entry["directory"], entry["file"], flags))
    return list(seen.values())
