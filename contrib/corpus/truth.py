#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each allocation call of a program allocates, as its source says.

    truth.py compile_commands.json [--root DIR] > truth.jsonl

Every unit is preprocessed, so that macros are gone and line markers say where
a line comes from, and read by libclang.  One pass keeps all calls whose result
may be memory; the wrappers among the functions are known when all units are
read: functions that return, as plain memory, what an allocator gave them,
where nothing names a type, or behind a header of a size that is no constant, as
a record that others begin with.  A site is a call of an allocator, of a pointer
to one (a member whose name has "alloc") or of a wrapper.  One JSON object a
line:

    file, line       as in a line table: relative to the root; of the expansion
    function, callee
    kind             type:    sizeof, a cast or the target name a type
                     bytes:   they name characters, or the callee makes strings
                     unknown: nothing names a type
    types            every name of that type; several types where several
                     branches or instances of the line differ; of bytes, what
                     record the function takes them for afterwards
    evidence         sizeof+target, sizeof, target (of which a cast is one), new
    string_function  the function gives on the characters as its result: they
                     may as well count as allocated by its callers
"""
import argparse
import bisect
import collections
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys

sys.path.append("/usr/lib/python3/dist-packages")
from clang.cindex import Config, CursorKind as C, Index, TypeKind  # noqa: E402

from truth_commands import compilations  # noqa: E402
from truth_sites import STRING_NAME, sites  # noqa: E402

MEMORY = {"malloc", "calloc", "realloc", "reallocarray", "memalign", "valloc",
          "pvalloc", "aligned_alloc", "posix_memalign", "g_malloc", "g_malloc0",
          "g_realloc", "g_malloc_n", "g_malloc0_n", "g_realloc_n"}
STRINGS = {"strdup", "strndup", "asprintf", "vasprintf", "getline", "getdelim",
           "realpath", "canonicalize_file_name", "get_current_dir_name",
           "g_strdup", "g_strndup", "g_strdup_printf"}
BY_POINTER = {"posix_memalign", "asprintf", "vasprintf", "getline", "getdelim"}
# Those that take an alignment: where the size is.
ALIGNED = {"posix_memalign": 2, "memalign": 1, "aligned_alloc": 1}
LIBRARY = MEMORY | STRINGS
SHAPES = (C.UNEXPOSED_EXPR, C.PAREN_EXPR, C.CSTYLE_CAST_EXPR,
          C.CXX_STATIC_CAST_EXPR, C.CXX_REINTERPRET_CAST_EXPR)
CASTS = SHAPES[2:]
FUNCTIONS = (C.FUNCTION_DECL, C.CXX_METHOD, C.CONSTRUCTOR, C.DESTRUCTOR,
             C.FUNCTION_TEMPLATE)
TYPEDEFS = (C.TYPEDEF_DECL, C.TYPE_ALIAS_DECL)
CHARACTERS = (TypeKind.CHAR_S, TypeKind.CHAR_U, TypeKind.SCHAR, TypeKind.UCHAR)
NUMBERS = (TypeKind.INT, TypeKind.UINT, TypeKind.LONG, TypeKind.ULONG,
           TypeKind.LONGLONG, TypeKind.ULONGLONG)
# Of sizes: variables that are sums of variables.
DEEPEST = 8
CLANG = shutil.which("clang-14") or "clang"
SOURCES_CXX = (".cc", ".cpp", ".cxx")
QUALIFIERS = re.compile(r"\b(?:const|volatile|restrict|__restrict|_Atomic)\b")


def plain(spelling):
    """A type's spelling without what does not matter."""
    spelling = re.sub(r"\s+", " ", QUALIFIERS.sub("", spelling)).strip()
    spelling = re.sub(r"\((?:unnamed|anonymous)(?: \w+)? at [^()]*?([^/()]+):(\d+):"
                      r"\d+\)", r"(anonymous at \1:\2)", spelling)
    spelling = re.sub(r" ?(\*)", r" \1", spelling).replace("* *", "**")
    return spelling.replace("( ", "(")


def pointee(kind):
    """What KIND points to, canonical, or None."""
    kind = kind.get_canonical() if kind else None
    if kind is None or kind.kind not in (TypeKind.POINTER, TypeKind.LVALUEREFERENCE):
        return None
    return kind.get_pointee().get_canonical()


