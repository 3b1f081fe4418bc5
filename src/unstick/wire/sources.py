"""Where capture bytes come from: files, standard input, gzip and zstd, rotations.

A ``Source`` fills buffers and knows how far it is; it does not know what a packet is. Compressed
data is decompressed as it streams. What is damaged is used up to the damage: the source then
ends, and ``anomaly`` says why. Only opening raises (``CaptureError``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from unstick.errors import CaptureError
from unstick.wire.anomalies import COMPRESSION_CUT, COMPRESSION_DAMAGED, TRAILING_BYTES

READ_BYTES = 1 << 16
"""Compressed bytes read at once."""

OUTPUT_BYTES = 1 << 17
"""Decompressed bytes asked for at once: one block of zstd, so that a damaged block takes nothing
with it that came before."""

ALONE_PIECES = 4
"""From this piece on, pieces are made on another thread: to start one costs as much as a piece."""

AHEAD_PIECES = 8
"""Pieces made before they are needed, at most: 1 MB."""

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
WILD = frozenset("*?[")
"""Signs that make a path a glob."""

ZSTD_SKIPPABLE = b"\x2a\x4d\x18"  # after one byte 0x50-0x5f (RFC 8878 3.1.2)


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, Protocol

    from unstick.ahead import Ahead

    class Raw(Protocol):
        """What a source needs of a file."""

        def readinto(self, view: memoryview, /) -> int | None: ...

        def read(self, size: int, /) -> bytes | None: ...

        def fileno(self) -> int: ...

        def close(self) -> None: ...


class Source:
    """A stream of capture bytes. ``size`` is None on a pipe; ``position`` counts file bytes read,
    compressed ones if the file is compressed."""

    def __init__(self, path: str, raw: Raw, size: int | None) -> None:
        self.path = path
        self.size = size
        self.position = 0
        self.anomaly: int | None = None
        self.compression: str | None = None
        self._raw = raw
        self._head = b""
        self._plain: Iterator[bytes] | None = None
        self._rest = memoryview(b"")
        self._pieces = 0
        self._ahead: Ahead | None = None
        self._detect()

    def _read(self, size: int) -> bytes:
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        data = self._raw.read(size) or b""
        self.position += len(data)
        return data

    def _detect(self) -> None:
        head = b""
        while len(head) < 4:
            more = self._raw.read(READ_BYTES) or b""
            if not more:
                break
            head += more
        self._head = head
        self.position = len(head)
        if head.startswith(GZIP_MAGIC):
            self.compression = "gzip"
            self._plain = self._inflate()
        elif starts_zstd(head):
            self.compression = "zstd"
            self._plain = self._unzstd(zstd_decompressor(self.path))

    def _next_piece(self) -> bytes | None:
        """The next decompressed piece; None at the end. Large content is decompressed on a thread
        of its own; a small one is not worth starting one."""
        assert self._plain is not None
        self._pieces += 1
        if self._pieces == ALONE_PIECES:
            from unstick.ahead import Ahead

            self._plain = self._ahead = Ahead(self._plain, AHEAD_PIECES)
        return next(self._plain, None)

    def read_into(self, view: memoryview) -> int:
        """Fill ``view`` from its start with what is at hand, at least one byte; 0 at the end."""
        if self._plain is not None:
            return self._copy(view)
        if self._head:
            data = self._read(len(view))
            view[: len(data)] = data
            return len(data)
        count = self._raw.readinto(view) or 0
        self.position += count
        return count

    @property
    def can_read_at(self) -> bool:
        """Is this a regular file, as it is, whose next bytes stand at ``position``, and can the
        system read such a one at any place?"""
        plain = self.size is not None and self._plain is None and not self._head
        return plain and hasattr(os, "preadv")

    def read_at(self, view: memoryview, place: int) -> int:
        """Fill ``view`` from this place of the file on, as far as it goes: how many bytes that
        was. ``position`` stays. On any thread, and on several at once."""
        return os.preadv(self._raw.fileno(), [view], place)

    def _copy(self, view: memoryview) -> int:
        while not len(self._rest):
            data = self._next_piece()
            if data is None:
                return 0
            self._rest = memoryview(data)
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _inflate(self) -> Iterator[bytes]:
        """The content of every member of a gzip file, in pieces."""
        import zlib

        data = self._read(READ_BYTES)
        while data:
            if not data.startswith(GZIP_MAGIC[: len(data)]):
                # gzip(1) ignores zeros after the last member, too: tapes are padded with them.
                self.anomaly = None if not data.strip(b"\0") else TRAILING_BYTES
                return
            member = zlib.decompressobj(wbits=31)
            while not member.eof:
                before = member.copy()
                try:
                    piece = member.decompress(data, OUTPUT_BYTES)
                except zlib.error:
                    self.anomaly = COMPRESSION_DAMAGED
                    yield from inflate_to_damage(before, data)
                    return
                data = member.unconsumed_tail
                if piece:
                    yield piece
                if not data and not member.eof:
                    data = self._read(READ_BYTES)
                    if not data:
                        self.anomaly = COMPRESSION_CUT
                        return
            data = member.unused_data or self._read(READ_BYTES)
            if len(data) == 1:
                data += self._read(READ_BYTES)

    def _unzstd(self, module: Any) -> Iterator[bytes]:
        """The content of every frame of a zstd file, in pieces."""
        data = self._read(READ_BYTES)
        while data:
            while len(data) < 4 and (more := self._read(READ_BYTES)):
                data += more
            if not starts_zstd(data):
                self.anomaly = TRAILING_BYTES
                return
            frame = module.ZstdDecompressor()
            while not frame.eof:
                try:
                    piece = frame.decompress(data, OUTPUT_BYTES)
                except module.ZstdError:
                    self.anomaly = COMPRESSION_DAMAGED
                    return
                data = b""
                if piece:
                    yield piece
                if frame.needs_input and not frame.eof:
                    data = self._read(READ_BYTES)
                    if not data:
                        self.anomaly = COMPRESSION_CUT
                        return
            data = frame.unused_data or self._read(READ_BYTES)

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
        self._raw.close()


def starts_zstd(data: bytes) -> bool:
    """Whether a frame of zstd starts here, one with content or one to skip."""
    return data.startswith(ZSTD_MAGIC) or (data[1:4] == ZSTD_SKIPPABLE and (data[0] & 0xF0) == 0x50)


def inflate_to_damage(member: Any, data: bytes) -> Iterator[bytes]:
    """What a gzip member still gives before the byte that is damaged."""
    import zlib

    for index in range(len(data)):
        try:
            piece = member.decompress(data[index : index + 1])
        except zlib.error:
            return
        if piece:
            yield piece


def zstd_decompressor(path: str) -> Any:
    """The zstd module: of the standard library from Python 3.14 on, else its backport."""
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError as error:
        raise CaptureError(
            path,
            "is compressed with zstd, which this Python cannot read",
            "pip install backports.zstd, or: zstd -dc FILE | unstick explain -",
        ) from error
    return zstd


def open_source(path: str, stdin: BinaryIO | None = None) -> Source:
    """Open one path, ``-`` for standard input. Raises CaptureError."""
    if path == "-":
        stream = stdin if stdin is not None else sys.stdin.buffer
        raw: Any = getattr(stream, "raw", stream)
        return Source("-", raw, None)
    try:
        file = open(path, "rb", buffering=0)  # noqa: SIM115 - the Source closes it
    except OSError as error:
        hint = (
            "check the name; quote a glob so that unstick expands it" if error.errno == 2 else None
        )
        raise CaptureError(path, (error.strerror or "cannot be opened").lower(), hint) from error
    status = os.fstat(file.fileno())
    regular = (status.st_mode & 0o170000) == 0o100000
    return Source(path, file, status.st_size if regular else None)


def expand(paths: Sequence[str]) -> list[str]:
    """Globs become the names they match, in order; a path that exists is itself."""
    expanded: list[str] = []
    for path in paths:
        if path == "-" or os.path.lexists(path) or not WILD.intersection(path):
            expanded.append(path)
            continue
        import glob

        matches = sorted(glob.glob(path))
        if not matches:
            raise CaptureError(path, "matches no file")
        expanded.extend(matches)
    return expanded
