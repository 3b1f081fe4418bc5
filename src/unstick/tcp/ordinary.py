"""Connections whose numbers alone show that there is nothing to say: the short way past the judge.

Of ten thousand connections of a busy server a hundred end with a reset, each of which is exact,
comes from its host, and is met by silence. To read each into words, to judge it under every stack
and to show it to every check takes a hundred times as long as these comparisons.

1. ``is_ordinary`` may say no to what is ordinary, never yes to what is not: no check finds
   anything in the connection, and no receiver did other than its profile says.
2. What is ordinary is judged all the same if somebody reads its verdicts (``conclusions``).
3. The tests look at every connection that it passes over, in words.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from operator import itemgetter

from unstick.tcp import columns as c
from unstick.tcp.classify import seq_delta
from unstick.tcp.crossing import HOST_NS
from unstick.tcp.vocabulary import Action, Side, State
from unstick.wire.columns import NONE, OPTION_AO, OPTION_MD5

SHORT_NS = 2_000_000_000
"""In less no timer of a check runs out, and no SYN was repeated for long."""

PLAIN_MARKS = c.MARK_RESET | c.MARK_SYN
"""A reset, or a SYN sent twice; any other mark is for the checks."""

SEEN = c.SIDE_SPOKE | c.SIDE_SYN_SEEN
ODD = c.SIDE_GUESSED | c.SIDE_ALIVE_AFTER_RESET | c.SIDE_TALKED_AFTER_OWN_RST | c.SIDE_SIGNED

_counted = itemgetter(
    *(c.S_LADDER_COUNT, c.S_ZERO_PROBES, c.S_KEEP_TOTAL, c.S_KEEP_COUNT),
    *(c.S_UNSEEN_ACKS, c.S_SACK_ASTRAY),
)
"""The columns of a side that are 0 where nothing is odd."""

OVER = frozenset({State.CLOSED, State.TIME_WAIT})
LIVING = frozenset(
    {
        *(State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2),
        *(State.CLOSE_WAIT, State.CLOSING, State.LAST_ACK),
    }
)
RESERVED_BITS = 0xE00
IP_ID_STEP = 4096


def is_ordinary(row: memoryview, notes: Sequence[memoryview]) -> bool:
    """Is there nothing to say of this connection? ``notes`` are all of it."""
    if (row[c.C_MARKS] & ~PLAIN_MARKS) or row[c.C_NOTES_DROPPED] or row[c.C_COPIES]:
        return False
    if row[c.C_CLOCK_BACK] or (row[c.C_LAST_NS] - row[c.C_FIRST_NS]) >= SHORT_NS:
        return False
    values = row.tolist()  # plain numbers are read twice as fast
    sides = values[c.SIDES : c.SIDES + c.SIDE_WIDTH], values[c.SIDES + c.SIDE_WIDTH :]
    times = {note[c.N_NS] for note in notes}
    if not (_is_over(sides[0], times) and _is_over(sides[1], times)):
        return False
    return all(_is_exact(note, sides[1]) and _is_own(note, sides[0]) for note in notes)


def _is_over(side: Sequence[int], resets: Container[int]) -> bool:
    """Seen from its SYN to its end; if a reset ended it, by one of these times."""
    flags = side[c.S_FLAGS]
    if side[c.S_STATE] not in OVER or (flags & SEEN) != SEEN or (flags & ODD):
        return False
    if side[c.S_STATE_BEFORE_RESET] != NONE and side[c.S_RESET_NS] not in resets:
        return False
    return side[c.S_ZERO_FRAME] == NONE and not any(_counted(side))


def _is_exact(note: memoryview, receiver: Sequence[int]) -> bool:
    """A reset of the client at the very number, honoured by the law, and by all that was seen."""
    if note[c.N_KIND] != c.NOTE_RESET or note[c.N_SIDE] != Side.CLIENT:
        return False
    if note[c.N_STATE] not in LIVING or note[c.N_SENDER_STATE] == State.SYN_SENT:
        return False
    if note[c.N_SEQ] != note[c.N_RCV_NXT] or (note[c.N_ACTION] & 0xFF) != Action.RESET:
        return False
    if note[c.N_OPTIONS] & (OPTION_MD5 | OPTION_AO):
        return False
    return receiver[c.S_TALK_FRAME] <= note[c.N_FRAME] or (
        (receiver[c.S_TALK_NS] - note[c.N_NS]) <= HOST_NS
    )


def _is_own(note: memoryview, sender: Sequence[int]) -> bool:
    """Nothing about it contradicts the host it claims to come from (``origins``)."""
    nxt = note[c.N_SENDER_NXT]
    if nxt == NONE or note[c.N_TTL] != note[c.N_SENDER_TTL_LAST]:
        return False
    if (note[c.N_FLAGS] & RESERVED_BITS) or seq_delta(note[c.N_SEQ], nxt) > 1:
        return False
    if seq_delta(sender[c.S_SND_NXT], nxt) > 0:
        return False  # it may have gone on
    before, step = note[c.N_SENDER_IP_ID], (note[c.N_IP_ID] - note[c.N_SENDER_IP_ID]) & 0xFFFF
    counts = note[c.N_IP_ID] not in (0, NONE) and before not in (0, NONE)
    return not counts or min(step, 0x10000 - step) <= IP_ID_STEP
