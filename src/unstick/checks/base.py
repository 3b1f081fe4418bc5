"""What a check is, and what it yields. Data only: nothing here looks at a connection.

A *check* looks for one trouble and is one file. A *finding* is what it concluded about one
connection, with *evidence* (frames and values) and *remedies* (what to do, where, at what risk).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum, StrEnum

from unstick.named import NOTHING, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.tcp.captured import CaptureFacts
    from unstick.tcp.observed import Connection

Value = int | float | str | bool | None


class Severity(IntEnum):
    """NOTE informs; WARNING and ERROR make the exit status 1."""

    NOTE = 0
    WARNING = 1
    ERROR = 2


class Where(StrEnum):
    """Where a remedy is applied."""

    APPLICATION = "application"
    SERVER = "server"
    CLIENT = "client"
    MIDDLEBOX = "middlebox"
    OPERATOR = "operator"


class Risk(StrEnum):
    """SAFE changes nothing for healthy connections; DISRUPTIVE may end or slow them."""

    SAFE = "safe"
    DISRUPTIVE = "disruptive"


class Remedy(NamedTuple):
    """One thing to do. ``command`` is what to type, if one line does it."""

    do: str
    where: Where
    risk: Risk
    command: str | None = None


class Evidence(NamedTuple):
    """One fact. ``says`` is one sentence; ``frames`` are 1-based frame numbers of the capture."""

    says: str
    frames: tuple[int, ...] = ()
    values: Mapping[str, Value] = NOTHING
    cite: str | None = None


class Finding(NamedTuple):
    """What one check concluded about one connection (or, ``stream is None``, about a capture).

    ``headline`` is one sentence of fact. ``doubt`` says what could prove the finding wrong.
    ``stuck_side`` is "client" or "server" when the finding says that side's socket is stuck.
    ``since_ns`` is when the trouble began. ``explained_by`` is set by diagnose, not by checks.
    """

    code: str
    severity: Severity
    headline: str
    evidence: tuple[Evidence, ...]
    remedies: tuple[Remedy, ...]
    stream: int | None = None
    capture: int = 0
    doubt: str | None = None
    stuck_side: str | None = None
    since_ns: int | None = None
    blames: str | None = None
    explained_by: str | None = None

    @property
    def grave(self) -> bool:
        """More than a note."""
        return self.severity > Severity.NOTE


class Check(NamedTuple):
    """The declaration of a check. ``manual`` is the module's docstring (its manual page).

    Exactly one of ``in_connection`` and ``in_capture`` is given: the first is called once for each
    connection that has something to say, the second once a capture, at its end. Both yield
    findings, never print, never raise on odd input, and never call another check.
    """

    code: str
    name: str
    summary: str
    manual: str
    remedies: tuple[Remedy, ...]
    in_connection: Callable[[Connection], Iterator[Finding]] | None = None
    in_capture: Callable[[CaptureFacts], Iterator[Finding]] | None = None
