"""Joins hot files that call each other for every packet into one module, for the build only.

A call from one compiled module into another goes through a pointer and copies each table's
description (200 bytes) on the way, and a constant imported from Python is a variable that is read
again and again: measured, that was nine tenths of the walk. In one module, with tables as plain
pointers and constants as numbers, the C compiler sees all of it. People read and edit the files
one by one; the plain engine imports them one by one; nobody edits what this writes.

What it does to the text: drops imports of joined modules and of constants, puts the module's name
before its private functions, so that two files may both have a ``_arrive``, and gives each *entry*
a wrapper that takes memoryviews and releases the GIL. Inside, nothing knows how long a table is:
``len()`` of one does not compile, each length is an argument. A checked build keeps memoryviews
inside, and with them the bounds checks.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tools.in_c import IN_C, head_for

VIEW = re.compile(r"((?:const )?(?:long long|unsigned char))\[::1\]")
"""How the ``.pxd`` files write a table or a buffer."""

CONSTANTS = re.compile(
    r"^cdef (?:(?:unsigned )?long long|Py_ssize_t) [A-Z][A-Z0-9_]*(?:, *[A-Z][A-Z0-9_]*)*\n",
    re.MULTILINE,
)
"""How they declare the constants that a hot file imports or assigns."""


COMPILED = "COMPILED"
"""The constant that is 0 in the files as they are, and 1 in what is made of them."""


class Group(NamedTuple):
    """Hot files that become one module: callees first, in one package. ``entries`` are the
    functions that Python calls."""

    package: str
    files: tuple[str, ...]
    module: str
    entries: tuple[str, ...]

    @property
    def modules(self) -> tuple[str, ...]:
        return tuple(f"{self.package}.{name}" for name in self.files)


def constants(group: Group, source: Path) -> dict[str, int]:
    """Every whole number that the plain files of the group know under a name in capitals. They are
    imported for it from ``source``, uncompiled. One name has one value in a group."""
    sys.path.insert(0, str(source.resolve()))
    try:
        plain = importlib.import_module("unstick.engine").load_plain()
    finally:
        sys.path.pop(0)
    found: dict[str, int] = {}
    for module in group.modules:
        for name, value in vars(plain.modules[module]).items():
            if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name) or not isinstance(value, int):
                continue
            if found.setdefault(name, value) != value:
                raise SystemExit(f"tools/unity.py: {module}.{name} has another value before it")
    found |= {name: 1 for name in found if name == COMPILED}
    return {name: value for name, value in found.items() if -(1 << 63) <= value < 1 << 64}


def join(
    group: Group, source: Path, target: Path, constants: Mapping[str, int], checked: bool
) -> Path:
    """Write ``target`` (.py) and its ``.pxd`` from the files of the group in folder ``source``."""
    bodies, types = [], []
    for name in group.files:
        text = (source / f"{name}.py").read_text("utf-8")
        prefix = _prefixer(text, name)
        bodies.append(prefix(_body(text, set(group.modules), constants)))
        declared = (source / f"{name}.pxd").read_text("utf-8")
        types.append(prefix(_types(declared, group.modules)))
    body, typing = "\n\n".join(bodies), "\n".join(types)
    body, typing = _with_c(body, typing, checked)
    for entry in group.entries:
        body, typing = _with_wrapper(body, typing, entry, checked)
    if not checked:
        typing = _pointers(typing, group.entries)
    head = f'"""Made by tools/unity.py of {", ".join(group.files)}."""\n\n'
    head += "from __future__ import annotations\n\nimport cython\n\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(target, f"{head}{body}\n\n{_guard(group, source, constants)}")
    numbers = _numbers(body, constants)
    _write(target.with_suffix(".pxd"), f"cimport cython\n\n{numbers}\n{POINTERS}\n{HELP}\n{typing}")
    return target


HELP = """\
cdef inline long long* _table(long long[::1] view) noexcept nogil:
    return &view[0]

cdef inline const long long* _read_table(const long long[::1] view) noexcept nogil:
    return &view[0]