def element(kind):
    while kind.kind in (TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY,
                        TypeKind.VARIABLEARRAY):
        kind = kind.element_type.get_canonical()
    return kind


def plain_record(kind):
    return re.sub(r"\b(?:const|volatile) ", "", kind.spelling)


def is_character(kind):
    return kind is not None and kind.get_canonical().kind in CHARACTERS


def is_void(kind):
    return kind is not None and kind.get_canonical().kind == TypeKind.VOID


class Unit:
    """One translation unit: its calls that may allocate, its functions."""

    def __init__(self, root, directory, file, flags):
        command = [CLANG, "-E", "-w", *flags, file]
        done = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        self.text = done.stdout
        self.failed = done.returncode
        self.directory, self.root = directory, root
        self.index_lines()
        self.calls, self.names = [], collections.defaultdict(set)
        self.assigned, self.returned, self.inside = {}, set(), set()
        self.passed, self.taken, self.outer = {}, {}, {}
        self.bases = set()
        language = "c++-cpp-output" if file.endswith(SOURCES_CXX) else \
            "cpp-output"
        suffix = ".i"
        standard = [f for f in flags if f.startswith(("-std=", "-m"))]
        name = "/preprocessed" + suffix
        unit = Index.create().parse(
            name, ["-x", language, "-w", "-ferror-limit=0",
                   *standard],
            [(name, self.text.decode("latin-1").encode("ascii", "replace")
              .decode())])
        self.failed |= any(d.severity >= 3 for d in unit.diagnostics)
        for cursor in unit.cursor.get_children():
            self.top(cursor)

    def index_lines(self):
        """For each line of the text: its file and the number there."""
        self.lines = [(None, 0)]
        file, line = None, 0
        for row in self.text.split(b"\n"):
            self.lines.append((file, line))
            line += 1
            if row.startswith(b"# "):
                match = re.match(rb'# (\d+) "(.*?)"', row)
                if match:
                    file, line = self.path(match[2].decode()), int(match[1])

    def path(self, name):
        """Relative to the root, or None outside of it."""
        full = os.path.realpath(os.path.join(self.directory, name))
        if name.startswith("<") or not full.startswith(self.root + os.sep):
            return None
        return os.path.relpath(full, self.root)

    def source(self, cursor):
        return self.text[cursor.extent.start.offset:cursor.extent.end.offset]

    # Declarations

    def top(self, cursor):
        if cursor.kind == C.STRUCT_DECL:
            self.base(cursor)
        if cursor.kind in TYPEDEFS:
            self.typedef(cursor)
        elif cursor.kind in (C.NAMESPACE, C.LINKAGE_SPEC, C.UNEXPOSED_DECL,
                             C.CLASS_DECL, C.STRUCT_DECL, C.CLASS_TEMPLATE):
            if cursor.kind == C.STRUCT_DECL and self.text and \
                    not self.is_ours(cursor):
                return
            for child in cursor.get_children():
                self.top(child)
        elif cursor.kind in FUNCTIONS and cursor.is_definition() and \
                self.is_ours(cursor):
            self.function(cursor)

    def typedef(self, cursor):
        kind = cursor.underlying_typedef_type.get_canonical()
        base = plain(kind.spelling)
        self.names[base].add(cursor.spelling)
        # Dimensions do not count, not even hidden ones.
        self.names[plain(element(kind).spelling)].add(cursor.spelling)
        self.place(cursor, base)
        # Other typedefs may be within, as in a function's parameters.
        if "(" in base:
            self.names[base].add(plain(
                cursor.underlying_typedef_type.spelling))

    def base(self, record):
        """Notes what record another one begins with."""
        first = next((c for c in record.get_children()
                      if c.kind == C.FIELD_DECL), None)
        kind = first.type.get_canonical() if first else None
        if kind is not None and kind.kind == TypeKind.RECORD:
            self.bases.add(kind.spelling)

    def is_base(self, kind):
        return kind is not None and kind.kind == TypeKind.RECORD and \
            plain_record(kind) in self.bases

    def place(self, typedef, base):
        """An unnamed record's other name: debug information has no typedef
        that nothing uses but sizeof."""
        record = typedef.underlying_typedef_type.get_canonical()
        line = record.get_declaration().extent.start.line
        if base == typedef.spelling and line and self.lines[line][0]:
            file, line = self.lines[line]
            self.names[base].add(
                f"(anonymous at {os.path.basename(file)}:{line})")

    def is_ours(self, cursor):
        return self.lines[cursor.extent.start.line][0] is not None

    def function(self, cursor):
        self.assigned = collections.defaultdict(list)
        self.returned, self.inside = set(), set()
        self.passed = collections.defaultdict(list)
        self.taken = collections.defaultdict(list)
        self.outer = collections.defaultdict(list)
        self.current = cursor
        first = len(self.calls)
        self.walk(cursor, [])
        sized = any(a.type.get_canonical().kind != TypeKind.POINTER or
                    is_character(pointee(a.type))
                    for a in cursor.get_arguments())
        for call in self.calls[first:]:
            self.follow(call)
            self.judge(call)
            variables = call.pop("variables")
            if call["kind"] == "bytes":
                call["types"] = self.taken_for(variables)
            # What follows a header of the function's own is its caller's.
            call["hands_on"] = sized and (
                call["some_size"] and bool(variables & self.inside) or (
                    call["hands_on"] or bool(variables & self.returned)) and (
                        call["kind"] != "type" or
                        call["any_size"] and call["evidence"] == "target" or
                        call["some_size"] and call["evidence"] == "sizeof" and
                        not any(map(self.is_record, call["types"]))))
            call["floats"] = self.is_base(pointee(cursor.result_type)) and \
                bool(variables & self.before_returned())
            call["passes"] = self.passes(cursor, call, variables)
            call["makes_own"] = bool(call["types"]) and call["types"][0] == \
                plain(getattr(pointee(cursor.result_type), "spelling", ""))
            if call.get("generic"):
                call["types"] = call["types"] + self.cast_to(variables)
            for key in ("sizes", "goals", "behind", "any_size", "some_size",
                        "sized_element", "gives", "callee_result"):
                call.pop(key, None)

    def cast_to(self, variables):
        """The records that what begins with them is taken for afterwards."""
        return list({plain(g.spelling) for v in variables
                     for g in self.outer.get(v, ())})

    def before_returned(self):
        """The variables to which no constant is added for what is returned."""
        found = set()
        for variable in self.returned:
            for value in self.assigned.get(variable, ()):
                value = self.bare(value)
                children = list(value.get_children())
                if value.kind != C.BINARY_OPERATOR or \
                        self.operator(children) != "+":
                    continue
                base = self.bare(children[0])
                if base.kind == C.DECL_REF_EXPR and base.referenced and \
                        self.has_variable(children[1]):
                    found.add(base.referenced.hash)
        return found

    def passes(self, function, call, variables):
        """Does FUNCTION, which gives a number, hand on what it gets as no more
        than it is?"""
        result = pointee(function.result_type)
        if not call["gives"] or not self.is_base(result) or \
                not (call["returned"] or variables & self.returned):
            return False
        own = plain_record(result)
        return all(plain_record(g) == own for g in call["goals"]) and (
            own == call["callee_result"] or
            any(self.is_number(a.type) for a in function.get_arguments()))

    # Bodies

    def walk(self, cursor, parents):
        kind = cursor.kind
        children = list(cursor.get_children())
        if kind == C.VAR_DECL and children and children[-1].kind.is_expression():
            self.assigned[cursor.hash].append(children[-1])
            self.passed_on(children[-1], cursor.type)
        elif kind == C.BINARY_OPERATOR and self.operator(children) == "=":
            target = children[0]
            if target.kind == C.DECL_REF_EXPR and target.referenced:
                self.assigned[target.referenced.hash].append(children[1])
            self.passed_on(children[1], target.type)
        elif kind == C.RETURN_STMT and children:
            value = self.bare(children[0])
            # Or through a check that gives back what it is given.
            given = value.get_arguments() if value.kind == C.CALL_EXPR else []
            for value in (value, *map(self.bare, given)):
                if value.kind == C.DECL_REF_EXPR and value.referenced:
                    self.returned.add(value.referenced.hash)
                elif value.kind == C.BINARY_OPERATOR:
                    self.returned_sum(list(value.get_children()))
        elif kind == C.CALL_EXPR:
            self.call(cursor, children, parents)
        elif kind == C.CXX_NEW_EXPR:
            self.new(cursor)
        elif kind in TYPEDEFS:
            self.typedef(cursor)
        parents.append((cursor, children))
        for child in self.reached(kind, children):
            self.walk(child, parents)
        parents.pop()

    def reached(self, kind, children):
        """Without what a macro's condition that is 0 excludes."""
        condition = self.bare(children[0]) if kind == C.IF_STMT else None
        never = condition and condition.kind == C.INTEGER_LITERAL and \
            [t.spelling for t in condition.get_tokens()] == ["0"]
        return children[2:] if never else children

    def passed_on(self, value, kind):
        """A void * variable is assigned to what has type KIND."""
        goal = pointee(kind)
        value = self.bare(value)
        if goal is None or is_void(goal) or \
                value.kind != C.DECL_REF_EXPR or not value.referenced:
            return
        if is_void(pointee(value.type)):
            self.passed[value.referenced.hash].append(goal)
        elif is_character(pointee(value.type)) and \
                goal.kind == TypeKind.RECORD:
            self.taken[value.referenced.hash].append(goal)
        elif self.is_base(pointee(value.type)) and \
                goal.kind == TypeKind.RECORD:
            self.outer[value.referenced.hash].append(goal)

    def follow(self, call):
        """What a call gives to a void * variable, that is given on as but
        one type."""
        if not all(map(is_void, call["goals"])):
            return
        for variable in call["variables"]:
            goals = self.passed[variable]
            if len({g.spelling for g in goals}) == 1:
                call["goals"].append(goals[0])

    def taken_for(self, variables):
        """The one record, if any, that these variables' characters become."""
        found = {plain(g.spelling) for v in variables
                 for g in self.taken.get(v, ())}
        return list(found) if len(found) == 1 else []

    def returned_sum(self, children):
        value = self.bare(children[0])
        if value.kind == C.DECL_REF_EXPR and value.referenced and \
                self.operator(children) == "+":
            self.inside.add(value.referenced.hash)

    def operator(self, children):
        """Libclang 14 does not tell: what stands between the operands."""
        if len(children) != 2:
            return ""
        between = self.text[children[0].extent.end.offset:
                            children[1].extent.start.offset]
        return between.decode("latin-1").strip(" ()\n\t")

    def bare(self, cursor):
        while cursor.kind in SHAPES:
            children = [c for c in cursor.get_children()
                        if c.kind.is_expression()]
            if len(children) != 1:
                break
            cursor = children[0]
        return cursor

    def called(self, cursor):
        """The variable or member behind (*object->function)(...)."""
        cursor = self.bare(cursor)
        while cursor.kind == C.UNARY_OPERATOR:
            cursor = self.bare(next(cursor.get_children()))
        return cursor

    def record(self, cursor, callee):
        file, line = self.lines[cursor.extent.start.line]
        if file is None:
            return None
        name = self.current.spelling
        call = {"file": file, "line": line, "function": name, "callee": callee,
                "result": "void" if is_void(pointee(self.current.result_type))
                else "char" if is_character(pointee(self.current.result_type))
                else "other"}
        self.calls.append(call)
        return call

    def new(self, cursor):
        text = self.source(cursor)
        kind = pointee(cursor.type)
        if kind is None or re.match(rb"(?:::)?\s*new\s*\((?!.*nothrow)", text):
            return
        call = self.record(cursor, "new")
        if call:
            call.update(sizes=[], goals=[kind], variables=set(),
                        hands_on=False, behind=False, any_size=False,
                        some_size=False,
                        sized_element=False, gives=False, returned=False,
                        callee_result="", allocates=True, new=True)

    def call(self, cursor, children, parents):
        callee = cursor.spelling or (
            self.called(children[0]).spelling if children else "")
        result = pointee(cursor.type)
        if not callee or callee not in BY_POINTER and result is None:
            return
        arguments, sizes = list(cursor.get_arguments()), []
        # Not std::getline, nor a member that is called so.
        if callee in BY_POINTER and not (arguments and pointee(
                pointee(self.bare(arguments[0]).type))):
            return
        for argument in arguments[ALIGNED.get(callee, 0):]:
            if argument is not None and pointee(argument.type) is None:
                self.sizeofs(argument, False, sizes, 0)
        generic = callee not in LIBRARY and not sizes and \
            not is_void(result) and not is_character(result)
        numbers = [a for a in arguments
                   if a is not None and self.is_number(a.type)]
        if generic and (result is None or result.kind != TypeKind.RECORD or not (
                numbers or self.is_base(result))):
            return
        call = self.record(cursor, callee)
        if not call:
            return
        call["generic"] = generic
        call["sizes"] = sizes
        call["behind"] = any(self.is_behind(a) for a in numbers)
        call["any_size"] = not sizes and any(
            self.is_parameter(a) for a in arguments if a is not None)
        call["some_size"] = any(
            self.has_parameter(a) for a in arguments if a is not None)
        call["sized_element"] = call["any_size"] and sum(
            pointee(a.type) is None and self.is_variable(a)
            for a in arguments if a is not None) > 1
        function = cursor.referenced
        call["allocates"] = callee in LIBRARY or bool(
            (not function or function.kind not in FUNCTIONS) and
            is_void(result) and "alloc" in callee.lower())
        call["freed"] = "realloc" in callee and len(arguments) > 1 and bool(
            re.fullmatch(rb"\(*0\)*(?:\s*\*.*)?", self.source(arguments[-1]),
                         re.S))
        call["by_pointer"] = not function or function.kind not in FUNCTIONS
        call["gives"] = not call["by_pointer"] and any(
            self.has_variable(a) for a in numbers)
        call["callee_result"] = plain_record(result) if result else ""
        call["goals"], call["variables"], call["hands_on"] = \
            self.goals(cursor, parents)
        call["returned"] = call["hands_on"]
        if callee in BY_POINTER and arguments:
            place = pointee(self.bare(arguments[0]).type)
            goal = pointee(place)
            call["goals"] = [goal] if goal else []
            variable = next(self.bare(arguments[0]).get_children(), None)
            if variable is not None and variable.referenced:
                call["variables"].add(variable.referenced.hash)

    @staticmethod
    def is_number(kind):
        return kind.get_canonical().kind in NUMBERS

    def is_parameter(self, cursor):
        """A number that is a parameter of the function, unchanged."""
        cursor = self.bare(cursor)
        return cursor.kind == C.DECL_REF_EXPR and cursor.referenced and \
            cursor.referenced.kind == C.PARM_DECL and \
            self.is_number(cursor.type)

    def is_variable(self, cursor):
        return self.bare(cursor).kind == C.DECL_REF_EXPR

    def has_variable(self, cursor):
        return cursor.kind == C.DECL_REF_EXPR or any(
            self.has_variable(c) for c in cursor.get_children())

    def has_parameter(self, cursor):
        return self.is_parameter(cursor) or any(
            self.has_parameter(c) for c in cursor.get_children())

    def sizeofs(self, cursor, multiplied, out, depth):
        """Appends (type, multiplied) for every sizeof in an expression."""
        kind = cursor.kind
        children = list(cursor.get_children())
        if kind == C.CXX_UNARY_EXPR:
            text = self.source(cursor).decode("latin-1")
            if text.startswith("sizeof"):
                out.append((self.measured(text[6:], children), multiplied))
        elif kind == C.BINARY_OPERATOR:
            operator = self.operator(children)
            # The room of a last member, not of the whole.
            if operator == "-" and \
                    b"__builtin_offsetof" in self.source(children[1]):
                return
            # A number of elements.
            if operator == "/" and b"sizeof" in self.source(children[1]):
                return
            times = multiplied or operator in ("*", "<<")
            # What is taken away or rounded to is no part of it.
            for child in children[:1] if operator in "-/%&>>" else children:
                self.sizeofs(child, times, out, depth)
        elif kind == C.CONDITIONAL_OPERATOR:
            for child in children[1:]:
                self.sizeofs(child, multiplied, out, depth)
        elif kind == C.CALL_EXPR:
            for child in children[1:]:
                if pointee(child.type) is None:
                    self.sizeofs(child, True, out, depth)
        elif kind == C.DECL_REF_EXPR and depth < DEEPEST and \
                cursor.referenced and self.is_number(cursor.type):
            values = self.assigned.get(cursor.referenced.hash, ())
            if len(values) == 1:
                self.sizeofs(values[0], multiplied, out, depth + 1)
        elif kind == C.UNEXPOSED_EXPR and \
                self.source(cursor).startswith(b"__builtin_offsetof"):
            text = self.source(cursor).decode("latin-1")
            name = text[text.index("(") + 1:].split(",")[0]
            # The others say which element.
            children = [c for c in children if c.kind == C.TYPE_REF]
            out.append((self.measured("(" + name + ")", children), False))
        elif kind in SHAPES or kind == C.UNARY_OPERATOR:
            for child in children:
                self.sizeofs(child, multiplied, out, depth)

    def is_constant(self, cursor):
        """A number that the source spells, and no type's size."""
        return not any(
            c.kind in (C.CXX_UNARY_EXPR, C.CALL_EXPR) or
            c.kind == C.DECL_REF_EXPR and c.referenced and
            c.referenced.kind != C.ENUM_CONSTANT_DECL
            for c in cursor.walk_preorder())

    def summands(self, cursor):
        """What is added up, in its order."""
        cursor = self.bare(cursor)
        children = list(cursor.get_children())
        if cursor.kind != C.BINARY_OPERATOR or self.operator(children) != "+":
            return [cursor]
        return self.summands(children[0]) + self.summands(children[1])

    def is_behind(self, cursor):
        """Is it a sum that begins with a constant, but that says how far a
        record goes, so that what it has the size of lies behind something
        else?"""
        first, *others = self.summands(cursor)
        return self.is_constant(first) and \
            b"__builtin_offsetof" not in self.source(first) and any(
            c.kind == C.CXX_UNARY_EXPR for other in others
            for c in other.walk_preorder())

    def measured(self, text, children):
        """The type that sizeof TEXT is about, spelled, or the type itself."""
        if children and children[-1].kind.is_expression():
            return element(children[-1].type.get_canonical())
        text = text.strip()[1:-1]
        references = [c for c in children if c.kind == C.TYPE_REF]
        stars = text.count("*") if "(" not in text else 1
        if not references:
            base = re.sub(r"[*\[].*", "", text)
            return plain(" ".join(base.split()) + " " + "*" * stars)
        base = references[0].type.get_canonical()
        if not stars and "[" not in text:
            return element(base)
        return plain(base.spelling + " " + "*" * stars)

    def goals(self, cursor, parents):
        """Types that the result is made to point to, innermost first; the
        variables that get it; whether it is returned as it is."""
        goals, variables, hands_on = [], set(), False
        for at in range(len(parents) - 1, -1, -1):
            parent, children = parents[at]
            place = [c.hash for c in children].index(cursor.hash)
            kind = parent.kind
            if kind in CASTS:
                goals.append(pointee(parent.type))
            elif kind == C.VAR_DECL:
                goals.append(pointee(parent.type))
                variables.add(parent.hash)
                break
            elif kind == C.BINARY_OPERATOR:
                operator = self.operator(children)
                if operator == "=" and place == 1:
                    goals.append(pointee(children[0].type))
                    if children[0].kind == C.DECL_REF_EXPR and \
                            children[0].referenced:
                        variables.add(children[0].referenced.hash)
                elif not (operator == "," and place == 1):
                    break
            elif kind == C.RETURN_STMT:
                goals.append(pointee(self.current.result_type))
                hands_on = True
                break
            elif kind == C.CALL_EXPR:
                goals.extend(self.parameter(parent, place - 1))
                break
            elif kind == C.CONDITIONAL_OPERATOR:
                if place == 0:
                    break
            elif kind == C.COMPOUND_STMT:
                if place != len(children) - 1 or not at or \
                        parents[at - 1][0].kind != C.StmtExpr:
                    break
            elif kind not in SHAPES and kind != C.StmtExpr:
                break
            cursor = parent
        return [g for g in goals if g is not None], variables, hands_on

    def parameter(self, call, place):
        function = call.referenced
        if function is None or place < 0:
            return []
        kind = function.type.get_canonical()
        kind = pointee(kind) or kind
        if kind.kind != TypeKind.FUNCTIONPROTO:
            return []
        kinds = list(kind.argument_types())
        return [pointee(kinds[place])] if place < len(kinds) else []

    # Verdict

    def judge(self, call):
        """Turns sizes and goals into kind, types and evidence."""
        def spell(kind):
            return kind if isinstance(kind, str) else \
                plain(element(kind).spelling)

        def is_specific(name):
            return name not in ("", "void", "char", "unsigned char",
                                "signed char") and "dependent" not in name
        sizes = [(spell(s), times) for s, times in call["sizes"]]
        goals = [spell(g) for g in call["goals"]]
        wanted = [g for g in goals if is_specific(g)]
        named = [(s, times) for s, times in sizes if is_specific(s)]
        agreed = [s for s, _ in named if s in wanted]
        records = [s for s, times in named if self.is_record(s) and not times] \
            or [s for s, _ in named if self.is_record(s)]
        # A number of pointers is no string, whatever it is put into, nor is
        # one behind something else; unless it is sizeof(char *) by mistake.
        mistaken = [re.sub(r" ?(\**)$", r" *\1", g) for g in goals]
        pointers = [s for s, times in named
                    if s.endswith("*") and (times or len(sizes) > 1) and
                    s not in mistaken]
        character = any("char" in n for n in goals + [s for s, _ in sizes]
                        if not is_specific(n)) or \
            call["callee"] in STRINGS or STRING_NAME.search(call["callee"])
        if call.get("new"):
            found, evidence = goals[:1] if wanted else [], "new"
        elif agreed:
            found, evidence = agreed[:1], "sizeof+target"
        elif records and not (call["behind"] and wanted and
                              self.is_record(wanted[0])):
            found, evidence = sorted(set(records)), "sizeof"
        elif wanted:
            found, evidence = wanted[:1], "target"
        elif pointers or named and not character:
            found, evidence = (pointers or [named[0][0]])[:1], "sizeof"
        else:
            found, evidence = [], ""
        # How large elements are, callers say: characters stand for any.
        if call["sized_element"] and call["callee"] not in STRINGS:
            character = False
        call.pop("new", None)
        call["kind"] = "type" if found else "bytes" if character else "unknown"
        call["types"], call["evidence"] = found, evidence

    @staticmethod
    def is_record(name):
        return not name.endswith("*") and not re.fullmatch(
            r"(?:(?:unsigned|signed|long|short|int|char|float|double|_Bool|bool|"
            r"wchar_t|size_t|__int128)\s*)+|enum .*", name)


