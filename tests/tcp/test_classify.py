"""Numbers become axis values, anywhere in sequence space."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tcp.cells import BASES, every_cell, snapshot_of
from unstick.tcp import classify
from unstick.tcp.judge import classify as cell_of_snapshot
from unstick.tcp.judge import sight
from unstick.tcp.rules import cell_name, cell_of
from unstick.tcp.vocabulary import Ack, Kind, Seq
from unstick.wire.columns import ACK_FLAG, FIN, MASK, NONE, PSH, RST, SYN

NUMBERS = st.integers(0, MASK)
MAYBE = st.one_of(st.just(NONE), NUMBERS)


def plain() -> ModuleType:
    """The uncompiled source, whether or not a compiled module stands beside it."""
    path = Path(classify.__file__).with_name("classify.py")
    spec = importlib.util.spec_from_file_location("plain_classify", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PLAIN = plain()


@pytest.mark.parametrize(("rcv_nxt", "snd_una"), BASES)
def test_constructed_numbers_fall_into_their_cell(rcv_nxt: int, snd_una: int) -> None:
    for state, kind, seq, ack in every_cell():
        snapshot = snapshot_of(state, kind, seq, ack, rcv_nxt, snd_una)
        if snapshot is not None:
            # linux-3.6 looks at timestamps and signatures, so that every value can come out.
            found = cell_of_snapshot(snapshot, sight("linux-3.6"))
            assert cell_name(found) == cell_name(cell_of(state, kind, seq, ack))


@pytest.mark.parametrize(
    ("flags", "length", "signed", "kind"),
    [
        (RST | ACK_FLAG | SYN, 0, 0, Kind.RST),
        (RST, 5, 0, Kind.RST),
        (SYN, 0, 0, Kind.SYN),
        (SYN | ACK_FLAG, 0, 0, Kind.SYN_ACK),
        (SYN | FIN, 0, 0, Kind.SYN),
        (FIN | ACK_FLAG, 10, 0, Kind.FIN),
        (PSH | ACK_FLAG, 1, 0, Kind.DATA),
        (ACK_FLAG, 0, 0, Kind.ACK),
        (0, 0, 0, Kind.OTHER),
        (0, 1, 0, Kind.DATA),
        (RST, 0, 1, Kind.SIGNED),
    ],
)
def test_kind_is_the_first_that_applies(flags: int, length: int, signed: int, kind: Kind) -> None:
    assert classify.classify_kind(flags, length, signed) == kind


def place(kind: Kind, seq: int, length: int, rcv_nxt: int = 1000, **numbers: int) -> Seq:
    last_ack = numbers.get("last_ack", rcv_nxt)
    right_edge = numbers.get("right_edge", rcv_nxt + 500)
    sack_edge = numbers.get("sack_edge", NONE)
    return Seq(
        classify.classify_seq(kind, seq, length, 0, rcv_nxt, last_ack, right_edge, sack_edge)
    )


@pytest.mark.parametrize(
    ("kind", "seq", "length", "expected"),
    [
        (Kind.DATA, 900, 100, Seq.OLD),  # ends at N: brings nothing
        (Kind.DATA, 900, 101, Seq.EXACT),  # reaches past N
        (Kind.FIN, 999, 1, Seq.BELOW),  # the FIN again
        (Kind.FIN, 999, 2, Seq.EXACT),
        (Kind.RST, 900, 600, Seq.OLD),  # a RST reaches nowhere
        (Kind.ACK, 999, 0, Seq.BELOW),  # a keep-alive
    ],
)
def test_only_text_and_fin_reach(kind: Kind, seq: int, length: int, expected: Seq) -> None:
    assert place(kind, seq, length) is expected


def test_unknown_numbers_are_not_guessed() -> None:
    assert place(Kind.RST, 1000, 0, rcv_nxt=NONE, right_edge=2000) is Seq.UNKNOWN
    assert place(Kind.RST, 1000, 0, last_ack=NONE) is Seq.UNKNOWN
    assert place(Kind.RST, 1001, 0, last_ack=NONE) is Seq.ABOVE
    assert place(Kind.RST, 1001, 0, right_edge=NONE) is Seq.UNKNOWN
    assert place(Kind.RST, 1000, 0, right_edge=NONE) is Seq.EXACT
    assert place(Kind.RST, 1100, 0, right_edge=NONE, sack_edge=1100) is Seq.SACK_EDGE
    assert classify.classify_ack(ACK_FLAG, 5, NONE, NONE, 9, 0) == Ack.UNKNOWN
    assert classify.classify_ack(ACK_FLAG, 5, 10, 20, NONE, 0) == Ack.UNKNOWN
    assert classify.classify_ack(0, 5, NONE, NONE, 9, 0) == Ack.NONE


def test_window_that_shrank_below_what_was_received_is_closed() -> None:
    assert place(Kind.RST, 1000, 0, right_edge=900) is Seq.EXACT_CLOSED
    assert place(Kind.RST, 1001, 0, right_edge=900) is Seq.BEYOND


@given(
    kind=st.sampled_from(Kind),
    seq=NUMBERS,
    length=st.integers(0, 70000),
    paws=st.integers(0, 1),
    numbers=st.tuples(MAYBE, MAYBE, MAYBE, MAYBE),
)
def test_compiled_and_plain_agree_on_seq(
    kind: Kind, seq: int, length: int, paws: int, numbers: tuple[int, int, int, int]
) -> None:
    compiled = classify.classify_seq(kind, seq, length, paws, *numbers)
    assert compiled == PLAIN.classify_seq(kind, seq, length, paws, *numbers)


@given(
    flags=st.integers(0, 0xFFF),
    ack=NUMBERS,
    numbers=st.tuples(MAYBE, MAYBE, MAYBE),
    fin_sent=st.integers(0, 1),
)
def test_compiled_and_plain_agree_on_ack(
    flags: int, ack: int, numbers: tuple[int, int, int], fin_sent: int
) -> None:
    compiled = classify.classify_ack(flags, ack, *numbers, fin_sent)
    assert compiled == PLAIN.classify_ack(flags, ack, *numbers, fin_sent)


@given(a=NUMBERS, b=NUMBERS, shift=NUMBERS)
def test_delta_is_the_same_wherever_it_is_measured(a: int, b: int, shift: int) -> None:
    delta = classify.seq_delta(a, b)
    assert delta == classify.seq_delta((a + shift) & MASK, (b + shift) & MASK)
    assert (b + delta) & MASK == a
