"""Who came after whom on the same addresses and ports."""

from __future__ import annotations

from tests.flows.packets import Packet, segment_table
from unstick.flows import Streams
from unstick.wire import columns as c


def syn(port: int, seq: int, notices: int = 0) -> Packet:
    return Packet("10.9.1.2", port, "10.9.2.2", 80, c.SYN, seq, notices=notices)


def successors(*packets: Packet, before: int = 0) -> list[int | None]:
    """The frame in which each stream was succeeded."""
    streams = Streams()
    streams.assign(segment_table(packets), 0, len(packets), before)
    found = [streams.successor(slot) for slot in streams.by_number()]
    return [None if one is None else one[0] for one in found]


def test_ports_used_once_have_no_successor() -> None:
    assert successors(syn(1, 100), syn(2, 100)) == [None, None]


def test_each_use_of_the_ports_follows_the_one_before() -> None:
    assert successors(syn(1, 100), syn(2, 7), syn(1, 200), syn(1, 300)) == [3, None, 4, None]


def test_frames_are_counted_through_all_files() -> None:
    assert successors(syn(1, 100), syn(1, 200), before=1000) == [1002, None]


def test_a_quoted_opening_says_not_when_it_was() -> None:
    quoted = syn(1, 200, notices=c.NOTICE_IN_ICMP)
    assert successors(syn(1, 100), quoted) == [None, None]
