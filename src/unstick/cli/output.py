"""Where output goes: a terminal, a pipe, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from unstick.errors import UsageError
from unstick.report.look import PAGE, Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, TextIO

NARROWEST_PAGE = 40
SIGNS = "─│├▶◀╎×…"  # what the texts use beyond ASCII


def look(path: str | None, *, wide: bool = False) -> Look:
    """How text may look where this output goes. ``wide`` lets it use a wide terminal."""
    if path not in (None, "-"):
        return Look(PAGE)
    stream = sys.stdout
    if stream is None:
        return Look(PAGE)
    if not _is_terminal(stream):
        return Look(PAGE, unicode=_carries_signs(stream))
    columns = os.get_terminal_size(stream.fileno()).columns or PAGE + 1
    width = columns if wide else min(columns, PAGE)
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Look(max(width, NARROWEST_PAGE), colour, _carries_signs(stream))


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty() and os.get_terminal_size(stream.fileno()) is not None
    except (OSError, ValueError, AttributeError):
        return False


def _carries_signs(stream: TextIO) -> bool:
    """Whether arrows and lines arrive as such."""
    # Python itself writes UTF-8 even there (PEP 540); who sets this means ASCII.
    if os.environ.get("LC_ALL") in ("C", "POSIX"):
        return False
    try:
        SIGNS.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def write_lines(path: str | None, lines: Iterable[str]) -> None:
    """Lines without line ends."""
    write(path, (f"{line}\n" for line in lines))


def write(path: str | None, pieces: Iterable[str]) -> None:
    """Writes the text; to a file, only when all of it could be made."""
    if path is None or path == "-":
        out = _standard()
        for piece in pieces:
            out.write(piece)
        out.flush()
        return
    with replaced(path) as place, open(place, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(pieces)


def _standard() -> TextIO:
    if sys.stdout is None:  # closed by the shell: >&-
        raise UsageError("standard output is closed", "write to a file with -o FILE")
    return sys.stdout


def write_bytes(path: str | None, pieces: Iterable[bytes]) -> None:
    """The same of text that is UTF-8 already."""
    if path is None or path == "-":
        out = _standard()
        out.flush()
        plain = getattr(out, "buffer", None)
        for piece in pieces:
            if plain is not None:
                plain.write(piece)
            else:  # something that takes the place of a stream
                out.write(piece.decode())
        out.flush()
        return
    with replaced(path) as place, open(place, "wb") as file:
        file.writelines(pieces)


@contextmanager
def binary(path: str | None) -> Iterator[BinaryIO]:
    """The same for bytes: standard output, unless somebody would have to read them on a terminal,
    or a file that appears when the block ends well."""
    if path is None or path == "-":
        out = _standard()
        refuse_terminal(path)
        yield out.buffer
        out.flush()
        return
    with replaced(path) as place, open(place, "wb") as file:
        yield file


def refuse_terminal(path: str | None) -> None:
    """Raises UsageError if output of this path would be bytes on a terminal."""
    if path in (None, "-") and _is_terminal(_standard()):
        raise UsageError(
            "these are bytes for programs, not for a terminal",
            "name a file with -o FILE, or send them on with | or >",
        )


@contextmanager
def replaced(path: str) -> Iterator[str]:
    """A path to write to; what stands there takes the place of ``path`` when the block ends well.

    If it does not, whatever stood at ``path`` still does. What is not a plain file (``/dev/null``,
    a named pipe) is written to directly.
    """
    target = os.path.realpath(path)  # a link stays a link; what it points to is replaced
    if os.path.exists(target) and not os.path.isfile(target):
        if os.path.isdir(target):
            raise UsageError(f"{path}: is a folder", "name a file with -o FILE")
        yield target
        return
    folder, name = os.path.split(target)  # pathlib would take 4 ms to import
    if not os.path.isdir(folder):
        raise UsageError(f"{path}: the folder does not exist", f"mkdir -p {folder}")
    draft = os.path.join(folder, f".{name[:200]}.{os.getpid()}.part")
    try:
        yield draft
        if os.path.exists(target):
            os.chmod(draft, os.stat(target).st_mode & 0o7777)
        os.replace(draft, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft)
