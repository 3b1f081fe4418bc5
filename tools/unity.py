"""Joins hot files that call each other for every packet into one module, for the build only.

A call from one compiled module into another goes through a pointer and copies each table's
description (200 bytes) on the way: measured on 1.1 M packets, that was three quarters of the walk.
In one module the C compiler sees both sides. People read and edit the files one by one; the plain
engine imports them one by one; nobody edits what this writes.

What it does to the text: drops imports of joined modules, keeps the others once, and puts the
module's name before its private functions, so that two files may both have a ``_arrive``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from pathlib import Path


def join(sources: Sequence[Path], package: str, target: Path) -> Path:
    """Write ``target`` (.py) and its ``.pxd`` from these files of ``package``, callees first."""
    names = {f"{package}.{source.stem}" for source in sources}
    bodies, types = [], []
    seen: set[str] = set()
    for source in sources:
        text = source.read_text("utf-8")
        prefix = _prefixer(text, source.stem)
        bodies.append(prefix(_body(text, names)))
        types.append(prefix(_types(source.with_suffix(".pxd").read_text("utf-8"), names, seen)))
    head = f'"""Made by tools/unity.py of {", ".join(source.name for source in sources)}."""\n\n'
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(target, head + "from __future__ import annotations\n\n" + "\n\n".join(bodies))
    _write(target.with_suffix(".pxd"), "cimport cython\n\n" + "\n".join(types))
    return target


def _prefixer(text: str, stem: str) -> Callable[[str], str]:
    """Puts the module's name before its private functions."""
    private = re.findall(r"^def (_\w+)\(", text, re.MULTILINE)
    if not private:
        return lambda part: part
    pattern = re.compile(r"(?<![\w.])(" + "|".join(sorted(private, key=len, reverse=True)) + r")\b")
    return lambda part: pattern.sub(rf"_{stem}\1", part)


def _body(text: str, joined: set[str]) -> str:
    """The file without its docstring and without imports of ``__future__`` and joined modules."""
    lines = text.splitlines(keepends=True)
    tree = ast.parse(text)
    for node in reversed(tree.body):
        docstring = node is tree.body[0] and isinstance(node, ast.Expr)
        dropped = isinstance(node, ast.ImportFrom) and (
            node.module == "__future__" or node.module in joined
        )
        if docstring or dropped:
            del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines)


def _types(text: str, joined: set[str], seen: set[str]) -> str:
    """The declarations without docstring, cimports of joined modules, and constants declared by an
    earlier file."""
    text = re.sub(r'^""".*?"""\n', "", text, flags=re.DOTALL)
    text = re.sub(r"^cimport cython\n", "", text, flags=re.MULTILINE)
    for module in joined:
        text = re.sub(
            rf"^from {re.escape(module)} cimport (\([^)]*\)|.*)\n", "", text, flags=re.MULTILINE
        )

    def fresh(match: re.Match[str]) -> str:
        names = [name.strip() for name in match[2].split(",")]
        new = [name for name in names if name not in seen]
        seen.update(new)
        return f"cdef {match[1]} {', '.join(new)}\n" if new else ""

    constants = r"^cdef (long long|Py_ssize_t) ([A-Z][A-Z0-9_]*(?:, [A-Z][A-Z0-9_]*)*)\n"
    return re.sub(constants, fresh, text, flags=re.MULTILINE)


def _write(path: Path, text: str) -> None:
    """Only if it changed: the build compiles what is newer than its result."""
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
