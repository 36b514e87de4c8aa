# SPDX-License-Identifier: Apache-2.0
"""Allotype in gdb: what is at an address of a process or a core file?

    alloc what [--collect] EXPRESSION  a line for each level, mapping first
    alloc heap [OPTION...]      live heap objects by type, site or allocator
    $alloc_base(P) $alloc_size(P) $alloc_type(P)

gdb loads this file by itself with liballotype.so if its folder is in the
auto-load safe-path; `source` works as well.

The answers are those of the `allotype' command, which this script runs; so
they are the same words.  Of a live process the command reads memory and
registers through gdb, which may do so where others may not.
"""

import json
import os
import shutil
import struct
import subprocess
import tempfile

import gdb

# DWARF register numbers (System V AMD64 psABI, figure 3.36).
REGISTERS = ("rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8",
             "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip")


def own_folders():
    """Where this script may have been installed or built."""
    paths = [globals().get("__file__")]
    if gdb.current_objfile():
        paths.append(gdb.current_objfile().filename)
    return [os.path.dirname(os.path.realpath(p)) for p in paths if p]


FOLDERS = own_folders()


def find_command():
    given = os.environ.get("ALLOTYPE_COMMAND")
    if given:
        return given
    for folder in FOLDERS:
        for relative in ("allotype", "../bin/allotype", "../../bin/allotype",
                         "../../../bin/allotype", "../tools/allotype"):
            path = os.path.normpath(os.path.join(folder, relative))
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    found = shutil.which("allotype")
    if not found:
        raise gdb.GdbError("the allotype command is not beside this script, "
                           "nor in PATH; ALLOTYPE_COMMAND may say where it is")
    return found


def core_path():
    """The core file gdb looks into, or None."""
    expecting = False
    for line in gdb.execute("info files", to_string=True).splitlines():
        line = line.strip()
        if line.startswith("`") and ", file type" in line and expecting:
            return line[1:line.rindex("'")]
        expecting = line.endswith("core dump file:")
    return None


class Server:
    """Answers the command's questions about the process: memory and
    registers, over a pair of pipes."""

    def __init__(self, inferior):
        self.inferior = inferior
        self.questions, self.write_end = os.pipe()
        self.read_end, self.answers = os.pipe()

    def child_ends(self):
        return (self.read_end, self.write_end)

    def close_child_ends(self):
        os.close(self.read_end)
        os.close(self.write_end)

    def close(self):
        os.close(self.questions)
        os.close(self.answers)

    def read_memory(self, address, size):
        try:
            return bytes(self.inferior.read_memory(address, size))
        except (gdb.error, OverflowError):
            return None

    def read_registers(self, tid):
        selected = gdb.selected_thread()
        try:
            frame = gdb.selected_frame()
        except gdb.error:
            frame = None
        try:
            for thread in self.inferior.threads():
                if thread.ptid[1] == tid:
                    thread.switch()
                    newest = gdb.newest_frame()
                    values = [int(newest.read_register(name)) & (2**64 - 1)
                              for name in REGISTERS]
                    return struct.pack("<17Q", *values)
            return None
        except gdb.error:
            return None
        finally:
            if selected and selected.is_valid():
                selected.switch()
            if frame and frame.is_valid():
                frame.select()

    def answer(self, question):
        words = question.split()
        if words[0] == "memory":
            data = self.read_memory(int(words[1], 16), int(words[2]))
        else:
            data = self.read_registers(int(words[1]))
        return b"n" if data is None else b"y" + data

    def serve(self):
        """Until the command closes its end."""
        with os.fdopen(os.dup(self.questions), "r") as lines:
            for line in lines:
                data = memoryview(self.answer(line))
                try:
                    while data:
                        data = data[os.write(self.answers, data):]
                except BrokenPipeError:
                    return


def run_process(command, arguments, inferior, out, err):
    server = Server(inferior)
    try:
        read_end, write_end = server.child_ends()
        child = subprocess.Popen(
            [command, "--debugger", "%d,%d" % (read_end, write_end)]
            + arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            pass_fds=server.child_ends())
        server.close_child_ends()
        server.serve()
        return child.wait()
    finally:
        server.close()


