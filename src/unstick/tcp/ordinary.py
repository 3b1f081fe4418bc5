"""Connections whose numbers alone show that there is nothing to say: the short way past the judge.

Hot file: ordinary Python on flat tables, compiled from the types in ``ordinary.pxd``.

Of ten thousand connections of a busy server a hundred end with a reset, each of which is exact, or
comes when TIME-WAIT is all there is, comes from its host, and is met by silence. To read each into
words, to judge it under every stack and to show it to every check takes a thousand times as long
as these comparisons.

1. ``is_ordinary`` may say no to what is ordinary, never yes to what is not: no check finds
   anything in the connection, and no receiver did other than its profile says.
2. What is ordinary is judged all the same if somebody reads its verdicts (``conclusions``).
3. The tests look at every connection that it passes over, in words.
4. ``row`` is one connection, ``n`` the pool of notes; the other tables are those of ``seats``.
"""

from __future__ import annotations

from unstick.tcp import vocabulary
from unstick.tcp.classify import seq_delta
from unstick.tcp.columns import (
    C_CLOCK_BACK,
    C_COPIES,
    C_FIRST_NS,
    C_LAST_NS,
    C_MARKS,
    C_NOTE_HEAD,
    C_NOTES_DROPPED,
    C_PACKETS,
    C_PING_PONG_MOST,
    MARK_REFUSED,
    MARK_RESET,
    MARK_SYN,
    N_ACTION,
    N_FLAGS,
    N_FRAME,
    N_IP_ID,
    N_KIND,
    N_NEXT,
    N_NS,
    N_OPTIONS,
    N_RCV_NXT,
    N_SENDER_IP_ID,
    N_SENDER_NXT,
    N_SENDER_STATE,
    N_SENDER_TTL_LAST,
    N_SEQ,
    N_SIDE,
    N_STATE,
    N_TTL,
    NOTE_RESET,
    NOTE_WIDTH,
    S_DATA_PACKETS,
    S_FLAGS,
    S_KEEP_COUNT,
    S_KEEP_TOTAL,
    S_LADDER_COUNT,
    S_RESET_NS,
    S_SACK_ASTRAY,
    S_SND_NXT,
    S_STATE,
    S_STATE_BEFORE_RESET,
    S_SYN_COUNT,
    S_TALK_FRAME,
    S_TALK_NS,
    S_UNSEEN_ACKS,
    S_ZERO_FRAME,
    S_ZERO_PROBES,
    SIDE_ALIVE_AFTER_RESET,
    SIDE_GUESSED,
    SIDE_SIGNED,
    SIDE_SPOKE,
    SIDE_SYN_SEEN,
    SIDE_TALKED_AFTER_OWN_RST,
    SIDE_WIDTH,
    SIDES,
)
from unstick.tcp.crossing import HOST_NS
from unstick.tcp.places import ODD, ORDINARY, WITH_NOTES
from unstick.tcp.seats import look
from unstick.tcp.states import (
    STATE_CLOSE_WAIT,
    STATE_CLOSED,
    STATE_CLOSING,
    STATE_ESTABLISHED,
    STATE_FIN_WAIT_1,
    STATE_FIN_WAIT_2,
    STATE_LAST_ACK,
    STATE_SYN_RECEIVED,
    STATE_SYN_SENT,
    STATE_TIME_WAIT,
)
from unstick.wire.columns import NONE, OPTION_AO, OPTION_MD5

SHORT_NS = 2_000_000_000
"""In less no timer of a check runs out, and no SYN was repeated for long."""

OPENING_PACKETS = 2

PLAIN_MARKS = MARK_RESET | MARK_REFUSED | MARK_SYN
"""A reset, one that the law refuses, or a SYN sent twice; any other mark is for the checks."""

LADDER_MOST = 2
"""What was sent once or twice more says nothing: checks speak of three copies (``checks.ladders``),
and of two where it was the server that reset (C205)."""

TURNS_MOST = 2
"""Packets of a reset and a bare ACK that took turns: a loop has more (R109)."""

NEAR_BYTES = 1 << 20
"""A reset that much below answers nothing that was under way: somebody guesses (R108)."""

SEEN = SIDE_SPOKE | SIDE_SYN_SEEN
STRANGE = SIDE_GUESSED | SIDE_ALIVE_AFTER_RESET | SIDE_TALKED_AFTER_OWN_RST | SIDE_SIGNED

SIGNED = OPTION_MD5 | OPTION_AO
RESERVED_BITS = 0xE00
IP_ID_STEP = 4096
LAW_MASK = 0xFF

# The enumerations as plain ints: C constants in the compiled build.
SIDE_CLIENT = int(vocabulary.Side.CLIENT)
ACTION_RESET = int(vocabulary.Action.RESET)
ACTION_DROP = int(vocabulary.Action.DROP)


def sift(
    t: memoryview, p: memoryview, m: memoryview, fresh: memoryview, timed: memoryview,
    stage: memoryview, b: memoryview, scratch: memoryview, n: memoryview, slots: memoryview,
    count: int, found: memoryview,
) -> int:  # fmt: skip
    """Write into ``found`` what each of these connections is (ODD ..). Returns ``count``."""
    for i in range(count):
        look(t, p, m, fresh, timed, stage, b, scratch, slots[i])
        found[i] = ODD
        if is_ordinary(scratch, n):
            found[i] = ORDINARY if scratch[C_NOTE_HEAD] == NONE else WITH_NOTES
    return count


