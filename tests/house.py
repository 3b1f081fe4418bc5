"""The house rules that a machine can hold: each is a function from one module to complaints.

``test_house.py`` runs them over the project and, so that they cannot go blind, over bad snippets.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
SOURCE = REPOSITORY / "src" / "unstick"

MODULE_LINES = 400
FUNCTION_LINES = 60
LINE_LENGTH = 100
PARAMETERS = 6

CORE = frozenset({"errors", "wire", "flows", "filters", "tcp", "checks", "diagnosis"})
"""What every face of unstick stands on."""

DIAGNOSIS_WORK = frozenset(
    {"analysis", "conclusions", "diagnose", "overview", "precedence", "rows", "rowtable", "story"}
)
"""Files that together are ``diagnose``: they may import each other and all of the core."""

EXPLAIN = CORE | DIAGNOSIS_WORK | {"compare", "engine", "tracing"}

ARROWS: dict[str, frozenset[str]] = {
    # Who may import whom: docs and architecture say the same. A new room needs a line here.
    "version": frozenset(),
    "named": frozenset(),  # everybody may
    "errors": frozenset(),
    "ahead": frozenset(),
    "chores": frozenset(),
    "engine": frozenset({"errors", "wire", "flows", "tcp"}),
    "wire": frozenset({"errors", "engine", "ahead"}),
    "filters": frozenset({"errors", "wire", "flows"}),
    "flows": frozenset({"errors", "wire", "engine"}),
    "tcp": frozenset({"errors", "wire", "flows", "engine"}),
    "checks": frozenset({"errors", "wire", "flows", "tcp"}),
    "diagnosis": frozenset({"errors", "checks"}),
    **dict.fromkeys(DIAGNOSIS_WORK, CORE | DIAGNOSIS_WORK | {"ahead", "engine"}),
    "compare": CORE | DIAGNOSIS_WORK | {"engine"},
    "tracing": frozenset({"errors", "wire", "flows", "engine"}),
    # No renderer imports tcp: what it prints is in the diagnosis.
    "report": frozenset({"version", "errors", "chores", "wire", "flows", "checks"})
    | {"diagnosis", "diagnose", "rowtable", "compare"},
    "live": frozenset({"errors", "wire", "tcp"}),
    "progress": frozenset({"errors", "wire"}),
    "enforce": frozenset({"errors", "live", "progress"}),
    "node": frozenset({"errors", "progress"}),
    "lab": EXPLAIN | {"version", "report", "live", "progress", "enforce", "node"},
    "cli": EXPLAIN | {"version", "chores", "report", "live", "progress", "enforce", "node", "lab"},
    "__main__": frozenset({"cli"}),
    "__init__": frozenset({"version", "errors", "diagnosis", "diagnose"}),
}

OUTSIDE = frozenset({"tests", "tools", "benchmarks"})
"""Beside the package: they may import all of it."""

PURE_ROOMS = frozenset({"flows", "filters", "tcp", "checks", "diagnosis", "report", "wire"})
PURE_FILES = frozenset(
    {f"progress.{name}" for name in ("policy", "meter", "clocks", "outcome")}
    | {f"lab.{name}" for name in ("packets", "scenario", "telling", "truth")}
    | {f"lab.playback.{name}" for name in ("plan", "comparing", "telling")}
    | {f"lab.conformance.{name}" for name in ("answers", "endpoint", "judging", "script")}
)
"""Pure files of rooms that are not: the rules of a send see samples and a clock's value only, the
lab's claims what was kept of a run."""
PURE_FOLDERS = ("lab.scenarios", "lab.faults", "lab.path")
"""The same; ``random`` may be named there for its type: chance is seeded and passed in."""
FILE_READERS = frozenset({"wire.capture", "wire.sources"})
"""The only modules of a pure room that may open files, ask a clock or start a thread."""

