"""What ``explain`` concluded, as plain data: the one thing that reports are made from.

``diagnose`` fills it, ``report`` prints it; what both must say of a verdict is said here once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from unstick.named import NOTHING, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from unstick.checks.base import Finding


class AnomalyCount(NamedTuple):
    """One kind of damage or oddity in a capture, how often, and where first."""

    kind: str
    count: int  # type: ignore[assignment]
    first_frame: int | None
    detail: str


class CaptureSummary(NamedTuple):
    """One capture file as it was read. Times are nanoseconds since the epoch, None if empty."""

    path: str
    format: str  # "pcap" | "pcapng"
    compression: str | None  # None | "gzip" | "zstd"
    packets: int
    tcp_segments: int
    bytes: int  # of packets, on the wire
    first_ns: int | None
    last_ns: int | None
    link_types: tuple[str, ...]
    anomalies: tuple[AnomalyCount, ...]


class ResetVerdict(NamedTuple):
    """One RST: what the receiver should do with it, what it did, and where the RST came from.

    ``seq`` and ``rcv_nxt`` are relative to the sender's initial sequence number (raw minus first
    known if the SYN was not captured); ``offset`` is ``seq - rcv_nxt``. None is unknown.
    ``repeated`` > 1: that many RSTs with the same number and verdict, up to ``last_frame``.
    """

    capture: int
    stream: int
    frame: int
    time_ns: int
    sender: str  # "client" | "server"
    seq: int | None
    seq_raw: int
    rcv_nxt: int | None
    offset: int | None
    state: str | None  # RFC 9293 name of the receiver's state, e.g. "CLOSE-WAIT"
    verdict: str  # "honoured" | "refused-silently" | "refused-challenged" | "undecidable"
    rule: str
    cite: str
    observed: str  # "honoured" | "refused" | "unknown"
    observed_because: str | None  # one sentence: what the receiver did afterwards
    answers_frame: int | None
    answers_range: tuple[int, int] | None  # first and last frame it may answer
    answers_count: int
    profiles: Mapping[str, str]
    origin: str  # "endpoint" | "another-host" | "unknown"
    origin_evidence: str | None
    repeated: int = 1
    last_frame: int | None = None


class SegmentVerdict(NamedTuple):
    """One SYN out of place, odd ACK or unnegotiated signature: what its receiver should do with it
    and what came from there next.

    ``verdict`` is the action in words ("accept", "challenge", "drop", ...); ``after_frame`` is the
    receiver's next packet that is no RST, ``challenged`` that it looks like a challenge ACK.
    """

    capture: int
    stream: int
    frame: int
    time_ns: int
    sender: str  # "client" | "server"
    kind: str  # "SYN" | "SYN, ACK" | "odd ACK" | "signed"
    seq: int | None
    ack: int | None
    state: str | None
    verdict: str
    rule: str
    cite: str
    after_frame: int | None
    challenged: bool


class LadderLine(NamedTuple):
    """One line of the small ladder of a connection: the frames that matter, in time order.

    ``times`` > 1 folds frames ``frame``..``last_frame`` of the same sort into one line.
    ``text`` is the segment in short ("FIN, ACK seq 44 ack 3145729"); ``remark`` is what it means
    for the story, or None. ``sender`` None is a line about silence or time, not a segment.
    """

    frame: int | None
    time_ns: int
    sender: str | None
    text: str
    remark: str | None = None
    times: int = 1
    last_frame: int | None = None
    emphasis: bool = False


class StreamRow(NamedTuple):
    """One row of ``streams``; the field names are the column names of the contract."""

    stream: int
    client: str
    client_port: int
    server: str
    server_port: int
    first_frame: int
    last_frame: int
    first_time: int  # ns since the epoch; written as ISO 8601
    duration_s: float
    client_packets: int
    server_packets: int
    client_bytes: int
    server_bytes: int
    client_retransmitted_segments: int
    server_retransmitted_segments: int
    client_zero_windows: int
    server_zero_windows: int
    client_resets: int
    server_resets: int
    client_state: str  # RFC 9293 name or "?"
    server_state: str
    complete: bool
    stuck_side: str | None
    stuck_for_s: float | None
    codes: tuple[str, ...]
    capture: int = 0


class Later(Sequence["ResetVerdict"]):
    """Verdicts that are made when somebody reads them: most reports tell of findings alone."""

    def __init__(self, make: Callable[[], tuple[ResetVerdict, ...]]) -> None:
        self._make = make
        self._made: tuple[ResetVerdict, ...] | None = None

    def _all(self) -> tuple[ResetVerdict, ...]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[ResetVerdict]:
        return iter(self._all())

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Later | tuple) and self._all() == tuple(other)

    __hash__ = None  # type: ignore[assignment]


def contradicts(verdict: str, observed: str) -> bool:
    """Did the receiver do otherwise than its profile says?"""
    if verdict == "honoured":
        return observed == "refused"
    return verdict.startswith("refused") and observed == "honoured"


def some_stack_does(verdicts: Mapping[str, str], observed: str) -> bool:
    """Is there a stack that would have done what was seen? Where none is, the reset says nothing
    about the receiver's stack: it never came there, lost behind the capture point."""
    return not all(contradicts(verdict, observed) for verdict in verdicts.values())


class ProfileChoice(NamedTuple):
    """Which stack the verdicts speak of, and what the captured behaviour says about that choice.

    ``contradicted_by`` are frames whose observed outcome this profile does not give, and another
    would;
    ``fits`` are profiles that give every observed outcome (None: nothing contradicted).
    """

    name: str
    chosen: str  # "default" | "user"
    known_from: str
    contradicted_by: tuple[int, ...] = ()
    fits: tuple[str, ...] | None = None


class Diagnosis(NamedTuple):
    """All that ``explain`` found, in the order of the contract ``unstick.report/1``."""

    profile: ProfileChoice
    captures: tuple[CaptureSummary, ...]
    total: int
    healthy: int
    with_findings: int
    undecided: int
    findings: tuple[Finding, ...]
    resets: Sequence[ResetVerdict]
    limits: tuple[str, ...]
    rows: Mapping[tuple[int, int], StreamRow]  # (capture, stream) of every stream with a finding
    ladders: Mapping[tuple[int, int], tuple[LadderLine, ...]] = NOTHING
    engine: str = "compiled"  # "compiled" | "plain"
    segments: tuple[SegmentVerdict, ...] = ()
    spent: Mapping[str, int] = NOTHING  # nanoseconds by stage; stages of two threads overlap
