"""TCP law as rows, and the compiler that makes a table of them.

1. A rule is a row: the cells it covers, what the receiver does there, and who says so. Wildcards
   cover whole axes; the first row that covers a cell wins. Rows stand in the order of the steps
   of RFC 9293 3.10.7, so that reading down is reading the RFC.
2. A row never looks at a number, a stack's name or another row.
3. A stack is rows amended by name (``amend``), never a copy: ``profiles/`` has one file a stack.
4. The compiler refuses a cell without a row and a row that can never win.

What the axes cannot say stands in the file that classifies or walks, not here:
 - SYN-RECEIVED is taken for a passive open. After a simultaneous open (rare) a SYN is judged
   as in the synchronized states (RFC 9293 3.10.7.4, fourth).
 - A SYN in TIME-WAIT whose timestamp is newer is as good as one whose number is newer
   (RFC 6191): the caller gives it ``Seq.BEYOND`` (``judge.py``).
 - Text and FIN that end at N but start below it are OLD, BELOW or RECEIVED: answered with an
   ACK. Linux and BSD still take the acknowledgment out of such a segment; RFC 9293 drops it.
   Text after the peer's FIN that starts below N draws a RST from Linux, and is not told apart.
 - Mini-sockets of Linux (SYN-RECEIVED, TIME-WAIT) hold a RST to PAWS; the axes do not.
 - A place is where a segment begins. At Linux it counts, too, where it ends: a RST with text that
   reaches into the window is given a place in there (``judge.py``); what sticks out of the window
   at its right is not told apart. ``lab/probe/beside.py`` has all such cases, measured.
 - Limits on how often a stack answers (RFC 5961 7) are numbers of a profile: a CHALLENGE or ACK
   that is not seen may have been rate-limited.
 - Data for a socket its program has closed draws a RST from many stacks. That a FIN came from
   close() and not from shutdown() is not visible on the wire: such cells say ACCEPT.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import cache

from unstick.named import NamedTuple
from unstick.tcp.vocabulary import SYNCHRONIZED, Ack, Action, Kind, Seq, State

STATES, KINDS, SEQS, ACKS = len(State), len(Kind), len(Seq), len(Ack)
CELLS = STATES * KINDS * SEQS * ACKS

ANY = -1
"""A set of axis values is a bit mask; this one has every bit."""


def only(*members: IntEnum) -> int:
    """The set of these axis values."""
    return sum(1 << member for member in set(members))


def any_but(*members: IntEnum) -> int:
    """The set of all axis values but these."""
    return ~only(*members)


class Rule(NamedTuple):
    """One row of law. ``cite`` is what says so; ``confirmed`` is False for what was not read or
    measured there."""

    name: str
    action: Action
    cite: str
    states: int = ANY
    kinds: int = ANY
    seqs: int = ANY
    acks: int = ANY
    confirmed: bool = True


class Amendment(NamedTuple):
    """How a stack differs from the rows it starts from, and how that is known.

    ``rows`` take the place of the rows named in ``replaces``, or stand before the row named
    ``before``, or, with neither, at the very top. With ``replaces`` and no ``rows`` the named rows
    go. Replacements stand where the first replaced row stood.
    """

    rows: tuple[Rule, ...]
    source: str
    replaces: tuple[str, ...] = ()
    before: str | None = None


class Law(NamedTuple):
    """A compiled table. ``actions[cell]`` is an Action, ``winners[cell]`` an index into ``rows``:
    two byte tables, ready to be handed to compiled code."""

    actions: bytes
    winners: bytes
    rows: tuple[Rule, ...]

    def packed(self) -> array[int]:
        """``action | (row << 8)`` for each cell, as signed 64-bit numbers."""
        return array(
            "q",
            [action | (row << 8) for action, row in zip(self.actions, self.winners, strict=True)],
        )


# --- sets of places that more than one stack speaks of ---------------------------------------
BELOW_NEXT = only(
    Seq.OLD, Seq.BELOW, Seq.BELOW_CLOSED, Seq.LEFT, Seq.UNACKED, Seq.LAST, Seq.LEFT_LAST
)
NEXT_CLOSED = only(Seq.EXACT_CLOSED, Seq.EXACT_UNACKED_CLOSED)
NEXT = only(Seq.EXACT, Seq.EXACT_UNACKED) | NEXT_CLOSED
INSIDE = only(Seq.ABOVE, Seq.INSIDE, Seq.SACK_EDGE)
AT_RIGHT_EDGE = only(Seq.RIGHT_EDGE, Seq.SACK_RIGHT_EDGE)
PAST_NEXT = INSIDE | AT_RIGHT_EDGE | only(Seq.BEYOND)
RFC_OUTSIDE = BELOW_NEXT | AT_RIGHT_EDGE | only(Seq.BEYOND)
"""RFC 9293 3.10.7.4, first: RCV.NXT =< SEG.SEQ < RCV.NXT + RCV.WND is inside."""
RECEIVED = only(Seq.LEFT, Seq.UNACKED, Seq.LAST, Seq.LEFT_LAST)
"""L =< SEG.SEQ < N: received, and not acknowledged on the wire yet."""

ANY_SYN = only(Kind.SYN, Kind.SYN_ACK)
WITH_TEXT = only(Kind.FIN, Kind.DATA)
SYNCHRONIZED_STATES = only(*SYNCHRONIZED)
PEER_CLOSED = only(State.CLOSE_WAIT, State.CLOSING, State.LAST_ACK)
NOT_ACCEPTABLE = only(Ack.ANCIENT, Ack.OLD, Ack.CURRENT, Ack.FUTURE)
"""ACK numbers that do not acknowledge our SYN (RFC 9293 3.10.7.3, first)."""
COVERS_SYN = only(Ack.NEW, Ack.NEW_FIN)


def cell_of(state: int, kind: int, seq: int, ack: int) -> int:
    """The index of a cell in the tables of a Law."""
    return ((state * KINDS + kind) * SEQS + seq) * ACKS + ack


def axes_of(cell: int) -> tuple[int, int, int, int]:
    """State, kind, place of SEQ and place of ACK of a cell."""
    rest, ack = divmod(cell, ACKS)
    rest, seq = divmod(rest, SEQS)
    state, kind = divmod(rest, KINDS)
    return state, kind, seq, ack


def cell_name(cell: int) -> str:
    """``CLOSE-WAIT RST BELOW NONE``, for errors and golden files."""
    state, kind, seq, ack = axes_of(cell)
    return f"{State(state).rfc_name} {Kind(kind).name} {Seq(seq).name} {Ack(ack).name}"


def first_match(rows: Sequence[Rule], cell: int) -> Rule:
    """The row that wins a cell: what ``compile_rules`` writes into its table for every cell at
    once. Reading the rows down is a thousand times cheaper for whoever asks for a few cells."""
    state, kind, seq, ack = axes_of(cell)
    for row in rows:
        if (
            ((row.kinds >> kind) & 1)
            and ((row.states >> state) & 1)
            and ((row.seqs >> seq) & 1)
            and ((row.acks >> ack) & 1)
        ):
            return row
    raise ValueError(f"no row for {cell_name(cell)}")


def amend(rows: Sequence[Rule], amendments: Iterable[Amendment]) -> tuple[Rule, ...]:
    """The rows after each amendment in turn. Raises ValueError on a name that is not there."""
    result = list(rows)
    for amendment in amendments:
        names = [row.name for row in result]
        for name in (*amendment.replaces, *filter(None, (amendment.before,))):
            if name not in names:
                raise ValueError(f"amendment speaks of {name!r}, which is not a row")
        if amendment.replaces:
            at = min(names.index(name) for name in amendment.replaces)
        else:
            at = names.index(amendment.before) if amendment.before else 0
        kept = [row for row in result if row.name not in amendment.replaces]
        result = [*kept[:at], *amendment.rows, *kept[at:]]
    return tuple(result)


def compile_rules(rows: Sequence[Rule]) -> Law:
    """The table of these rows. Raises ValueError, with names, on a cell without a row, a row that
    can never win, or two rows of one name.

    The same rows speak of many pairs of state and kind (*places*); what they do there is found
    once. Within a place a set of cells is an integer with one byte a cell: first match is an AND
    over all of them at once, which is why a stack compiles in a third of a millisecond.
    """
    names = [row.name for row in rows]
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"two rows of one name: {', '.join(twice)}")
    covered = [_covered(row) for row in rows]
    by_state = _speaking([row.states for row in rows], STATES)
    by_kind = _speaking([row.kinds for row in rows], KINDS)
    found: dict[int, _Place] = {}
    places = []
    for here in (states & kinds for states in by_state for kinds in by_kind):
        if here not in found:
            found[here] = _decided(covered, here)
        places.append(found[here])
    winning = 0
    for place in found.values():
        winning |= place.winning
    dead = [name for index, name in enumerate(names) if not (winning >> index) & 1]
    if dead:
        raise ValueError(f"rows that can never win: {', '.join(dead)}")
    if any(place.free for place in places):
        free = b"".join(place.free.to_bytes(PLACE_CELLS, "little") for place in places)
        bare = [cell for cell, byte in enumerate(free) if byte]
        shown = "; ".join(cell_name(cell) for cell in bare[:8])
        raise ValueError(f"{len(bare)} cells without a row: {shown}")
    won_by = b"".join(place.winners for place in places)
    action_of = bytes(row.action for row in rows).ljust(256, b"\0")
    return Law(won_by.translate(action_of), won_by, tuple(rows))


class _Place(NamedTuple):
    """What the rows that speak of one pair of state and kind do: the winner of each of its cells,
    the set of rows that win one, the set of cells that are left."""

    winners: bytes
    winning: int
    free: int


def _speaking(masks: Sequence[int], size: int) -> list[int]:
    """For each value of an axis the set of rows that speak of it, from the set of values of each
    row: a table of bits, turned on its side."""
    every = (1 << size) - 1
    lines = [f"{mask & every:0{size}b}" for mask in reversed(masks)]
    columns = reversed(list(zip(*lines, strict=True)))
    return [int("".join(column), 2) for column in columns] or [0] * size


def _decided(covered: Sequence[int], here: int) -> _Place:
    """First match among the rows of the set ``here``."""
    free, winners, winning = _ALL_CELLS, 0, 0
    while here and free:
        first = here & -here
        here ^= first
        index = first.bit_length() - 1
        won = free & covered[index]
        if won:
            free ^= won
            winners += won * index
            winning |= first
    return _Place(winners.to_bytes(PLACE_CELLS, "little"), winning, free)


def _covered(row: Rule) -> int:
    """The cells a row covers in each place it speaks of: 0x01 in the byte of each."""
    return _spread(row.acks, ACKS, 8) * _spread(row.seqs, SEQS, 8 * ACKS)


@cache
def _spread(mask: int, size: int, bits: int) -> int:
    """The first ``size`` bits of a mask, so many bits apart."""
    return sum(1 << (bits * value) for value in range(size) if (mask >> value) & 1)


PLACE_CELLS = SEQS * ACKS
_ALL_CELLS = int.from_bytes(b"\1" * PLACE_CELLS, "little")
