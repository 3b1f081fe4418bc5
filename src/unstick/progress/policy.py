"""What a send may cost in time: the limits, the level of delivery, and what a verdict does.

A ``Policy`` is a value: no clock, no socket. ``Policy.parse`` and ``str`` are each other's inverse,
so that one line in a configuration file is the whole policy:

    idle=60 silent=30 rate=1k/30s total=10m drain=acked kill=reset

Durations are seconds, or ``500ms 30s 10m 1h``; sizes are bytes, or ``1k 1M 1G`` (powers of 1000)
and ``128Ki 1Mi 1Gi`` (powers of 1024); ``none`` switches a rule off.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum

from unstick.progress.errors import PolicyError, PolicyWarning

SHORT_IDLE_S = 15.0
"""Under this, ``idle`` can end peers that read: ACKs of a 20 kB/s reader were up to 6.5 s apart
(Linux 6.18, receive buffers of 4 to 128 KiB), because windows open in steps."""


class Drain(StrEnum):
    """How far ``finish()`` waits. Each level includes those before it."""

    NONE = "none"  # the kernel has the bytes; nothing is known of the peer
    ACKED = "acked"  # the peer's kernel has acknowledged every byte
    FIN = "fin"  # and the end of the stream
    PEER_CLOSED = "peer-closed"  # and the peer has ended its side, what it still sent is discarded


class Kill(StrEnum):
    """What a verdict does to the connection.

    ``RESET`` sends a reset and frees everything at once. ``CLOSE`` ends it the polite way: the
    kernel keeps an orphan in FIN-WAIT-1, with all that is unsent, for minutes. ``REPORT`` touches
    nothing and returns the outcome instead of raising.
    """

    RESET = "reset"
    CLOSE = "close"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits of one send or one connection. All rules run at once; the first to fire ends it.

    No clock runs while nothing is outstanding: a slow handler, a pause between events and an idle
    keep-alive connection are never punished. Raises PolicyError for values that mean nothing;
    warns (PolicyWarning) for an ``idle`` under 15 s.

    ``idle`` and ``min_rate`` see what the peer's *kernel* takes. One with a large receive buffer
    takes megabytes at once and then nothing until its program has read much of them: a steady
    20 kB/s reader (``curl --limit-rate 20k``, Linux 6.18) was seen to acknowledge nothing for
    100 s. ``pace`` makes both rules wait for as long as a reader of that speed may be busy with
    what its kernel took; without it ``idle`` must be longer than that.

    ``crowd`` is for servers with few workers, and only where many connections are guarded
    (``install``, ``unstick enforce``): while received bytes of *others* lie unread, a peer that
    keeps its window closed is waited for only as long as a reader of this speed may be busy.
    """

    idle: float | None = 60.0  # s, bytes outstanding and none newly acknowledged
    silent: float | None = 30.0  # s, bytes outstanding, peer asked three times, nothing heard
    min_rate: float | None = None  # acknowledged bytes a second of busy time
    window: float = 30.0  # s of busy time that min_rate averages over
    grace: float = 10.0  # s of busy time before min_rate counts
    deadline: float | None = None  # s in total, sending and draining
    drain: Drain = Drain.ACKED
    on_verdict: Kill = Kill.RESET
    lowat: int | None = 131072  # bytes, TCP_NOTSENT_LOWAT where the library owns the socket
    fast_probes: bool = True  # probe a stalled peer every silent/8 (Linux >= 6.15)
    pace: float | None = None  # bytes/s: a reader as slow as this is waited for, see the class
    crowd: float | None = None  # bytes/s: the slowest reader while others wait, see the class
    max_bytes_held: int | None = None  # bytes unsent and unacknowledged, for `idle` s at most
    expires_at: float | None = None  # s on time.monotonic(): see until()

    def __post_init__(self) -> None:
        for name in DURATIONS:
            refuse_unless(is_duration(getattr(self, name)), name, getattr(self, name), DURATION)
        for name in ("window", "grace"):
            refuse_unless(getattr(self, name) is not None, name, None, DURATION)
        for name in ("min_rate", "pace", "crowd", "lowat", "max_bytes_held"):
            value = getattr(self, name)
            fits = is_duration(value) and (name in RATES or not isinstance(value, float))
            refuse_unless(fits, name, value, "a number of bytes above 0, or none")
        refuse_unless(isinstance(self.drain, Drain), "drain", self.drain, one_of(Drain))
        refuse_unless(
            isinstance(self.on_verdict, Kill), "on_verdict", self.on_verdict, one_of(Kill)
        )
        refuse_unless(isinstance(self.fast_probes, bool), "fast_probes", self.fast_probes, "a bool")
        if self.max_bytes_held is not None and self.idle is None:
            raise PolicyError("max_bytes_held", self.max_bytes_held, "a policy with idle")
        if self.idle is not None and self.idle < SHORT_IDLE_S:
            warnings.warn(
                f"idle={self.idle:g} s: ACK gaps of 6.5 s are normal for a 20 kB/s reader",
                PolicyWarning,
                stacklevel=3,
            )

    def until(self, instant: float) -> Policy:
        """The same policy that also ends at ``instant``, seconds on ``time.monotonic()``.

        Composes by minimum: an earlier end that is already there stays.
        """
        refuse_unless(is_instant(instant), "until", instant, "a time.monotonic() instant")
        ends = [one for one in (instant, self.expires_at) if one is not None]
        bounded = copy.copy(self)  # not replace(): a warning was given once already
        object.__setattr__(bounded, "expires_at", min(ends))
        return bounded

    @classmethod
    def parse(cls, text: str) -> Policy:
        """The policy of one line. Words that are not there keep their default.

        Raises PolicyError, with the word that is wrong.
        """
        values: dict[str, object] = {}
        for word in text.split():
            key, equals, value = word.partition("=")
            if not equals or key not in WORDS:
                raise PolicyError(word, None, f"words: {' '.join(f'{name}=' for name in WORDS)}")
            read = WORDS[key](value)
            if values.keys() & read.keys():
                raise PolicyError(key, value, "each word once")
            values.update(read)
        return cls(**values)  # type: ignore[arg-type]  # 2026-11-23: __post_init__ looks at each

    def __str__(self) -> str:
        words = [f"idle={number(self.idle)}", f"silent={number(self.silent)}"]
        if self.min_rate is not None:
            words.append(f"rate={number(self.min_rate)}/{number(self.window)}s")
        plain = {one.name: one.default for one in fields(self)}
        for key, name, show in PRINTED:
            value = getattr(self, name)
            if value != plain[name] and not (key == "window" and self.min_rate is not None):
                words.append(f"{key}={show(value)}")
        return " ".join(words)


