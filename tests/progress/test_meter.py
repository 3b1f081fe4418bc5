"""The verdict rules on samples: each fires where it should, and not on its look-alike."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from tests.progress.samples import (
    REST,
    SENT,
    at,
    every,
    in_flight,
    look,
    metered,
    play,
    reader,
    zero_window,
)
from unstick.progress import Cause, Meter, Policy, Sample

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")


# --- silent and idle ------------------------------------------------------------------------------


def test_vanished_in_flight_is_silent() -> None:
    """The clock runs from when the bytes were accepted; untold, from the first look at them."""
    told = metered("silent=10")
    told.accepted(SENT, 0.1)
    assert at(play(told, *every(0.5, 60, in_flight))) == (10.5, Cause.SILENT)
    looks = every(0.5, 60, lambda now: in_flight(now + 5))
    assert at(play(metered("silent=10"), *looks)) == (10.5, Cause.SILENT)


def test_slow_handler_is_not_silent() -> None:
    """Heard last when the request came, long ago; now the first answer waits for its ACK."""
    meter = metered("silent=10 idle=20")
    assert play(meter, *every(5, 300, lambda now: look(heard=now))) is None
    late = look(unacked=1, bytes_sent=100, retransmits=1, heard=301)
    assert play(meter, (301.0, late)) is None


def test_full_peer_is_not_reading_however_long_it_answers() -> None:
    assert at(play(metered("silent=5 idle=20"), *every(1, 60, zero_window))) == (
        21.0,
        Cause.NOT_READING,
    )


def test_full_peer_that_stopped_answering_is_silent() -> None:
    def gone(now: float) -> Sample:
        return zero_window(now, heard=now, probes=3)

    assert at(play(metered("silent=5 idle=20"), *every(1, 60, gone))) == (6.0, Cause.SILENT)


def test_one_probe_on_its_way_is_not_silence() -> None:
    """An old kernel probes every two minutes: for a round trip one probe is unanswered."""
    meter = metered("silent=30 idle=600")
    for now in (100.0, 200.0, 300.0):
        assert meter.observe(zero_window(now, heard=99.9), now) is None
        assert meter.observe(zero_window(now, heard=100.0, probes=1), now + 0.1) is None
        assert meter.observe(zero_window(now, heard=0.1), now + 0.3) is None


def test_probes_that_may_have_been_lost_are_not_silence() -> None:
    """A slow reader on a path that loses three segments of ten, as captured (Linux 6.18): probes
    1.7, 3.5, 6.9, 13.8, 27.7 s apart, and heard again after 34 s. A third one in vain is enough."""

    def lossy(now: float) -> Sample:
        return zero_window(now, heard=now, probes=sum(now >= one for one in (13.8, 41.5, 90)))

    assert at(play(metered("silent=30 idle=600"), *every(5, 85, lossy))) is None
    assert at(play(metered("silent=30 idle=600"), *every(5, 95, lossy))) == (90.0, Cause.SILENT)


@pytest.mark.parametrize(
    ("again", "questions"),
    [(0, 3), (50_000, 3), (210_000, 5), (310_000, 6), (410_000, 8), (1_100_000, 8)],
)
def test_a_path_that_lost_much_is_asked_more_often(again: int, questions: int) -> None:
    """By what it lost until the last progress; what is repeated to a peer that is gone says
    nothing of the path."""
    lost: dict[str, Any] = {"bytes_acked": 9, "bytes_sent": 10**6, "bytes_retrans": again}
    meter = metered("silent=30 idle=600")
    assert meter.observe(zero_window(1.0, **lost), 1.0) is None

    def asked(now: float) -> Sample:
        more = {**lost, "bytes_retrans": again + int(1000 * now)}
        return zero_window(now, heard=now - 1, probes=int(now / 10), **more)

    due = max(31.0, questions * 10.0)
    assert at(play(meter, *every(1, 100, asked))) == (due, Cause.SILENT)


def test_retransmissions_need_no_more_on_such_a_path() -> None:
    """They begin close together after each progress: seven fit into 30 s."""
    lost: dict[str, Any] = {"bytes_acked": 9, "bytes_retrans": SENT}
    meter = metered("silent=10 idle=600")
    assert meter.observe(in_flight(1.0, heard=0, **lost), 1.0) is None
    looks = every(1, 60, lambda now: in_flight(now, heard=max(0, now - 1), **lost))
    assert at(play(meter, *looks[1:])) == (11.0, Cause.SILENT)


def test_who_is_ended_for_idle_is_called_silent_for_one_probe_in_vain() -> None:
    """It is ended in any case, and a window that stays closed is asked too seldom for three."""
    looks = every(5, 100, lambda now: zero_window(now, heard=now, probes=int(now >= 40)))
    assert at(play(metered("silent=30 idle=60"), *looks)) == (65.0, Cause.SILENT)
    looks = every(5, 100, lambda now: zero_window(now, heard=min(now, 25)))
    assert at(play(metered("silent=30 idle=60"), *looks)) == (65.0, Cause.NOT_READING)


def test_one_retransmission_is_not_enough_either() -> None:
    """Of a long round trip: the second copy leaves after 12 s, whatever ``silent`` is."""

    def far(now: float) -> Sample:
        return in_flight(now, retransmits=sum(now >= one for one in (4, 12, 28)))

    assert at(play(metered("silent=5 idle=60"), *every(1, 60, far))) == (28.0, Cause.SILENT)


def test_retransmission_that_is_heard_is_stalled() -> None:
    """Duplicate ACKs, say: the path eats the segment that is due, the peer is there."""

    def eaten(now: float) -> Sample:
        return in_flight(now, heard=0.5)

    assert at(play(metered("silent=5 idle=20"), *every(1, 60, eaten))) == (21.0, Cause.STALLED)


def test_idle_shorter_than_silent_still_names_silence() -> None:
    assert at(play(metered("silent=30 idle=8"), *every(0.5, 60, in_flight))) == (8.5, Cause.SILENT)


def test_steady_reader_is_never_idle() -> None:
    def reads(now: float) -> Sample:
        return zero_window(now, bytes_acked=int(now) * 1000, bytes_sent=int(now) * 1000)

    assert play(metered("idle=5 silent=2"), *every(0.5, 500, reads)) is None


def test_progress_is_dated_by_the_ack_not_by_the_look() -> None:
    """Looks come every 4 s; the last ACK that advanced came 3.5 s before one."""
    meter = metered("idle=16 silent=none")
    meter.observe(look(notsent_bytes=SENT, snd_wnd=0), 4.0)
    meter.observe(look(notsent_bytes=SENT, bytes_acked=9, snd_wnd=0, heard=3.5), 8.0)
    due = meter.next_check(16.5)
    assert due == 20.5


def test_no_credit_for_earlier_speed() -> None:
    def burst(now: float) -> Sample:
        return zero_window(now, bytes_acked=10**7, bytes_sent=10**7)

    meter = metered("idle=10 silent=5")
    assert at(play(meter, *every(0.5, 60, burst))) == (10.5, Cause.NOT_READING)


# --- other rules ----------------------------------------------------------------------------------


def test_hoarding_needs_the_whole_time_above() -> None:
    def held(now: float) -> Sample:
        count = 400_000 if int(now) % 7 else 1000
        return look(notsent_bytes=count, bytes_acked=int(now) * 1000, bytes_sent=int(now) * 1000)

    assert play(metered("idle=10 held=256Ki"), *every(1, 100, held)) is None


def test_hoarding_ends_even_a_reader() -> None:
    def held(now: float) -> Sample:
        return look(notsent_bytes=400_000, bytes_acked=int(now * 1000), bytes_sent=int(now * 1000))

    assert at(play(metered("idle=10 held=256Ki"), *every(1, 100, held))) == (11.0, Cause.HOARDING)


def test_deadline_is_exact_and_counts_from_the_start() -> None:
    meter = metered("total=3")
    assert meter.observe(reader(10**6)(1.0), 1.0) is None
    assert meter.next_check(1.0) == 3.0
    assert at(play(meter, (3.0, reader(10**6)(3.0)))) == (3.0, Cause.DEADLINE)


def test_nothing_outstanding_has_no_deadline_and_no_timer() -> None:
    meter = metered("total=3")
    assert meter.observe(look(bytes_acked=SENT), 100.0) is None
    assert meter.next_check(100.0) is None


def test_until_is_an_instant() -> None:
    meter = Meter(Policy(deadline=100).until(7.0), REST, 5.0)
    assert meter.deadline_at == 7.0


def test_waiting_counts_although_the_kernel_holds_nothing() -> None:
    """TLS that waits for the peer's record: outstanding, because someone waits."""
    meter = metered("idle=4 silent=2")
    meter.blocked(True, 1.0)
    assert meter.next_check(1.0) == 1.5
    assert at(play(meter, *every(0.5, 60, lambda now: REST))) == (5.0, Cause.NOT_READING)


