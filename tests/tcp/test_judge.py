"""Verdicts: held to a reader of the RFC, to the tables of facts, and to uncertain observers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests import naive
from tests.tcp.cells import BASES, every_cell, snapshot_of
from unstick.tcp.judge import (
    Doubt,
    Snapshot,
    judge,
    judge_all,
    judge_reset,
    profiles_that,
    verdict_word,
)
from unstick.tcp.profiles import NAMES
from unstick.tcp.vocabulary import Action, Kind, Seq, State
from unstick.wire.columns import ACK_FLAG, MASK, RST, SYN

READERS = {"rfc5961": naive.rfc9293, "rfc793": naive.rfc793}


@pytest.mark.parametrize("profile", sorted(READERS))
@pytest.mark.parametrize(("rcv_nxt", "snd_una"), BASES)
def test_table_agrees_with_a_reader_of_the_rfc(profile: str, rcv_nxt: int, snd_una: int) -> None:
    """Every cell that a segment can be in and whose numbers are known."""
    reader: Callable[[naive.Endpoint, naive.Segment], Action] = READERS[profile]
    compared = 0
    for state, kind, seq, ack in every_cell():
        snapshot = snapshot_of(state, kind, seq, ack, rcv_nxt, snd_una)
        if snapshot is None or snapshot.rcv_nxt is None or snapshot.snd_una is None:
            continue
        if kind is Kind.SIGNED:
            continue  # the RFC ignores the option: it is the data under it
        endpoint, segment = _as_the_reader_sees_it(snapshot)
        verdict = judge(snapshot, profile)
        assert verdict.action is reader(endpoint, segment), (snapshot, verdict)
        compared += 1
    assert compared > 6000


def _as_the_reader_sees_it(snapshot: Snapshot) -> tuple[naive.Endpoint, naive.Segment]:
    rcv_nxt, snd_una, snd_nxt = snapshot.rcv_nxt, snapshot.snd_una, snapshot.snd_nxt
    assert rcv_nxt is not None
    assert snd_una is not None
    assert snd_nxt is not None
    assert snapshot.right_edge is not None
    window = (snapshot.right_edge - rcv_nxt) & MASK
    endpoint = naive.Endpoint(
        snapshot.state, rcv_nxt, window, snd_una, snd_nxt, snapshot.max_window or 0
    )
    return endpoint, naive.Segment(
        snapshot.flags, snapshot.seq, snapshot.ack, snapshot.length, snapshot.paws_failed
    )


@pytest.mark.parametrize("profile", NAMES)
def test_verdicts_do_not_depend_on_where_numbers_start(profile: str) -> None:
    (rcv_nxt, snd_una), (other_nxt, other_una) = BASES[0], BASES[-1]
    for cell in every_cell():
        here = snapshot_of(*cell, rcv_nxt, snd_una)
        there = snapshot_of(*cell, other_nxt, other_una)
        if here is not None and there is not None:
            assert judge(here, profile) == judge(there, profile)


# --- the tables of facts: RST in CLOSE-WAIT ------------------------------------------------------
N, W = 277, 1000

SILENT, RESET, CHALLENGED = "refused-silently", "honoured", "refused-challenged"

BY_OFFSET = {
    # columns: N-2, N-1, N, inside, SACK edge, right edge, past it. Everything acked, W > 0.
    "rfc793": (SILENT, SILENT, RESET, RESET, RESET, SILENT, SILENT),
    "rfc5961": (SILENT, SILENT, RESET, CHALLENGED, CHALLENGED, SILENT, SILENT),
    "linux-2.6": (SILENT, SILENT, RESET, RESET, RESET, RESET, SILENT),
    "linux-3.6": (SILENT, SILENT, RESET, CHALLENGED, CHALLENGED, CHALLENGED, SILENT),
    "linux-4.7": (SILENT, SILENT, RESET, CHALLENGED, RESET, CHALLENGED, SILENT),
    "linux-4.11": (SILENT, RESET, RESET, CHALLENGED, RESET, CHALLENGED, SILENT),
    "linux-6.17": (SILENT, RESET, RESET, CHALLENGED, RESET, CHALLENGED, SILENT),
    "freebsd": (SILENT, SILENT, RESET, CHALLENGED, CHALLENGED, SILENT, SILENT),
    "freebsd-insecure": (SILENT, SILENT, RESET, RESET, RESET, SILENT, SILENT),
    "xnu": (SILENT, SILENT, RESET, CHALLENGED, CHALLENGED, SILENT, SILENT),
    "openbsd": (SILENT, SILENT, RESET, SILENT, SILENT, SILENT, SILENT),
    "lwip": (SILENT, SILENT, RESET, CHALLENGED, CHALLENGED, CHALLENGED, SILENT),
    "smoltcp": (SILENT, SILENT, RESET, RESET, RESET, SILENT, SILENT),
    "gvisor": (SILENT, SILENT, RESET, CHALLENGED, CHALLENGED, CHALLENGED, SILENT),
}


def rst(seq: int, last_ack: int = N, window: int = W, **changes: object) -> Snapshot:
    snapshot = Snapshot(
        State.CLOSE_WAIT,
        RST,
        seq,
        rcv_nxt=N,
        last_ack=last_ack,
        right_edge=N + window,
    )
    return snapshot._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("profile", NAMES)
def test_rst_in_close_wait_by_offset(profile: str) -> None:
    segments = (
        rst(N - 2),
        rst(N - 1),
        rst(N),
        rst(N + 50),
        rst(N + 200, sack_edge=N + 200),
        rst(N + W),
        rst(N + W + 1),
    )
    found = tuple(verdict_word(judge(segment, profile)) for segment in segments)
    assert found == BY_OFFSET[profile]


@pytest.mark.parametrize(
    ("profile", "acked", "not_acked"),
    [
        ("rfc793", SILENT, SILENT),
        ("rfc5961", SILENT, SILENT),
        ("linux-2.6", SILENT, RESET),
        ("linux-3.6", SILENT, CHALLENGED),
        ("linux-4.7", SILENT, CHALLENGED),
        ("linux-4.11", RESET, RESET),
        ("linux-6.17", RESET, RESET),
        ("freebsd", SILENT, RESET),
        ("freebsd-insecure", SILENT, RESET),
        ("xnu", SILENT, RESET),
        ("openbsd", SILENT, RESET),
        ("gvisor", SILENT, SILENT),
        ("smoltcp", SILENT, SILENT),
        ("lwip", SILENT, SILENT),
    ],
)
def test_the_reset_of_the_story(profile: str, acked: str, not_acked: str) -> None:
    """RST 276 against RCV.NXT 277: with the FIN acknowledged on the wire, and not yet."""
    assert verdict_word(judge(rst(276), profile)) == acked
    assert verdict_word(judge(rst(276, last_ack=276), profile)) == not_acked


def test_one_below_is_silent_everywhere_before_a_fin() -> None:
    for state in (State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2):
        words = {verdict_word(one) for one in judge_all(rst(N - 1, state=state)).values()}
        assert words == {SILENT}


def test_xnu_admits_one_below_while_its_window_is_closed() -> None:
    assert verdict_word(judge(rst(N - 1, window=0), "xnu")) == CHALLENGED
    assert verdict_word(judge(rst(N - 1, window=0), "freebsd")) == SILENT


@pytest.mark.parametrize("profile", ["freebsd", "xnu"])
def test_bsd_compares_with_the_last_ack_sent(profile: str) -> None:
    assert verdict_word(judge(rst(N, last_ack=N - 1), profile)) == CHALLENGED
    assert verdict_word(judge(rst(N - 10, last_ack=N - 10), profile)) == RESET


def test_openbsd_takes_one_above() -> None:
    assert verdict_word(judge(rst(N + 1), "openbsd")) == RESET
    assert verdict_word(judge(rst(N + 2), "openbsd")) == SILENT


def test_linux_drops_a_signature_nobody_asked_for() -> None:
    assert judge(rst(N, signed=True), "linux-6.17").rule_name == "signed-unexpected"
    assert verdict_word(judge(rst(N, signed=True), "rfc5961")) == RESET


def test_newer_timestamp_lets_a_syn_into_time_wait() -> None:
    syn = Snapshot(
        State.TIME_WAIT, SYN, N - 500, rcv_nxt=N, last_ack=N, right_edge=N + W, snd_una=1, snd_nxt=1
    )
    for profile in ("rfc5961", "linux-6.17", "openbsd"):
        assert judge(syn, profile).action in (Action.CHALLENGE, Action.ACK)
        newer = syn._replace(newer_timestamp=True)
        assert judge(newer, profile).action is Action.NEW_CONNECTION


@pytest.mark.parametrize("doubt", [None, Doubt(5 - 3000), Doubt(5 - 40, 5 - 20)])
def test_words_for_a_reset_are_those_of_each_stack(doubt: Doubt | None) -> None:
    """Also where stacks see different things: a signature, an old or a newer timestamp."""
    told = 0
    for cell in every_cell():
        snapshot = snapshot_of(*cell, 5, 5)
        if snapshot is None or cell[1] not in (Kind.RST, Kind.SIGNED, Kind.SYN):
            continue
        told += 1
        if doubt is not None and told % 5:
            continue
        one = snapshot._replace(newer_timestamp=told % 3 == 0)
        verdict, words = judge_reset(one, "linux-6.17", doubt)
        assert verdict == judge(one, "linux-6.17", doubt)
        assert words == {name: verdict_word(judge(one, name, doubt)) for name in NAMES}
        assert list(words) == list(NAMES)
    assert told > 2000


def test_rst_is_never_answered_with_a_rst() -> None:
    answers = (Action.REPLY_RST, Action.REPLY_RST_AND_RESET)
    for state, kind, seq, ack in every_cell():
        snapshot = snapshot_of(state, kind, seq, ack, 5, 5)
        if kind is Kind.RST and snapshot is not None:
            for name, verdict in judge_all(snapshot).items():
                assert verdict.action not in answers, (name, verdict)


def test_unknown_numbers_decide_nothing_in_synchronized_states() -> None:
    snapshot = Snapshot(State.ESTABLISHED, RST, 5)
    assert {verdict_word(one) for one in judge_all(snapshot).values()} <= {"undecidable", SILENT}
    assert judge(snapshot, "linux-6.17").action is Action.UNDECIDABLE


# --- the observer far away


def test_band_of_last_ack_hides_whether_the_window_still_holds_it() -> None:
    band = judge(rst(276), "linux-3.6", Doubt(last_ack_low=276))
    assert band.action is Action.UNDECIDABLE
    assert band.possible == (Action.CHALLENGE, Action.DROP)


def test_band_is_no_doubt_where_every_last_ack_gives_the_same() -> None:
    for profile in ("linux-6.17", "rfc5961", "lwip"):
        verdict = judge(rst(276), profile, Doubt(last_ack_low=200))
        assert verdict.action is judge(rst(276), profile).action
        assert verdict.possible == verdict.possible[:1]


def test_band_of_rcv_nxt_when_delivery_is_not_seen() -> None:
    band = judge(rst(N), "rfc5961", Doubt(last_ack_low=N - 40, rcv_nxt_low=N - 40))
    assert band.possible == (Action.RESET, Action.CHALLENGE)
    sure = judge(rst(N - 100), "rfc5961", Doubt(last_ack_low=N - 40, rcv_nxt_low=N - 40))
    assert sure.action is Action.DROP


def test_band_across_the_wrap() -> None:
    wrapped = rst(0)._replace(rcv_nxt=1, last_ack=1, right_edge=1001)
    band = judge(wrapped, "linux-3.6", Doubt(last_ack_low=MASK))
    assert band.possible == (Action.CHALLENGE, Action.DROP)


def test_outcome_names_the_stacks_that_fit() -> None:
    assert profiles_that(rst(276), RESET) == ("linux-4.11", "linux-6.17")
    assert "linux-3.6" in profiles_that(rst(276), "refused")
    assert profiles_that(rst(276), "refused-silently") == profiles_that(rst(276), "refused")
    assert "rfc793" not in profiles_that(rst(N + 50), "refused")
    assert "rfc5961" in profiles_that(rst(N + 50), CHALLENGED)


def test_syn_in_window_is_challenged_since_rfc_5961() -> None:
    syn = Snapshot(
        State.ESTABLISHED,
        SYN | ACK_FLAG,
        N + 5,
        ack=1,
        rcv_nxt=N,
        last_ack=N,
        right_edge=N + W,
        snd_una=1,
        snd_nxt=1,
    )
    assert judge(syn, "linux-3.6").action is Action.CHALLENGE
    assert judge(syn, "linux-2.6").action is Action.REPLY_RST_AND_RESET
    assert judge(syn, "rfc793").action is Action.REPLY_RST_AND_RESET


def test_every_place_has_a_verdict_in_every_profile() -> None:
    assert {seq for _, _, seq, _ in every_cell()} == set(Seq)
    for name in NAMES:
        assert judge(rst(N), name).action is Action.RESET


# --- what Linux 6.18.44 was seen to do beyond the axes (docs/measured) ----------------------------


@pytest.mark.parametrize(
    ("state", "offset", "length", "outcome"),
    [
        (State.CLOSE_WAIT, -2, 10, CHALLENGED),
        (State.CLOSE_WAIT, -2, 2, CHALLENGED),  # reaches L, which is N
        (State.CLOSE_WAIT, -2, 1, SILENT),
        (State.CLOSE_WAIT, -2, 0, SILENT),
        (State.CLOSE_WAIT, -1, 10, RESET),  # tcp_reset_check(), as without text
        (State.ESTABLISHED, -1, 10, CHALLENGED),
        (State.ESTABLISHED, -1, 0, SILENT),
        (State.ESTABLISHED, 0, 10, RESET),
        (State.SYN_RECEIVED, -2, 2, SILENT),
        (State.SYN_RECEIVED, -2, 3, CHALLENGED),
        (State.TIME_WAIT, -2, 10, SILENT),
    ],
)
def test_the_text_of_a_reset_counts_for_linux(
    state: State, offset: int, length: int, outcome: str
) -> None:
    reset = Snapshot(state, RST, N + offset, length=length, rcv_nxt=N, last_ack=N, right_edge=N + W)
    assert verdict_word(judge(reset, "linux-6.17")) == outcome
    plain = judge(reset._replace(length=0), "rfc5961")
    assert judge(reset, "rfc5961") == plain  # elsewhere it does not


@pytest.mark.parametrize("acked", [None, 300, 1 << 20])
def test_an_ack_older_than_the_connection_is_ancient(acked: int | None) -> None:
    """Linux 6.7: below all that was acknowledged, or below the largest window."""
    old = Snapshot(
        State.ESTABLISHED,
        ACK_FLAG,
        N,
        4600,
        rcv_nxt=N,
        last_ack=N,
        right_edge=N + W,
        snd_una=5000,
        snd_nxt=5000,
        max_window=W,
        acked_bytes=acked,
    )
    too_old = acked is not None and acked < 400
    assert judge(old, "linux-6.17").action is (Action.CHALLENGE if too_old else Action.ACCEPT)
    assert judge(old, "linux-4.11").action is Action.ACCEPT
    assert judge(old._replace(ack=5000 - W - 1), "linux-6.17").action is Action.CHALLENGE


def test_other_stacks_are_loaded_when_their_words_are_read() -> None:
    code = (
        "import sys\n"
        "from unstick.tcp.judge import Snapshot, judge_reset\n"
        "from unstick.tcp.vocabulary import State\n"
        "one = Snapshot(State.ESTABLISHED, 4, 100, rcv_nxt=101, last_ack=101)\n"
        "_, words = judge_reset(one, 'linux-6.17')\n"
        "there = lambda: 'unstick.tcp.profiles.freebsd' in sys.modules\n"
        "print(there(), len(words), there(), words['freebsd'], there())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[:3] == ["False", str(len(NAMES)), "False"]
    assert done.stdout.split()[-1] == "True"
