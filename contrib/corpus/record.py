#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""record.py COMPILER ARGUMENT...: runs the compiler.

Where CORPUS_COMMANDS names a file, every compilation is appended to it, as an
element of a compile_commands.json and a comma, on a line of its own.  As
these come from many processes, a line is one write.
"""
import json
import os
import sys

SOURCES = (".c", ".cc", ".cpp", ".cxx")
# Nothing is compiled: what depends on what, or how the source then reads.
NOT_COMPILED = {"-E", "-M", "-MM"}


def main():
    arguments = sys.argv[1:]
    log = os.environ.get("CORPUS_COMMANDS")
    sources = [a for a in arguments if a.endswith(SOURCES) and
               not a.startswith("conftest")]
    if log and sources and NOT_COMPILED.isdisjoint(arguments):
        lines = [json.dumps({"directory": os.getcwd(), "file": source,
                             "arguments": arguments}) + ",\n"
                 for source in sources]
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.write(descriptor, "".join(lines).encode())
        os.close(descriptor)
    os.execvp(arguments[0], arguments)


main()