def test_skew_our_own_stall_is_no_verdict() -> None:
    """20 s without a look, with idle 10: not the peer's fault alone, it counts for five."""
    meter = metered("idle=10 silent=10")
    assert meter.observe(zero_window(1.0), 1.0) is None
    assert meter.observe(zero_window(21.0), 21.0) is None
    assert meter.observe(zero_window(24.0), 24.0) is None
    assert at(play(meter, *[(now, zero_window(now)) for now in (25.5, 26.0)])) == (
        26.0,
        Cause.NOT_READING,
    )


def test_skew_progress_of_long_ago_is_no_verdict_either() -> None:
    """The peer took something while nobody looked, 15 s ago, and then there was nothing to take: a
    stopped process has just written more."""
    meter = metered("idle=10 silent=10")
    assert meter.observe(zero_window(1.0), 1.0) is None
    assert meter.observe(zero_window(21.0, bytes_acked=9, heard=15.0), 21.0) is None
    later = [(now, zero_window(now, bytes_acked=9)) for now in (23.5, 26.0)]
    assert at(play(meter, *later)) == (26.0, Cause.NOT_READING)


def test_ticks_are_four_within_the_shortest_limit() -> None:
    meter = metered("idle=20 silent=10 rate=1k/4")
    meter.observe(zero_window(0.5), 0.5)
    assert meter.next_check(0.5) == 1.5