cdef inline unsigned char* _bytes(unsigned char[::1] view) noexcept nogil:
    return &view[0]

cdef inline const unsigned char* _buffer(const unsigned char[::1] view) noexcept nogil:
    return &view[0]
"""
"""From the memoryviews an entry is given to what the joined files work on."""

APART = {
    "long long": "unstick_words",
    "const long long": "unstick_read_words",
    "unsigned char": "unstick_bytes",
    "const unsigned char": "unstick_read_bytes",
}
POINTERS = '''\
cdef extern from *:
    """
    typedef PY_LONG_LONG *__restrict unstick_words;
    typedef const PY_LONG_LONG *__restrict unstick_read_words;
    typedef unsigned char *__restrict unstick_bytes;
    typedef const unsigned char *__restrict unstick_read_bytes;
    """
    ctypedef long long* unstick_words
    ctypedef const long long* unstick_read_words
    ctypedef unsigned char* unstick_bytes
    ctypedef const unsigned char* unstick_read_bytes
'''
"""What tables are inside: no table is given to a function under two names, so what is written to
one changes no other, and the compiler need not read it again."""

ADDRESSES = {
    "long long": "_table",
    "const long long": "_read_table",
    "unsigned char": "_bytes",
    "const unsigned char": "_buffer",
}


def _prefixer(text: str, stem: str) -> Callable[[str], str]:
    """Puts the module's name before its private functions."""
    private = re.findall(r"^def (_\w+)\(", text, re.MULTILINE)
    if not private:
        return lambda part: part
    pattern = re.compile(r"(?<![\w.])(" + "|".join(sorted(private, key=len, reverse=True)) + r")\b")
    return lambda part: pattern.sub(rf"_{stem}\1", part)


def _body(text: str, joined: set[str], constants: Mapping[str, int]) -> str:
    """The functions of the file: no docstring, no constants, no imports of these or of joined
    modules."""
    lines = text.splitlines(keepends=True)
    for node in reversed(ast.parse(text).body):
        if _is_dropped(node, joined, constants):
            del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines)


def _is_dropped(node: ast.stmt, joined: set[str], constants: Mapping[str, int]) -> bool:
    if isinstance(node, ast.ImportFrom):
        known = all(alias.name in constants or alias.name == "vocabulary" for alias in node.names)
        return known or node.module == "__future__" or node.module in joined
    if isinstance(node, ast.Assign):
        return all(isinstance(one, ast.Name) and one.id in constants for one in node.targets)
    return isinstance(node, ast.Expr)


