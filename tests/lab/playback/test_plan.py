"""What is taken from a capture to be played, and what is refused with which sentence."""

from __future__ import annotations

import pytest

from tests.lab.playback.traces import FURTHER_OFF, HALF_CLOSED, ONE_TOO_LOW, OPENING, packets
from unstick.lab.errors import LabError
from unstick.lab.playback.plan import (
    ABORT,
    CLOSE,
    CONNECT,
    MORE_BYTES,
    PLAY,
    SHUTDOWN,
    WRITE,
    missing_bytes,
    plan,
)

CLOSED_WINDOW = """\
  0.050  C  .   101:101(0)     ack 3001  win 0      <TS val 50 ecr 930>
  0.300  S  .   3000:3000(0)   ack 101   win 509    <TS val 1200 ecr 50>
  0.301  C  .   101:101(0)     ack 3001  win 0      <TS val 301 ecr 1200>
"""


def test_the_client_is_played_and_the_program_does_what_it_did() -> None:
    made = plan(packets(ONE_TOO_LOW), "client")
    assert [one.kind for one in made.steps] == [PLAY, PLAY, PLAY, WRITE, PLAY, PLAY, PLAY]
    assert (made.tried, made.segments, made.written) == ("server", 6, 3000)
    assert (made.listens, made.closing, made.reads) == (True, None, None)
    reset = made.steps[-1]
    assert reset.segment is not None
    assert (reset.segment.seq, reset.acked, reset.sent) == (101, 102, 3001)
    assert (made.captured.acked, made.captured.copies, made.captured.resets) == (102, 3, 0)
    assert made.duration_s == pytest.approx(0.15)
    assert made.watch_s(1.0) == pytest.approx(1.35)
    assert made.watch_s(0.1) == pytest.approx(0.135)


def test_the_server_is_played_and_the_program_connects() -> None:
    made = plan(packets(ONE_TOO_LOW), "server")
    assert [one.kind for one in made.steps[:4]] == [CONNECT, PLAY, WRITE, PLAY]
    assert (made.tried, made.listens, made.written) == ("client", False, 100)


def test_a_half_close_is_no_close() -> None:
    assert plan(packets(HALF_CLOSED), "server").closing == SHUTDOWN
    assert plan(packets(HALF_CLOSED), "client").closing == CLOSE


def test_a_reset_of_its_own_is_an_abort() -> None:
    text = OPENING + "  0.040  S  R.  3001:3001(0)  ack 101  win 0\n"
    assert plan(packets(text), "client").closing == ABORT
    # An answer to what came after both directions were closed is none.
    closed = ONE_TOO_LOW.replace("R   101:101(0)              ", "R   101:101(0)   ")
    assert plan(packets(closed), "server").closing != ABORT


def test_a_sender_with_a_closed_window_has_more() -> None:
    made = plan(packets(OPENING + CLOSED_WINDOW), "client")
    assert made.written == 3000 + MORE_BYTES
    assert made.captured.probes == 1
    # The end that closed its window read nothing more than fits before it.
    assert plan(packets(OPENING + CLOSED_WINDOW), "server").reads == 0


def test_who_gave_up_is_not_held_against_the_kernel() -> None:
    text = ONE_TOO_LOW + "  9.000  S  R   3001:3001(0)  win 0\n"
    captured = plan(packets(text), "client").captured
    assert captured.gave_up_s == pytest.approx(8.85)
    assert captured.resets == 0
    # A reset with an ACK is its program's: that is played, too.
    made = plan(packets(text.replace("R   3001:3001(0)", "R.  3001:3001(0)  ack 102")), "client")
    assert (made.closing, made.captured.gave_up_s, made.captured.resets) == (ABORT, None, 1)


def test_a_client_that_had_gone_answers_the_syn_ack_with_a_reset() -> None:
    text = "\n".join(OPENING.split("\n")[:2]) + "\n  0.001  C  R   1:1(0)  win 0\n"
    made = plan(packets(text), "server")
    assert [one.kind for one in made.steps] == [CONNECT, ABORT, PLAY]


def test_a_window_that_opened_again_is_no_end_of_reading() -> None:
    text = OPENING + CLOSED_WINDOW + "  0.400  C  .   101:101(0)  ack 3001  win 400\n"
    assert plan(packets(text), "server").reads is None


def test_bytes_the_capture_lacks() -> None:
    whole = packets(OPENING)
    assert missing_bytes(whole, 0) == 0
    without = tuple(one for one in whole if one.length != 100)
    assert missing_bytes(without, 0) == 100


@pytest.mark.parametrize(
    ("text", "side", "says"),
    [
        (OPENING.split("\n", 1)[1], "client", "begins in the middle"),
        (OPENING.split("\n")[0] + "\n", "client", "the server never says a word"),
        (OPENING.split("\n")[0] + "\n", "server", "the server never says a word"),
        (
            OPENING.replace("  0.021  C  P.  1:101(100) ", "  0.021  C  P.  1:41(40)   "),
            *("client", "lacks 60 bytes of the client"),
        ),
        (
            "  0.000  C  S   0:0(0)  win 9\n  0.001  S  .   900:900(0)  ack 77  win 9\n",
            *("client", "from an older connection"),
        ),
        (
            "  0.000  C  S   0:0(0)  win 9\n  0.001  S  S   0:0(0)  win 9\n",
            *("client", "both ends opened at once"),
        ),
        ("  0.000  C  S   0:9(9)  win 9\n  0.001  S  S.  0:0(0) ack 10 win 9\n", "client", "SYN"),
        (FURTHER_OFF.replace("  0.150", "900.150"), "client", "--scale"),
    ],
)
def test_refused(text: str, side: str, says: str) -> None:
    with pytest.raises(LabError) as told:
        plan(packets(text), side)
    assert says in f"{told.value} {told.value.hint}"


def test_what_is_too_long_can_be_played_faster() -> None:
    text = FURTHER_OFF.replace("  0.150", "900.150")
    assert plan(packets(text), "client", 0.1).duration_s == pytest.approx(900.15)