def test_no_rule_no_timer() -> None:
    meter = metered("idle=none silent=none")
    meter.observe(zero_window(1), 1.0)
    assert meter.next_check(1.0) is None


def test_stalled_only_after_a_quiet_tick() -> None:
    meter = metered("idle=20 silent=20")
    meter.observe(zero_window(0.1), 0.1)
    meter.observe(zero_window(0.2), 0.2)
    assert not meter.stalled
    meter.observe(zero_window(6), 6.0)
    assert meter.stalled
    meter.observe(zero_window(7, bytes_acked=1), 7.0)
    assert not meter.stalled


# --- the dead -------------------------------------------------------------------------------------

DEAD = look(state=7, notsent_bytes=500, bytes_acked=1000, bytes_sent=1000, snd_wnd=0)

DEATHS: tuple[tuple[int, dict[str, Any], Cause, Cause | None], ...] = (
    (errno.ECONNRESET, {}, Cause.RESET, None),
    (errno.EPIPE, {}, Cause.RESET, None),
    (errno.ECONNABORTED, {}, Cause.DESTROYED, None),
    (errno.EHOSTUNREACH, {}, Cause.UNREACHABLE, None),
    (errno.ENETUNREACH, {}, Cause.UNREACHABLE, None),
    (errno.ETIMEDOUT, {"retransmits": 4}, Cause.KERNEL_TIMEOUT, Cause.SILENT),
    (errno.ETIMEDOUT, {"probes": 4}, Cause.KERNEL_TIMEOUT, Cause.SILENT),
    (errno.ETIMEDOUT, {}, Cause.KERNEL_TIMEOUT, Cause.NOT_READING),
    (errno.ETIMEDOUT, {"snd_wnd": 9}, Cause.KERNEL_TIMEOUT, None),
    (errno.EBADF, {}, Cause.CLOSED_LOCALLY, None),
    (errno.ENOBUFS, {}, Cause.OS_ERROR, None),
)