IMPURE = frozenset(
    {"argparse", "asyncio", "logging", "os", "pathlib", "random", "rich", "secrets", "selectors"}
    | {"shutil", "socket", "subprocess", "tempfile", "threading", "multiprocessing"}
)
CLOCKS = frozenset({"time.time", "time.monotonic", "time.perf_counter", "time.sleep"})
"""Input, output, clock, chance and environment: passed in, never reached for."""

BIT_OPERATORS = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)


@dataclass(frozen=True)
class Module:
    """One Python file: ``name`` is dotted, below ``unstick`` or from ``tests``."""

    path: Path
    name: str
    text: str
    hot: bool  # a .pxd stands beside it: it is compiled

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        return self.name.split(".")[0]

    @property
    def is_test(self) -> bool:
        return self.room == "tests"

    def at(self, node: ast.stmt | ast.expr, complaint: str) -> str:
        return f"{self.path.name}:{node.lineno}: {complaint} ({self.name})"


def module_of(path: Path) -> Module:
    """Reads one file of src/unstick or tests."""
    base = SOURCE if path.is_relative_to(SOURCE) else REPOSITORY
    parts = path.relative_to(base).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
    return Module(path, name, path.read_text("utf-8"), path.with_suffix(".pxd").exists())


def modules() -> list[Module]:
    """Every Python file of the project."""
    folders = (SOURCE, *(REPOSITORY / name for name in ("tests", "tools", "benchmarks")))
    return [module_of(path) for folder in folders for path in sorted(folder.rglob("*.py"))]


# --- the rules ---------------------------------------------------------------------------------


def has_docstring(module: Module) -> Iterator[str]:
    if module.text.strip() and not ast.get_docstring(module.tree):
        yield f"{module.path}: say in a docstring what this module is and what it does not do"
    if not module.text.strip() and not module.is_test:
        yield f"{module.path}: an empty module says nothing: say what the folder does"


def is_short(module: Module) -> Iterator[str]:
    lines = module.text.splitlines()
    if len(lines) > MODULE_LINES:
        yield f"{module.path}: {len(lines)} lines, {MODULE_LINES} allowed: split it"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_LENGTH:
            yield f"{module.path}:{number}: {len(line)} characters, {LINE_LENGTH} allowed"


def has_short_functions(module: Module) -> Iterator[str]:
    for function in functions_of(module.tree):
        first = min([function.lineno, *(one.lineno for one in function.decorator_list)])
        length = (function.end_lineno or first) - first + 1
        if length > FUNCTION_LINES:
            yield module.at(
                function, f"{function.name} has {length} lines, {FUNCTION_LINES} allowed"
            )


def has_few_parameters(module: Module) -> Iterator[str]:
    """Hot files are exempt: their tables are arguments. So are interfaces (a body of ``...``) and
    tests, whose parameters are fixtures."""
    if module.hot or module.is_test:
        return
    for function in functions_of(module.tree):
        parameters = function.args
        names = [one.arg for one in (*parameters.posonlyargs, *parameters.args)]
        count = len([name for name in names if name not in ("self", "cls")])
        count += len(parameters.kwonlyargs)
        if count > PARAMETERS and not is_interface(function):
            yield module.at(function, f"{function.name} has {count} parameters")


def imports_one_way(module: Module) -> Iterator[str]:
    if module.is_test or module.room in OUTSIDE:
        return
    if module.room not in ARROWS:
        yield f"{module.path}: room {module.room!r} has no line in ARROWS (tests/house.py)"
        return
    for node, target in imports_of(module.tree):
        parts = target.split(".")
        if target.startswith("."):
            yield module.at(node, "relative import: write it out")
        elif parts[0] == "unstick":
            room = parts[1] if len(parts) > 1 else "__init__"
            if room not in (module.room, "named") and room not in ARROWS[module.room]:
                yield module.at(node, f"{module.room} may not import {room}: arrows point one way")


