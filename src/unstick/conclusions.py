"""Connections looked at one by one, and what the checks concluded of each.

Most have nothing to say and are only counted, some of them while the capture is still being read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter_ns

from unstick.checks import looks
from unstick.diagnosis import contradicts
from unstick.tcp import columns as c
from unstick.tcp.places import ODD, STANDING_HALF, STANDING_SPEAKS, WITH_NOTES
from unstick.wire.tables import words_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.analysis import Analysis
    from unstick.checks.base import Finding
    from unstick.diagnosis import StreamRow
    from unstick.filters import Filter
    from unstick.tcp.observed import Connection
    from unstick.tcp.reading import Kept, Reader

ALIKE_MOST = 10_000
"""Connections of the same marks and states that gave findings: after so many, as in a flood of
SYNs, the next says nothing new, and looking at a million of them takes minutes."""


LISTED_MOST = 4_000
"""Connections of which the verdicts are kept: about 50 MB."""


class Conclusions:
    """What is known of the connections of one analysis, as far as they were counted."""

    def __init__(self, analysis: Analysis, accept: Filter | None = None) -> None:
        self._analysis = analysis
        self._accept = accept
        self._rows: dict[int, StreamRow] = {}  # by stream number, of those with findings
        self._unlisted = 0
        self._one_way: list[int] = []
        self._alike: Counter[tuple[int, ...]] = Counter()
        self._passed: Counter[tuple[int, ...]] = Counter()
        self._first: dict[tuple[int, ...], int] = {}
        self.findings: list[Finding] = []
        self.told: dict[int, Connection] = {}  # by stream number: what most speak of
        # These have resets, and nothing is odd about them: slots of those that stay in the tables.
        self._ordinary: list[Kept | int] = []
        self.total = 0
        self.undecided = 0
        self.two_way = 0

    @property
    def one_way(self) -> list[int]:
        """Streams of which one side was never captured, although it must have spoken."""
        return sorted(self._one_way)

    def count(self, slots: memoryview) -> list[int]:
        """Count these connections. Returns those that have something to say."""
        tallied = self._analysis.walker.tally(self.wanted(slots))
        seen, both, undecided, chosen = tallied
        self.total += seen
        self.two_way += both
        self.undecided += undecided
        speaking = []
        for slot in chosen:
            standing = self._analysis.walker.standing(slot)
            if standing & STANDING_HALF:
                self._one_way.append(self._analysis.streams.number(slot))
            if standing & STANDING_SPEAKS:
                speaking.append(slot)
        return speaking

    def wanted(self, slots: memoryview) -> memoryview:
        """Those of these connections that the filter accepts."""
        accept, streams = self._accept, self._analysis.streams
        if accept is None:
            return slots
        kept = [
            slot for slot in slots if accept.accepts(*streams.endpoints(slot), streams.number(slot))
        ]
        return words_of(kept)

    def look(self, slots: Sequence[int], *, stay: bool = False) -> None:
        """Run the checks on these connections, of which no segment will come, in this order.
        ``stay``: the capture has ended, they will not be forgotten."""
        if not slots:
            return  # as in most captures: what judges and looks is not even loaded
        begun = perf_counter_ns()
        reader = self._analysis.reader()
        for slot, kind in zip(slots, self._analysis.sift(slots), strict=True):
            if self._alike and self._is_one_of_many(reader.row(slot)):
                continue
            if kind == ODD:
                self._look_at(slot, reader, reader.kept(slot))
            elif kind == WITH_NOTES and self._has_room():
                self._ordinary.append(slot if stay else reader.kept(slot))
        self._analysis.spent["judging"] += perf_counter_ns() - begun

    def _is_one_of_many(self, row: memoryview) -> bool:
        """Have so many of the same marks and states findings that it is not looked at?"""
        if self._alike[_kind(row)] < ALIKE_MOST:
            return False
        self._passed[_kind(row)] += 1
        self.undecided += 1
        return True

    def _look_at(self, slot: int, reader: Reader, kept: Kept) -> None:
        from unstick.rows import addressed
        from unstick.tcp.resets import with_verdicts

        connection = with_verdicts(reader.built(kept))
        judged = perf_counter_ns()
        found = [addressed(one, connection) for look in looks() for one in look(connection)]
        spent = perf_counter_ns() - judged
        self._analysis.spent["judging"] -= spent  # its caller counts all
        self._analysis.spent["checks"] += spent
        one_sided = not (connection.client.packets and connection.server.packets)
        if one_sided and not any(one.grave for one in found):
            self.undecided += 1
        if found:
            kind = _kind(kept.row)
            self._alike[kind] += 1
            self._first.setdefault(kind, connection.stream)
            self._rows[connection.stream] = self._analysis.rows([slot]).row(0)
            self.findings.extend(found)
        if found or self._is_listed(connection):
            self.told[connection.stream] = connection

    def _is_listed(self, connection: Connection) -> bool:
        """Has it resets or the like, whose verdicts the report lists? Of very many only the first,
        and those whose receiver did not do what its profile says."""
        from unstick.rows import JUDGED_KINDS

        if not connection.resets and not connection.notes_of(*JUDGED_KINDS):
            return False
        if any(contradicts(one.verdict, one.observed) for one in connection.resets):
            return self._listed < 2 * LISTED_MOST
        return self._has_room()

    @property
    def _listed(self) -> int:
        return len(self.told) + len(self._ordinary)

    def _has_room(self) -> bool:
        """Is there room to list the verdicts of one more? If not, it is counted."""
        if self._listed < LISTED_MOST:
            return True
        self._unlisted += 1
        return False

    def connections(self) -> dict[int, Connection]:
        """Those told of, and those with resets in which nothing is odd, by stream number."""
        return {**self.told, **{one.stream: one for one in self._judged(self._kept())}}

    def disputed(self) -> list[Connection]:
        """Of those in which nothing is odd, the ones with a reset that some stack would refuse."""
        from unstick.tcp.judge import honoured_by_all

        return self._judged(
            kept
            for kept in self._kept()
            if not all(honoured_by_all(note[c.N_CELL]) for note in kept.notes)
        )

    def _kept(self) -> Iterator[Kept]:
        """Those in which nothing is odd."""
        reader = self._analysis.reader()
        for one in self._ordinary:
            yield reader.kept(one) if isinstance(one, int) else one

    def _judged(self, kept: Iterable[Kept]) -> list[Connection]:
        from unstick.tcp.resets import with_verdicts

        reader = self._analysis.reader()
        return [with_verdicts(reader.built(one)) for one in kept]

    def row(self, stream: int, findings: Sequence[Finding]) -> StreamRow:
        """The row of a connection that has these findings."""
        from unstick.rows import with_findings

        end_ns = self.told[stream].capture_end_ns
        return with_findings(self._rows[stream], findings, end_ns)

    def limits(self) -> Iterator[str]:
        """What was not looked at or is not listed, in sentences."""
        if self._unlisted:
            yield (
                f"resets and the like of {self._unlisted:,} connections without findings were "
                f"judged and are not listed: those of {LISTED_MOST:,} others are"
            )
        for kind, passed in self._passed.items():
            yield (
                f"{ALIKE_MOST:,} connections like stream {self._first[kind]} have findings; "
                f"{passed:,} more of the same marks and states were not looked at"
            )


def _kind(row: memoryview) -> tuple[int, ...]:
    """What connections have in common that say the same: marks, states, what was seen of them."""
    sides = [row[c.SIDES + side * c.SIDE_WIDTH :] for side in range(2)]
    states = (side[c.S_STATE] for side in sides)
    silent = (side[c.S_PACKETS] == 0 for side in sides)
    return (row[c.C_MARKS], *states, *silent)
