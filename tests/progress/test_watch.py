"""The guard's books, fed with recorded sockets: who is judged, who is forgotten, who is told apart.

What the rules themselves say is the meter's (``test_meter.py``).
"""

from __future__ import annotations

import struct

from tests.progress.test_diag import IPV4
from unstick.progress import diag
from unstick.progress.diag import Seen
from unstick.progress.outcome import Cause
from unstick.progress.policy import Policy
from unstick.progress.watch import Watch

BYTES_ACKED = 120  # its place in struct tcp_info
POLICY = Policy(idle=20.0, silent=None)

(OWING,) = diag.decode(IPV4, owing_only=True).sockets


def owing(cookie: int = 1, acked_more: int = 0, inode: int = 7) -> Seen:
    info = bytearray(OWING.info)
    acked = struct.unpack_from("=Q", info, BYTES_ACKED)[0] + acked_more
    struct.pack_into("=Q", info, BYTES_ACKED, acked)
    return OWING._replace(cookie=cookie, inode=inode, info=bytes(info))


def causes(watch: Watch, sockets: list[Seen], now: float, most: int = 100) -> list[Cause]:
    return [one.outcome.cause for one in watch.look(sockets, now, most)]


def test_a_connection_that_takes_nothing_is_judged_once_at_its_limit() -> None:
    watch = Watch(POLICY)
    told = [(now, causes(watch, [owing()], now)) for now in range(0, 60, 5)]
    assert [(now, found) for now, found in told if found] == [(20, [Cause.NOT_READING])]


def test_one_that_takes_a_byte_in_time_is_not() -> None:
    watch = Watch(POLICY)
    for now in range(0, 200, 5):
        assert causes(watch, [owing(acked_more=now // 15)], now) == []


def test_one_that_owed_nothing_in_between_begins_anew() -> None:
    watch = Watch(POLICY)
    for now in range(0, 200, 5):
        there = [owing()] if now % 20 else []
        assert causes(watch, there, now) == []


def test_the_same_addresses_under_a_new_cookie_are_another_connection() -> None:
    watch = Watch(POLICY)
    for now in range(0, 200, 5):
        assert causes(watch, [owing(cookie=now // 15)], now) == []


def test_an_orphan_is_nobodys_to_end() -> None:
    watch = Watch(POLICY)
    for now in range(0, 60, 5):
        assert causes(watch, [owing(inode=0)], now) == []
    assert watch.size == 0


def test_after_the_most_of_one_look_the_others_wait_for_the_next() -> None:
    watch = Watch(POLICY)
    sockets = [owing(cookie) for cookie in range(5)]
    for now in range(0, 20, 5):
        assert causes(watch, sockets, now) == []
    assert [len(causes(watch, sockets, 20.0 + late, most=2)) for late in (0, 0.1, 0.2, 0.3)] == [
        *(2, 2, 1, 0)
    ]


def test_the_next_look_is_at_the_earliest_limit() -> None:
    watch = Watch(POLICY)
    assert watch.next_look(0.0) is None
    for now in (0.0, 5.0, 10.0, 15.0):
        watch.look([owing()], now, 100)
        assert watch.next_look(now) == now + 5.0
    watch.look([owing()], 18.0, 100)
    assert watch.next_look(18.0) == 20.0


def test_what_is_gone_is_forgotten() -> None:
    watch = Watch(POLICY)
    watch.look([owing(cookie) for cookie in range(100)], 0.0, 100)
    assert watch.size == 100
    watch.look([], 5.0, 100)
    assert watch.size == 0
