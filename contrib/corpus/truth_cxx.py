#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a C++ program's source says that its lines allocate.

    truth_cxx.py compile_commands.json [--root DIR] > truth.jsonl

As truth.py, by libclang and after preprocessing.  One JSON object a line:

    file, lines      as in a line table: relative to the root; where the call
                     is written: the line of the callee's name, first and last
    function, callee
    kind             new:       new, make_unique, make_shared, allocate_shared
                     container: a call of a standard container that may grow
                                it, or a constructor that fills it
                     string:    likewise of a std::basic_string
                     other:     what else the line may allocate: moved
                                containers, copies of what has containers in
                                it, functions; judges nothing
    types            the type of what is allocated: an element, or the node
                     that has it; "*" for anything

What depends on a template's parameters says nothing, as the syntax tree that
libclang shows has no instances.
"""
import re
import sys

import truth
from truth import C, FUNCTIONS, TypeKind, element, plain, pointee
from truth_sites import aliases

GROWTH = {"push_back", "push_front", "push", "emplace", "emplace_back",
          "emplace_front", "emplace_hint", "emplace_after", "try_emplace",
          "insert", "insert_after", "insert_or_assign", "resize", "reserve",
          "rehash", "assign", "append", "replace", "substr", "operator=",
          "operator+="}
ADAPTORS = ("stack", "queue", "priority_queue")
KEYED = ("map", "multimap", "unordered_map", "unordered_multimap")
OWNERS = {"make_unique", "make_shared", "allocate_shared"}
# What may allocate something of a kind of its own.
OPAQUE = {"function", "any", "thread", "promise", "packaged_task", "async",
          "locale", "regex", "basic_regex", "shared_ptr", "unique_ptr"}
NODES = {"list": "std::_List_node<{}>", "forward_list": "std::_Fwd_list_node<{}>",
         "set": "std::_Rb_tree_node<{}>", "map": "std::_Rb_tree_node<{}>"}
BYTES = ("char", "signed char", "unsigned char", "std::byte")
# Or a pointer.
NUMBER = re.compile(r"(?:unsigned|signed|char|short|int|long|float|double|bool"
                    r"|\w+_t)\b|.*\*")
DEPTH = 4


def canonical(kind):
    """Its spelling; nothing of what depends on parameters of a template."""
    kind = kind.get_canonical()
    inner = kind
    while inner.kind in (TypeKind.POINTER, TypeKind.LVALUEREFERENCE):
        inner = inner.get_pointee().get_canonical()
    return "" if inner.kind == TypeKind.UNEXPOSED else plain(kind.spelling)


def is_dependent(name):
    return not name or "type-parameter" in name or "dependent" in name


def arguments(kind):
    """Of a template."""
    count = kind.get_num_template_arguments()
    return [kind.get_template_argument_type(i) for i in range(max(count, 0))]


def standard_class(declaration):
    """Its name, where it is one of namespace std."""
    scope = declaration.semantic_parent if declaration is not None else None
    while scope is not None and scope.kind == C.NAMESPACE and \
            scope.spelling.startswith("__"):
        scope = scope.semantic_parent
    if scope is None or scope.kind != C.NAMESPACE or scope.spelling != "std":
        return None
    return declaration.spelling


def stored(name, kind):
    """What a container NAME of type KIND allocates: the element or node, and
    besides; or None."""
    given = arguments(kind.get_canonical())
    if not given:
        return None
    first = canonical(given[0])
    if name in ADAPTORS:
        inner = given[1].get_canonical() if len(given) > 1 else None
        found = inner and stored(standard_class(inner.get_declaration()), inner)
        return found or (first, [first + " *"])
    if name == "vector":
        return ("unsigned long" if first == "bool" else first), []
    if name == "deque":
        return first, [first + " *"]
    if name == "basic_string":
        return first, []
    if name in KEYED and len(given) > 1:
        first = f"std::pair<const {first}, {canonical(given[1])}>"
    base = (name or "").replace("multi", "")
    if base.startswith("unordered_"):
        return f"std::__detail::_Hash_node<{first}>", [
            "std::__detail::_Hash_node_base *", "__node_base *"]
    return (NODES[base].format(first), []) if base in NODES else None


class Unit(truth.Unit):
    """One translation unit: its lines that may allocate."""

    def __init__(self, *job):
        self.sites, self.inner = [], {}
        super().__init__(*job)

    def top(self, cursor):
        self.current = None
        if self.is_ours(cursor):
            self.walk(cursor)
        elif cursor.kind in (C.TYPEDEF_DECL, C.TYPE_ALIAS_DECL):
            self.name(cursor)

    def name(self, cursor):
        base = canonical(cursor.underlying_typedef_type)
        if not is_dependent(base):
            self.names[base].add(cursor.spelling)

    def walk(self, cursor):
        kind, current = cursor.kind, self.current
        if kind in (C.TYPEDEF_DECL, C.TYPE_ALIAS_DECL):
            self.name(cursor)
        elif kind in FUNCTIONS:
            self.current = cursor
        elif kind == C.CXX_NEW_EXPR:
            self.new(cursor)
        elif kind == C.CALL_EXPR:
            self.called_at(cursor)
        elif kind == C.CXX_THROW_EXPR:
            self.thrown(cursor)
        if kind == C.CONSTRUCTOR and cursor.is_definition():
            self.add(cursor, cursor, "other",
                     self.within(cursor.semantic_parent.type, DEPTH))
        for child in cursor.get_children():
            self.walk(child)
        self.current = current

    def add(self, cursor, name, kind, types):
        """NAME: the cursor of the callee's name."""
        file, line = self.lines[name.location.line]
        places = [self.lines[p.line] for p in (cursor.extent.start,
                                               cursor.extent.end)]
        types = [t for t in types if not is_dependent(t)]
        if file is None or not types:
            return
        lines = [line] + [n for f, n in places if f == file]
        self.sites.append({
            "file": file, "lines": list(dict.fromkeys(lines)),
            "function": self.current.spelling if self.current else "",
            "callee": name.spelling or cursor.spelling or "new",
            "kind": kind, "types": types})

    def new(self, cursor):
        kind = pointee(cursor.type)
        if kind is None or self.is_placed(cursor):
            return
        made = canonical(element(kind))
        self.add(cursor, cursor, "new", [
            *(self.measured_records(cursor) if made in BYTES else []), made])

    def measured_records(self, cursor):
        """Those that room is made for, as bytes."""
        sizes = []
        for child in cursor.get_children():
            self.sizeofs(child, False, sizes, 0)
        return [kind if isinstance(kind, str) else canonical(kind)
                for kind, _ in sizes if (
                    not NUMBER.match(kind) if isinstance(kind, str)
                    else kind.kind == TypeKind.RECORD)]

    def thrown(self, cursor):
        for value in cursor.get_children():
            self.add(cursor, cursor, "other", [canonical(value.type)])

    def is_placed(self, cursor):
        """Whether "new" has arguments of its own: a type comes after them."""
        text = re.sub(r"^(?:::)?\s*new\s*", "",
                      self.source(cursor).decode("latin-1"))
        if not text.startswith("(") or "nothrow" in text.split(")")[0]:
            return False
        depth, at = 0, 0
        for at, letter in enumerate(text):
            depth += (letter == "(") - (letter == ")")
            if not depth:
                break
        return bool(re.match(r"\s*[\w:]", text[at + 1:]))

    def called_at(self, cursor):
        function = cursor.referenced
        children = list(cursor.get_children())
        if function is None:
            return
        name = self.bare(children[0]) if children else cursor
        if name.kind not in (C.MEMBER_REF_EXPR, C.DECL_REF_EXPR) or \
                name.spelling != function.spelling:
            name = cursor
        owner = standard_class(function.semantic_parent)
        result = cursor.type.get_canonical()
        if function.spelling in OWNERS and standard_class(function):
            self.owner(cursor, name, function.spelling, result)
        elif owner and self.container(cursor, name, function, owner):
            return
        elif standard_class(function) == "operator+":
            found = stored("basic_string", result)
            self.add(cursor, name, "string", [found[0]] if found else [])
        elif owner in OPAQUE or standard_class(function) in OPAQUE:
            self.add(cursor, name, "other", ["*"])
        else:
            made = pointee(result)
            self.add(cursor, name, "other", self.within(result, DEPTH) + (
                [canonical(made)] if made is not None else []))

    def owner(self, cursor, name, callee, result):
        kinds = arguments(result)
        if not kinds:
            return
        made = canonical(element(kinds[0].get_canonical()))
        self.add(cursor, name, "new", [made] if callee == "make_unique" else [
            f"std::_Sp_counted_ptr_inplace<{made}>", made])

    def container(self, cursor, name, function, owner):
        """Whether FUNCTION is a container's."""
        kind = function.semantic_parent.type
        found = stored(owner, kind)
        if not found:
            return False
        # Comparators, hashes, allocators.
        aids = {canonical(t) for t in arguments(kind.get_canonical())[
            2 if owner in KEYED else 1:]}
        given = [a for a in cursor.get_arguments()
                 if a is not None and canonical(a.type) not in aids]
        kinds = list(function.type.argument_types())
        moved = bool(kinds) and kinds[0].kind == TypeKind.RVALUEREFERENCE and \
            kinds[0].get_pointee().get_canonical() == kind.get_canonical()
        called = function.spelling
        makes = function.kind == C.CONSTRUCTOR or called.startswith(owner + "<")
        filled = not moved and (bool(given) if makes else called in GROWTH or
                                called == "operator[]" and owner in KEYED)
        judged = "string" if owner == "basic_string" else "container"
        self.add(cursor, name, judged if filled else "other", [found[0]])
        self.add(cursor, name, "other", found[1])
        for kind in arguments(kind.get_canonical())[:2]:
            self.add(cursor, name, "other", self.within(kind, DEPTH))
        return True

    def within(self, kind, depth):
        """What making a copy of KIND allocates: what the containers in it do."""
        kind = kind.get_canonical()
        if kind.kind != TypeKind.RECORD or not depth:
            return []
        if kind.spelling in self.inner:
            return self.inner[kind.spelling]
        self.inner[kind.spelling] = []
        declaration = kind.get_declaration()
        name = standard_class(declaration)
        found = stored(name, kind) if name else None
        out = [found[0], *found[1]] if found else ["*"] if name in OPAQUE else []
        parts = arguments(kind) if name else [
            c.type for c in declaration.get_children()
            if c.kind in (C.FIELD_DECL, C.CXX_BASE_SPECIFIER)]
        for part in parts:
            out += self.within(element(part.get_canonical()), depth - 1)
        self.inner[kind.spelling] = list(dict.fromkeys(out))
        return self.inner[kind.spelling]


def read_unit(job):
    sys.setrecursionlimit(20000)
    root, directory, file, flags = job
    if not any(f.startswith("-std=") for f in flags):
        flags = (*flags, "-std=gnu++17")
    unit = Unit(root, directory, file, flags)
    return file, unit.sites, dict(unit.names), unit.failed


def merged(sites, names):
    """Each once: those of one call, with the names that its types go by."""
    found = {}
    for site in sites:
        key = (site["file"], tuple(site["lines"]), site["function"],
               site["callee"], site["kind"],
               tuple(site["types"]) if site["kind"] != "other" else None)
        seen = found.setdefault(key, {**site, "types": []})
        seen["types"] += site["types"]
    for site in sorted(found.values(), key=lambda s: (s["file"], s["lines"])):
        site["types"] = list(dict.fromkeys(
            a for t in site["types"] for a in aliases(t, names)))
        yield site


if __name__ == "__main__":
    truth.use_libclang()
    truth.main(__doc__, read_unit, merged, truth.SOURCES_CXX)