def is_ordinary(row: memoryview, n: memoryview) -> bool:
    """Is there nothing to say of this connection?"""
    if (row[C_MARKS] & ~PLAIN_MARKS) or row[C_NOTES_DROPPED] or row[C_COPIES] or row[C_CLOCK_BACK]:
        return False
    if (row[C_LAST_NS] - row[C_FIRST_NS]) >= SHORT_NS:
        return False
    client = SIDES
    server = SIDES + SIDE_WIDTH
    head = row[C_NOTE_HEAD]
    if row[C_PACKETS] == OPENING_PACKETS and _only_opens(row, client, server):
        return True
    if not (_is_over(row, client, n, head) and _is_over(row, server, n, head)):
        return False
    while head != NONE:
        at = head * NOTE_WIDTH
        late = _comes_late(n, at) and row[C_PING_PONG_MOST] <= TURNS_MOST
        if not (late or _is_exact(n, at)) or not _is_own(n, at, row, client):
            return False
        if not _is_met_by_silence(n, at, row, server):
            return False
        head = n[at + N_NEXT]
    return True


def _only_opens(row: memoryview, client: int, server: int) -> bool:
    """A SYN, its answer, and no more: a flood leaves millions of these. Of one whose SYN or answer
    is sent again there may be something to say."""
    if row[C_MARKS] != 0 or row[C_NOTE_HEAD] != NONE:
        return False
    if row[client + S_SYN_COUNT] != 1 or row[server + S_SYN_COUNT] != 1:
        return False
    if row[client + S_FLAGS] != SEEN or row[server + S_FLAGS] != SEEN:
        return False
    if row[client + S_DATA_PACKETS] > 0 or row[server + S_DATA_PACKETS] > 0:
        return False  # Fast Open: there may be an answer that never arrived
    answered = row[client + S_STATE] == STATE_ESTABLISHED
    return answered and row[server + S_STATE] == STATE_SYN_RECEIVED


def _is_over(row: memoryview, side: int, n: memoryview, head: int) -> bool:
    """Seen from its SYN to its end; if a reset ended it, by one of these notes."""
    state = row[side + S_STATE]
    flags = row[side + S_FLAGS]
    if state not in (STATE_CLOSED, STATE_TIME_WAIT) or (flags & (SEEN | STRANGE)) != SEEN:
        return False
    if row[side + S_STATE_BEFORE_RESET] != NONE and not _is_noted(row[side + S_RESET_NS], n, head):
        return False
    odd = row[side + S_ZERO_PROBES] | row[side + S_KEEP_TOTAL] | row[side + S_KEEP_COUNT]
    odd |= row[side + S_UNSEEN_ACKS] | row[side + S_SACK_ASTRAY]
    if row[side + S_LADDER_COUNT] > LADDER_MOST:
        return False
    return row[side + S_ZERO_FRAME] == NONE and odd == 0


def _is_noted(time_ns: int, n: memoryview, head: int) -> bool:
    while head != NONE:
        if n[(head * NOTE_WIDTH) + N_NS] == time_ns:
            return True
        head = n[(head * NOTE_WIDTH) + N_NEXT]
    return False


def _is_exact(n: memoryview, at: int) -> bool:
    """A reset of the client at the very number, honoured by the law."""
    if not _is_plain_reset(n, at) or not _is_there(n[at + N_STATE]):
        return False
    return n[at + N_SEQ] == n[at + N_RCV_NXT] and (n[at + N_ACTION] & LAW_MASK) == ACTION_RESET


def _comes_late(n: memoryview, at: int) -> bool:
    """A reset of the client that the law drops in TIME-WAIT, where nothing is left to end: it
    answers what the server sent before it had all of the client."""
    if not _is_plain_reset(n, at) or n[at + N_STATE] != STATE_TIME_WAIT:
        return False
    below = seq_delta(n[at + N_RCV_NXT], n[at + N_SEQ])
    return 0 < below < NEAR_BYTES and (n[at + N_ACTION] & LAW_MASK) == ACTION_DROP


def _is_plain_reset(n: memoryview, at: int) -> bool:
    if n[at + N_KIND] != NOTE_RESET or n[at + N_SIDE] != SIDE_CLIENT:
        return False
    return n[at + N_SENDER_STATE] != STATE_SYN_SENT and not (n[at + N_OPTIONS] & SIGNED)


def _is_met_by_silence(n: memoryview, at: int, row: memoryview, receiver: int) -> bool:
    """What its receiver sent after it was under way."""
    if row[receiver + S_TALK_FRAME] <= n[at + N_FRAME]:
        return True
    return (row[receiver + S_TALK_NS] - n[at + N_NS]) <= HOST_NS


def _is_there(state: int) -> bool:
    """A state with a connection that a reset may end, if only one that opens or waits."""
    return state in (
        STATE_SYN_RECEIVED,
        STATE_ESTABLISHED,
        STATE_FIN_WAIT_1,
        STATE_FIN_WAIT_2,
        STATE_CLOSE_WAIT,
        STATE_CLOSING,
        STATE_LAST_ACK,
        STATE_TIME_WAIT,
    )


def _is_own(n: memoryview, at: int, row: memoryview, sender: int) -> bool:
    """Nothing about it contradicts the host it claims to come from (``origins``)."""
    following = n[at + N_SENDER_NXT]
    if following == NONE or n[at + N_TTL] != n[at + N_SENDER_TTL_LAST]:
        return False
    if (n[at + N_FLAGS] & RESERVED_BITS) or seq_delta(n[at + N_SEQ], following) > 1:
        return False
    if seq_delta(row[sender + S_SND_NXT], following) > 0:
        return False  # it may have gone on
    number = n[at + N_IP_ID]
    before = n[at + N_SENDER_IP_ID]
    if number in (0, NONE) or before in (0, NONE):
        return True
    step = (number - before) & 0xFFFF
    return step <= IP_ID_STEP or (0x10000 - step) <= IP_ID_STEP