def run_command(name, arguments):
    """Runs `allotype NAME TARGET ARGUMENTS'; returns status, output and
    messages."""
    inferior = gdb.selected_inferior()
    core = core_path()
    if not core and not inferior.pid:
        raise gdb.GdbError("there is no process and no core file")
    target = os.path.abspath(core) if core else str(inferior.pid)
    command = find_command()
    with tempfile.TemporaryFile("w+") as out, \
            tempfile.TemporaryFile("w+") as err:
        if core:
            status = subprocess.call([command, name, target] + arguments,
                                     stdin=subprocess.DEVNULL, stdout=out,
                                     stderr=err)
        else:
            status = run_process(command, [name, target] + arguments,
                                 inferior, out, err)
        out.seek(0)
        err.seek(0)
        return status, out.read(), err.read()


def print_command(name, arguments):
    status, out, err = run_command(name, arguments)
    gdb.write(out)
    if err:
        gdb.write(err, gdb.STDERR)
    if status and not out:
        raise gdb.GdbError("no answer")


def address_of(value):
    """What a user means by VALUE: where a pointer points, and where anything
    else that has an address is."""
    kind = value.type.strip_typedefs().code
    if kind in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        return address_of(value.referenced_value())
    if kind in (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_STRUCT,
                gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_FUNC):
        if value.address is None:
            raise gdb.GdbError("the value is not in memory")
        value = value.address
    return int(value) & (2**64 - 1)


class AllocPrefix(gdb.Command):
    """Ask Allotype about addresses and the heap."""

    def __init__(self):
        super().__init__("alloc", gdb.COMMAND_DATA, prefix=True)


class AllocWhat(gdb.Command):
    """alloc what [--collect] EXPRESSION: say what is at an address.
A pointer means where it points, a number is an address; of an object that is
neither its own address is taken.  With --collect, pointers elsewhere and the
content of heap objects are asked, too."""

    def __init__(self):
        super().__init__("alloc what", gdb.COMMAND_DATA,
                         gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        option, _, rest = argument.strip().partition(" ")
        collect = option == "--collect"
        expression = rest if collect else argument
        if not expression.strip():
            raise gdb.GdbError("usage: alloc what [--collect] EXPRESSION")
        address = address_of(gdb.parse_and_eval(expression))
        print_command("what", collect * ["--collect"] + ["0x%x" % address])


class AllocHeap(gdb.Command):
    """alloc heap [--by type|site|allocator] [--top N] [--collect] [--json]:
list the live heap objects in groups, the largest first."""

    def __init__(self):
        super().__init__("alloc heap", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        print_command("heap", gdb.string_to_argv(argument or ""))


def ask(value):
    status, out, _ = run_command("what",
                                 ["--json", "0x%x" % address_of(value)])
    return json.loads(out) if status == 0 and out else {}


class AllocFunction(gdb.Function):
    """$alloc_NAME(P): one fact about the allocation that P points into."""

    def __init__(self, name, key, missing):
        super().__init__("alloc_" + name)
        self.key = key
        self.missing = missing

    def invoke(self, value):
        answer = ask(value).get(self.key)
        if answer is None:
            return self.missing
        return self.convert(answer)

    def convert(self, answer):
        return answer


class AllocBase(AllocFunction):
    """$alloc_base(P): the first byte of the allocation that P points into, as
a void *; NULL when there is none."""

    def convert(self, answer):
        pointer = gdb.lookup_type("void").pointer()
        return gdb.Value(int(answer, 16)).cast(pointer)


class AllocSize(AllocFunction):
    """$alloc_size(P): the size in bytes of the allocation that P points into,
exactly as it was asked for; 0 when there is none."""


class AllocType(AllocFunction):
    """$alloc_type(P): the type of the allocation that P points into, as a
string; "unknown" when nobody knows."""


AllocPrefix()
AllocWhat()
AllocHeap()
AllocBase("base", "base", 0)
AllocSize("size", "size", 0)
AllocType("type", "type", "unknown")
