"""What ``compare`` found, as plain data: the one thing that its reports are made from.

Nothing here computes. A is the first capture named, B the second. Of every direction the capture
*near* the sender and the one *far* from it are told apart: what the near one shows was sent, what
the far one shows arrived. Frames are 1-based and per capture; times are nanoseconds since the
epoch, by the clock of that capture. None is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unstick.diagnosis import CaptureSummary

KINDS = ("SYN", "data", "ACK", "FIN", "RST")
"""What a segment is counted as; the last of these that applies. An ACK carries nothing else."""

TWO_POINTS = "two-vantage-points"
TWO_PATHS = "two-paths"
NOT_COMPARABLE = "not-comparable"


@dataclass(frozen=True, slots=True)
class Place:
    """A packet: in which capture ("A" or "B"), which frame, when."""

    capture: str
    frame: int
    ns: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a direction went silent at the far capture while the sender went on.

    ``last_near`` and ``last_far`` are the last segment that passed, in both captures (None: none
    ever did). ``after`` counts what was sent after it; ``judged`` what of that should have arrived
    while the far capture was surely running. ``proven`` is False if those are too few to tell a
    path that stopped from a capture that was stopped.
    """

    last_near: Place | None
    last_far: Place | None
    first_unseen: Place
    last_unseen: Place
    after: Mapping[str, int]
    judged: Mapping[str, int]
    proven: bool


@dataclass(frozen=True, slots=True)
class Injected:
    """Segments in the sender's name that the capture near the sender does not have.

    ``contradicted``: the sender went on as if it had not sent this. ``certain`` is False where the
    near capture itself lost packets, so that it may have lost these too.
    """

    kind: str
    frames: tuple[int, ...]
    count: int
    seq: int
    ttl: int | None
    usual_ttl: int | None
    contradicted: bool
    certain: bool


@dataclass(frozen=True, slots=True)
class Direction:
    """What became of the segments of one side, counted by kind (``KINDS``).

    ``sent`` and ``arrived`` are segments of the near capture; ``lost`` of them should have been
    seen at the far one and were not; ``unjudged`` would have come before it began or after it
    ended. ``partly``: only some of their bytes arrived. ``missed_by_far`` were acknowledged by
    the receiver and so did arrive: that capture lost them. ``missed_by_near`` is the reverse.
    ``far_losses``: packets of all connections that the far capture is known to have lost.
    ``regrouped`` were seen in other pieces (segmentation and receive offload). ``examples`` are
    the first frames of what was lost, in the near capture.
    """

    sender: str
    near: str
    far: str
    sent: Mapping[str, int]
    arrived: Mapping[str, int]
    lost: Mapping[str, int]
    unjudged: Mapping[str, int]
    partly: int
    missed_by_far: int
    missed_by_near: int
    far_losses: int
    duplicated: int
    regrouped: int
    examples: Mapping[str, tuple[int, ...]]
    injected: tuple[Injected, ...]
    stop: Stop | None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Something that reads otherwise in B than in A. ``matters`` is False for what an honest
    NAT or router does: addresses, ports, TTL, a smaller MSS."""

    what: str
    sender: str | None
    a: str
    b: str
    matters: bool
    frames: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True)
class End:
    """One connection as one capture shows it."""

    stream: int
    client: str
    client_port: int
    server: str
    server_port: int
    first: Place
    last: Place
    segments: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A connection that both captures hold. ``near_client`` is the capture nearer to the client,
    None if nothing tells."""

    a: End
    b: End
    matched_by: str
    near_client: str | None
    directions: tuple[Direction, Direction]
    rewritten: tuple[Rewrite, ...]

    @property
    def troubled(self) -> bool:
        """Does anything that matters lie between the two captures?"""
        return any(direction_matters(one) for one in self.directions) or any(
            one.matters for one in self.rewritten
        )


LOSSY = 10
"""A capture that is known to have lost n packets may have lost up to ten times as many: of ACKs and
resets nobody can tell."""


def direction_matters(direction: Direction) -> bool:
    """A path that stopped, a reset that never came, segments out of nowhere. Lost data and ACKs are
    what TCP is there for."""
    stopped = direction.stop is not None and direction.stop.proven
    forged = any(one.certain for one in direction.injected)
    lost = direction.lost["RST"] > LOSSY * direction.far_losses
    return stopped or forged or lost


@dataclass(frozen=True, slots=True)
class Clocks:
    """How far the clocks are apart and how long packets travel.

    Nothing travels backwards in time: the offset of B's clock from A's lies between ``low_ns`` and
    ``high_ns`` (None: only one direction was seen, no bound on that side). ``offset_ns`` holds if
    both ways take equally long; ``gap_ns`` is then the time of one way, and never can exceed
    ``2 * gap_ns``. ``drift_ppm``: the clocks run at different speeds, or one was set.
    """

    offset_ns: int | None
    low_ns: int | None
    high_ns: int | None
    gap_ns: int | None
    samples: tuple[int, int]
    drift_ppm: float | None


@dataclass(frozen=True, slots=True)
class ClosingEvent:
    """A step of how a connection ended. ``token`` is equal for equal steps. ``text`` completes
    "the sender sends ..."; without a sender it is a sentence."""

    token: str
    text: str
    sender: str | None
    frame: int | None
    last_frame: int | None
    ns: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class Closing:
    """How one connection ended. ``first_ns`` is when it began; ``words`` is its end in a line."""

    capture: str
    stream: int
    client: str
    client_port: int
    server: str
    server_port: int
    first_ns: int
    events: tuple[ClosingEvent, ...]
    client_state: str
    server_state: str
    stuck_side: str | None
    findings: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class ClosingLine:
    """A row of the two closings side by side."""

    a: ClosingEvent | None
    b: ClosingEvent | None
    differs: bool
    first: bool = False


@dataclass(frozen=True, slots=True)
class Paths:
    """A good and a bad path. ``good`` and ``bad`` name a capture where one is stuck and the other
    is not; ``difference`` is the first that matters, None if there is none."""

    a: Closing
    b: Closing
    lines: tuple[ClosingLine, ...]
    good: str | None
    bad: str | None
    difference: str | None
    outcome: str | None
    alike: tuple[int, int]  # how many connections of each capture end like the one shown


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that ``compare`` found, in the order of the contract ``unstick.compare/1``."""

    kind: str
    profile: str
    a: CaptureSummary
    b: CaptureSummary
    headlines: tuple[str, ...]
    differs: bool
    pairs: tuple[Pair, ...]
    only_a: int
    only_b: int
    clocks: Clocks | None
    paths: Paths | None
    because: str | None
    limits: tuple[str, ...]

    @property
    def exit_status(self) -> int:
        """0 no difference that matters, 1 there is one, 2 the captures could not be compared."""
        if self.kind == NOT_COMPARABLE:
            return 2
        return 1 if self.differs else 0