@pytest.mark.parametrize(("number", "fields", "cause", "refined"), DEATHS)
def test_death_is_named(
    number: int, fields: dict[str, Any], cause: Cause, refined: Cause | None
) -> None:
    outcome = metered("").failed(number, DEAD._replace(**fields), 1.0)
    assert (outcome.cause, outcome.refined, outcome.errno) == (cause, refined, number)
    assert outcome.acked == 1000  # the dead keep their counts


def test_death_that_nobody_can_ask_is_told_by_counters() -> None:
    assert at(play(metered(""), (1.0, DEAD))) == (1.0, Cause.RESET)
    timed_out = DEAD._replace(retransmits=9)
    assert at(play(metered(""), (1.0, timed_out))) == (1.0, Cause.KERNEL_TIMEOUT)


def test_reset_that_purged_the_flight_is_seen() -> None:
    """Linux: unacked and notsent are 0 then, and SIOCOUTQ is not in TCP_INFO."""
    purged = look(state=7, bytes_acked=0, bytes_sent=1000)
    assert at(play(metered(""), (1.0, purged))) == (1.0, Cause.RESET)


def test_connection_undone_on_this_side_is_not_the_peers_reset() -> None:
    """connect(AF_UNSPEC), as abort() or a guard does it: ECONNRESET, and counters begin anew."""
    meter = metered("")
    meter.observe(look(unacked=3, bytes_acked=1000, bytes_sent=5000), 1.0)
    outcome = meter.failed(errno.ECONNRESET, look(state=7, notsent_bytes=500), 2.0)
    assert (outcome.cause, outcome.acked) == (Cause.CLOSED_LOCALLY, 1000)


def test_both_ends_closed_well_is_no_death() -> None:
    assert play(metered(""), (1.0, look(state=7, bytes_acked=1001, bytes_sent=1000))) is None


# --- numbers of the outcome -----------------------------------------------------------------------


def test_fin_and_earlier_bytes_are_not_ours() -> None:
    """500 bytes of the response before were in flight; our 1000 and the FIN were acknowledged."""
    first = look(unacked=1, bytes_acked=2000, bytes_sent=2500)
    meter = metered("", first)
    meter.accepted(1000, 0.1)
    meter.observe(look(state=5, bytes_acked=3501, bytes_sent=3500), 1.0)
    outcome = meter.ended(Cause.DELIVERED, 1.0)
    assert (outcome.accepted, outcome.acked, outcome.ok) == (1000, 1000, True)


def test_half_close_is_remembered() -> None:
    meter = metered("")
    meter.observe(look(state=8, unacked=1, bytes_sent=10), 1.0)
    assert meter.failed(errno.EPIPE, DEAD, 2.0).peer_half_closed


# --- sockets without TCP_INFO ---------------------------------------------------------------------


def unix(held: int) -> Sample:
    return Sample("outq", outq=held)


def test_outq_that_falls_is_progress() -> None:
    looks = [(float(now), unix(200_000 - 768 * now)) for now in range(1, 100)]
    assert play(metered("idle=5 silent=none", unix(0)), *looks) is None


def test_outq_that_is_full_again_is_progress_if_more_was_accepted() -> None:
    meter = metered("idle=5 silent=none", unix(0))
    for now in range(1, 100):
        meter.accepted(50_000, float(now))
        assert meter.observe(unix(200_000), float(now)) is None
    assert at(play(meter, *[(float(now), unix(200_000)) for now in range(100, 120)])) == (
        104.0,
        Cause.NOT_READING,
    )


def test_old_kernel_without_bytes_acked() -> None:
    """Linux < 4.1: states and clocks of TCP_INFO, bytes of SIOCOUTQ."""
    old = Sample("outq", state=1, unacked=3, retransmits=3, last_ack_recv_ms=0, outq=5000)
    looks = every(1, 60, lambda now: old._replace(last_ack_recv_ms=int(now * 1000)))
    meter = metered("silent=10", Sample("outq", state=1, unacked=0, outq=0))
    assert at(play(meter, *looks)) == (11.0, Cause.SILENT)
