"""Writes docs/reference-progress.md from docstrings of ``unstick.progress``: ``make reference``.

It reads source files and imports none of them, so it needs neither trio nor prometheus_client, and
prints the same under every Python. What has no docstring is not promised, and not in it.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parent.parent
PACKAGE = REPOSITORY / "src" / "unstick" / "progress"
PAGE = REPOSITORY / "docs" / "reference-progress.md"
WIDTH = 79

HEAD = """\
# Reference: unstick.progress

Made by `make reference` from the docstrings; do not edit. To learn it:
[tutorial-progress.md](tutorial-progress.md); to choose limits:
[limits.md](limits.md).
"""


class Chapter(NamedTuple):
    """``module`` is what people import from; ``names`` of ``file``, in the order of the page."""

    module: str
    file: str
    names: tuple[str, ...]


ERRORS = (
    *("ProgressError", "PeerSilent", "PeerNotReading", "PeerStalled", "PeerTooSlow"),
    *("PeerHoarding", "DeadlineExceeded", "KernelTimeout", "PeerReset", "PeerUnreachable"),
    *("ConnectionDestroyed", "ClosedLocally", "SendFailed", "PolicyError", "PolicyWarning"),
)

TOP = "unstick.progress"

CHAPTERS = (
    Chapter(TOP, "policy.py", ("Policy", "Drain", "Kill", "DEFAULT")),
    Chapter(TOP, "outcome.py", ("Cause", "Outcome", "Sample")),
    Chapter(TOP, "errors.py", ERRORS),
    Chapter(TOP, "sender.py", ("send", "Sender")),
    Chapter(TOP, "installed.py", ("install", "Installed")),
    Chapter(TOP, "rounds.py", ("Stats",)),
    Chapter(TOP, "meter.py", ("Meter",)),
    Chapter(TOP, "tcpinfo.py", ("sample", "capabilities")),
    Chapter(f"{TOP}.aio", "aio/sending.py", ("send", "drain")),
    Chapter(f"{TOP}.aio", "aio/guards.py", ("guard", "Guard")),
    Chapter(f"{TOP}.aio", "aio/protocols.py", ("guarded",)),
    Chapter(f"{TOP}.trio", "trio.py", ("send_all",)),
    Chapter(f"{TOP}.anyio", "anyio.py", ("send_all",)),
    Chapter(f"{TOP}.prometheus", "prometheus.py", ("register",)),
)

Defined = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    module = ""
    for chapter in CHAPTERS:
        text = (PACKAGE / chapter.file).read_text("utf-8")
        tree = ast.parse(text)
        if chapter.module != module:
            module = chapter.module
            parts.append(f"## {module}\n")
            if module != TOP:
                parts.append(reflowed(about(tree, chapter.file)))
        parts += [part for name in chapter.names for part in entry(name, tree, text)]
    return "\n".join(parts)


def about(tree: ast.Module, file: str) -> str:
    """What the module says of itself, or the package that its file is in."""
    if "/" in file:
        tree = ast.parse((PACKAGE / file).with_name("__init__.py").read_text("utf-8"))
    return ast.get_docstring(tree) or ""


def entry(name: str, tree: ast.Module, text: str) -> Iterator[str]:
    """One name: its heading, its shape in code, and what its docstring says."""
    yield f"### {name}\n"
    node = found(name, tree)
    if isinstance(node, ast.Expr):  # a constant, by the string below it
        yield reflowed(ast.literal_eval(node.value))
        return
    said = docstring(node)
    yield f"```python\n{shape(node, text)}\n```\n"
    yield reflowed(said)
    if isinstance(node, ast.ClassDef):
        for method in public(node):
            promise = ast.get_docstring(method)
            if promise:
                yield f"#### {name}.{method.name}\n"
                yield f"```python\n{header(method, text)}\n```\n"
                yield reflowed(promise)


def found(name: str, tree: ast.Module) -> Defined | ast.Expr:
    for at, node in enumerate(tree.body):
        if isinstance(node, Defined) and node.name == name:
            return node
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            after = tree.body[at + 1]
            assert isinstance(after, ast.Expr), f"{name} has no string below it"
            return after
    raise LookupError(f"{name} is not where CHAPTERS says")


def docstring(node: Defined) -> str:
    said = ast.get_docstring(node)
    if not said:
        raise LookupError(f"{node.name} has no docstring: say what it promises")
    return said


def public(node: ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for one in node.body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name[0] != "_":
            yield one


def shape(node: Defined, text: str) -> str:
    """A function's header; a class's, with its fields as they stand in the source."""
    if not isinstance(node, ast.ClassDef):
        return header(node, text)
    lines = [header(node, text), *fields(node, text)]
    made = [one for one in node.body if isinstance(one, ast.FunctionDef)]
    lines += [textwrap.indent(header(one, text), "    ") for one in made if one.name == "__init__"]
    return "\n".join(lines)


def header(node: Defined, text: str) -> str:
    """From ``def`` or ``class`` to the colon, with what says that it is a property."""
    lines = text.splitlines()
    marks = [f"@{ast.unparse(one)}" for one in node.decorator_list]
    body = lines[node.lineno - 1 : node.body[0].lineno - 1] or [lines[node.lineno - 1]]
    while not body[-1].rstrip().endswith(":"):
        body.pop()
    kept = [mark for mark in marks if mark in ("@property", "@classmethod")]
    return "\n".join([*kept, textwrap.dedent("\n".join(body))])


def fields(node: ast.ClassDef, text: str) -> Iterator[str]:
    """Annotated fields and members of enums, with the comments beside them."""
    lines = text.splitlines()
    for one in node.body:
        if isinstance(one, ast.AnnAssign | ast.Assign):
            yield from lines[one.lineno - 1 : one.end_lineno]


def reflowed(said: str) -> str:
    """A docstring as Markdown: single backquotes, paragraphs of the page's width."""
    parts = []
    for paragraph in said.replace("``", "`").split("\n\n"):
        if paragraph.startswith(("|", "    ")):
            parts.append(paragraph)
        elif paragraph.startswith("- "):
            items = paragraph.replace("\n  ", " ").splitlines()
            parts.append("\n".join(filled(item, "  ") for item in items))
        else:
            parts.append(filled(" ".join(paragraph.split()), ""))
    return "\n\n".join(parts) + "\n"


def filled(text: str, indent: str) -> str:
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