def is_pure(module: Module) -> Iterator[str]:
    seeded = module.name.startswith(PURE_FOLDERS)
    pure = module.room in PURE_ROOMS or module.name in PURE_FILES or seeded
    if not pure or module.name in FILE_READERS:
        return
    for_types = types_only(module.tree)
    for node, target in imports_of(module.tree):
        if seeded and target == "random":
            continue
        if target.split(".")[0] in IMPURE and node not in for_types:
            yield module.at(node, f"{module.room} may not import {target}: pass it in")
    for read in ast.walk(module.tree):
        if isinstance(read, ast.Attribute) and ast.unparse(read).removesuffix("_ns") in CLOCKS:
            yield module.at(read, "no clock in here: pass the time in")


def parenthesises_mixed_operators(module: Module) -> Iterator[str]:
    """``x & 0xF0 >> 4`` is ``x & 0x0F``: a real bug of a real library."""
    for outer in ast.walk(module.tree):
        if not isinstance(outer, ast.BinOp):
            continue
        for inner in (outer.left, outer.right):
            if not isinstance(inner, ast.BinOp) or type(inner.op) is type(outer.op):
                continue
            bitwise = isinstance(outer.op, BIT_OPERATORS) or isinstance(inner.op, BIT_OPERATORS)
            if bitwise and not is_parenthesised(module.text, inner):
                yield module.at(inner, "ambiguous operator precedence: add parentheses")


def asks_no_profile_name(module: Module) -> Iterator[str]:
    """Stacks differ by rows and numbers, never by ``if profile.name == ...``."""
    if module.is_test:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                if ast.unparse(side).endswith(("profile.name", "stack.name")):
                    yield module.at(node, "a profile's name decides nothing: make it a row")


def hot_file_is_plain(module: Module) -> Iterator[str]:
    """What compiles to a loop without Python objects: functions, integers, memoryviews."""
    banned = (ast.ClassDef, ast.Try, ast.Raise, ast.With, ast.Lambda, ast.Yield, ast.ListComp)
    for node in ast.walk(module.tree) if module.hot else ():
        if isinstance(node, banned):
            yield module.at(node, f"{type(node).__name__} in a compiled file")
    for node, target in imports_of(module.tree) if module.hot else ():
        if target.split(".")[0] == "cython":
            yield module.at(node, "types stand in the .pxd, so that the file runs without Cython")


def never_sleeps(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree) if module.is_test else ():
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "sleep":
            yield module.at(node, "tests never sleep: pass the clock in")


RULES: tuple[Callable[[Module], Iterator[str]], ...] = (
    has_docstring,
    is_short,
    has_short_functions,
    has_few_parameters,
    imports_one_way,
    is_pure,
    parenthesises_mixed_operators,
    asks_no_profile_name,
    hot_file_is_plain,
    never_sleeps,
)

# --- reading the tree ----------------------------------------------------------------------------

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def is_interface(function: Function) -> bool:
    last = function.body[-1]
    return (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Constant)
        and last.value.value is ...
    )


def imports_of(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Every import, also those inside functions and for types only. ``from unstick import x`` is
    ``unstick.x``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            target = "." * node.level + (node.module or "")
            if target == "unstick":
                yield from ((node, f"unstick.{alias.name}") for alias in node.names)
            else:
                yield node, target


def types_only(tree: ast.Module) -> set[ast.stmt]:
    """The imports under ``if TYPE_CHECKING``, which never run."""
    guards = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    return {
        statement
        for guard in guards
        if ast.unparse(guard.test) == "TYPE_CHECKING"
        for statement in guard.body
    }


def is_parenthesised(text: str, node: ast.expr) -> bool:
    lines = text.splitlines(keepends=True)
    before = "".join([*lines[: node.lineno - 1], cut(lines[node.lineno - 1], 0, node.col_offset)])
    last = node.end_lineno or node.lineno
    after = "".join([cut(lines[last - 1], node.end_col_offset or 0, None), *lines[last:]])
    return before.rstrip().endswith("(") and after.lstrip().startswith(")")


def cut(line: str, start: int, stop: int | None) -> str:
    """Part of a line; the tree counts columns in UTF-8 bytes."""
    return line.encode()[start:stop].decode()