def read_unit(job):
    sys.setrecursionlimit(20000)
    try:
        unit = Unit(*job)
    except UnicodeDecodeError as error:
        return job[2], [], {}, str(error)
    return job[2], unit.calls, dict(unit.names), unit.failed


def main(description, read, merge, suffixes=""):
    """Prints MERGE(calls, names) of what READ finds in the units whose names end
    with SUFFIXES."""
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commands", help="compile_commands.json")
    parser.add_argument("--root", help="the program's own files lie below it")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    arguments = parser.parse_args()
    root = os.path.realpath(arguments.root or os.path.dirname(
        os.path.abspath(arguments.commands)))
    jobs = [(root, *c) for c in compilations(arguments.commands)
            if c[1].endswith(suffixes)]
    calls, names, failed = [], collections.defaultdict(set), 0
    with multiprocessing.Pool(arguments.jobs, maxtasksperchild=16) as pool:
        for file, found, more, error in pool.imap(read, jobs):
            calls += found
            failed += bool(error)
            if error:
                print(f"{file}: clang reports errors", file=sys.stderr)
            for name, spellings in more.items():
                names[name] |= spellings
    counts = collections.Counter()
    for site in merge(calls, names):
        counts[site["kind"]] += 1
        print(json.dumps(site))
    print(f"{len(jobs)} units ({failed} with errors):",
          ", ".join(f"{n} {k}" for k, n in sorted(counts.items())),
          file=sys.stderr)


def use_libclang():
    """The library beside clang-14, where the bindings know of none."""
    if not Config.library_file and os.path.exists(
            "/usr/lib/llvm-14/lib/libclang.so.1"):
        Config.set_library_file("/usr/lib/llvm-14/lib/libclang.so.1")


if __name__ == "__main__":
    use_libclang()
    main(__doc__, read_unit, sites)