DURATIONS = ("idle", "silent", "window", "grace", "deadline", "expires_at")
RATES = frozenset({"min_rate", "pace", "crowd"})
DURATION = "a number of seconds above 0, or none"


def is_duration(value: object) -> bool:
    return value is None or (is_instant(value) and value > 0)  # type: ignore[operator]


def is_instant(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]


def refuse_unless(fits: bool, name: str, value: object, wanted: str) -> None:
    if not fits:
        raise PolicyError(name, value, wanted)


def one_of(kind: type[StrEnum]) -> str:
    return "one of " + " ".join(kind)


# --- the words of a policy line ------------------------------------------------------------------

SECONDS = {"": 1.0, "s": 1.0, "ms": 1e-3, "m": 60.0, "h": 3600.0}
BYTES = {"": 1, "k": 1000, "M": 10**6, "G": 10**9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


def scaled(key: str, text: str, units: dict[str, float] | dict[str, int]) -> float:
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    try:
        return float(digits) * units[text[len(digits) :]]
    except (KeyError, ValueError):
        raise PolicyError(key, text, f"a number with {' '.join(units).strip()}, or none") from None


def seconds(key: str, text: str) -> float | None:
    return None if text == "none" else scaled(key, text, SECONDS)


def size(key: str, text: str) -> int | None:
    if text == "none":
        return None
    value = scaled(key, text, BYTES)
    refuse_unless(value == int(value), key, text, "a whole number of bytes")
    return int(value)


def rate(text: str) -> dict[str, object]:
    """``500``, ``500/60s`` or ``none``: bytes a second, over that many busy seconds."""
    amount, slash, over = text.partition("/")
    values: dict[str, object] = {"min_rate": speed("rate", amount)}
    if slash:
        values["window"] = seconds("rate", over)
    return values


def speed(key: str, text: str) -> float | None:
    return None if text == "none" else scaled(key, text, BYTES)


def member(key: str, kind: type[StrEnum], text: str) -> StrEnum:
    try:
        return kind(text)
    except ValueError:
        raise PolicyError(key, text, one_of(kind)) from None


def switch(text: str) -> bool:
    refuse_unless(text in ("on", "off"), "probes", text, "on or off")
    return text == "on"


WORDS: dict[str, Callable[[str], dict[str, object]]] = {
    # word of a policy line -> the fields it sets
    "idle": lambda text: {"idle": seconds("idle", text)},
    "silent": lambda text: {"silent": seconds("silent", text)},
    "rate": rate,
    "pace": lambda text: {"pace": speed("pace", text)},
    "crowd": lambda text: {"crowd": speed("crowd", text)},
    "window": lambda text: {"window": seconds("window", text)},
    "grace": lambda text: {"grace": seconds("grace", text)},
    "total": lambda text: {"deadline": seconds("total", text)},
    "drain": lambda text: {"drain": member("drain", Drain, text)},
    "kill": lambda text: {"on_verdict": member("kill", Kill, text)},
    "lowat": lambda text: {"lowat": size("lowat", text)},
    "probes": lambda text: {"fast_probes": switch(text)},
    "held": lambda text: {"max_bytes_held": size("held", text)},
    "until": lambda text: {"expires_at": seconds("until", text)},
}


def number(value: float | None) -> str:
    """Exact and short: ``parse`` reads back the very same number."""
    if value is None:
        return "none"
    return repr(int(value)) if value == int(value) else repr(float(value))


PRINTED: tuple[tuple[str, str, Callable[..., str]], ...] = (
    # word, field, how it is written; only what is not the default is printed
    ("window", "window", number),
    ("grace", "grace", number),
    ("pace", "pace", number),
    ("crowd", "crowd", number),
    ("total", "deadline", number),
    ("drain", "drain", str),
    ("kill", "on_verdict", str),
    ("lowat", "lowat", number),
    ("probes", "fast_probes", lambda value: "on" if value else "off"),
    ("held", "max_bytes_held", number),
    ("until", "expires_at", number),
)

DEFAULT = Policy()
"""Idle 60 s, silent 30 s, no rate, no deadline, reset. On a socket that cannot be asked (AF_UNIX)
a Sender drops from *this* object the rules that mean nothing there; from any other it drops none
and refuses it."""