def _guard(group: Group, source: Path, constants: Mapping[str, int]) -> str:
    """What refuses to import the module once a constant in it is another one in its file: numbers
    of columns that moved would be read and written in silence."""
    built: dict[str, dict[str, int]] = {}
    for file in group.files:
        for node in ast.parse((source / f"{file}.py").read_text("utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module not in group.modules:
                names = [alias.name for alias in node.names if alias.name in constants]
                names = [name for name in names if name != COMPILED]
                built.setdefault(str(node.module), {}).update(
                    (one, constants[one]) for one in names
                )
    return GUARD.format(built={module: names for module, names in built.items() if names})


GUARD = """\
def _refuse_other_constants():
    from importlib import import_module
    for module, numbers in {built}.items():
        now = vars(import_module(module))
        for name, number in numbers.items():
            if now.get(name) != number:
                raise ImportError(f"{{__name__}} was built with {{name}} = {{number}}: make build")

_refuse_other_constants()
"""


def _types(text: str, joined: Iterable[str]) -> str:
    """The declarations without docstring, constants and cimports of joined modules."""
    text = re.sub(r'^""".*?"""\n', "", text, flags=re.DOTALL)
    text = re.sub(r"^cimport cython\n", "", text, flags=re.MULTILINE)
    for module in joined:
        pattern = rf"^from {re.escape(module)} cimport (\([^)]*\)|.*)\n"
        text = re.sub(pattern, "", text, flags=re.MULTILINE)
    return CONSTANTS.sub("", text)


def _with_wrapper(body: str, typing: str, entry: str, checked: bool) -> tuple[str, str]:
    """The entry renamed, and under its name a function that Python can call."""
    found = re.search(rf"^cpdef ([\w ]+?) {entry}\(([^)]*)\)", typing, re.MULTILINE)
    if found is None:
        raise SystemExit(f"tools/unity.py: no cpdef {entry}(...) in the .pxd files")
    parameters = [" ".join(one.split()) for one in found[2].split(",")]
    arguments = []
    for parameter in parameters:
        kind, name = parameter.rsplit(" ", 1)
        view = VIEW.fullmatch(kind)
        arguments.append(name if view is None or checked else f"{ADDRESSES[view[1]]}({name})")
    names = ", ".join(parameter.rsplit(" ", 1)[1] for parameter in parameters)
    inner = f"_inner_{entry}"
    body = re.sub(rf"(?<![\w.]){entry}\(", f"{inner}(", body)
    typing = re.sub(rf"(?<![\w.]){entry}\(", f"{inner}(", typing)
    body += (
        f"\n\ndef {entry}({names}):\n    with cython.nogil:\n"
        f"        answer = {inner}({', '.join(arguments)})\n    return answer\n"
    )
    typing += (
        f"\n@cython.locals(answer=cython.longlong)\n"
        f"cpdef {found[1]} {entry}({', '.join(parameters)})\n"
    )
    return body, typing


def _with_c(body: str, typing: str, checked: bool) -> tuple[str, str]:
    """The functions of IN_C, where the group has them, from C; those that work on tables not in a
    checked build."""
    functions, names = "", ""
    for name, statements in IN_C.items():
        declared = re.search(
            rf"^(?:@cython\.locals\([^)]*\)\n)?(cdef ([\w ]+?) {name}\(([^)]*)\) noexcept nogil\n)",
            typing,
            re.MULTILINE,
        )
        if declared is None or (checked and VIEW.search(declared[3])):
            continue
        typing = typing.replace(declared[0], "")
        body = re.sub(rf"^def {name}\(.*?(?=^def |\Z)", "", body, flags=re.MULTILINE | re.DOTALL)
        parameters = VIEW.sub(r"\1*", " ".join(declared[3].split()))
        returns = "int" if declared[2] == "bint" else declared[2]
        functions += (
            f"    static inline {returns} unstick_{name}({parameters}) {{\n"
            f"        {statements}\n    }}\n"
        )
        outside = f'{name} "unstick_{name}"('
        names += "    " + " ".join(declared[1].split()).replace("cdef ", "", 1).replace(
            f"{name}(", outside
        )
        names += "\n"
    block = (
        f'cdef extern from *:\n    """\n{head_for(functions)}{functions}    """\n{names}\n'
        if names
        else ""
    )
    return body, block + typing


def _pointers(typing: str, entries: Sequence[str]) -> str:
    """Tables as pointers in every declaration but those of the wrappers."""
    outside = re.compile(rf"^cpdef [\w ]+ (?:{'|'.join(entries)})\(", re.MULTILINE)
    start = min(match.start() for match in outside.finditer(typing))
    inside = VIEW.sub(lambda view: APART[view[1]], typing[:start]).replace("cpdef ", "cdef ")
    return inside + typing[start:]


def _numbers(body: str, constants: Mapping[str, int]) -> str:
    """The constants that the text names, as numbers of C."""
    used = sorted(set(re.findall(r"\b[A-Z][A-Z0-9_]*\b", body)) & set(constants))
    kinds = {
        name: ("long long", "LL") if constants[name] < 1 << 63 else ("unsigned long long", "ULL")
        for name in used
    }
    macros = "".join(
        f"    #define UNSTICK_{name} ({constants[name]}{kinds[name][1]})\n" for name in used
    )
    names = "".join(f'    const {kinds[name][0]} {name} "UNSTICK_{name}"\n' for name in used)
    return f'cdef extern from *:\n    """\n{macros}    """\n{names}'


def _write(path: Path, text: str) -> None:
    """Only if it changed: the build compiles what is newer than its result."""
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
