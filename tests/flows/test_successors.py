"""Who came after whom on the same addresses and ports."""

from __future__ import annotations

from tests.flows.packets import Packet, segment_table
from unstick.flows import Streams
from unstick.wire import columns as c


def syn(port: int, seq: int) -> Packet:
    return Packet("10.9.1.2", port, "10.9.2.2", 80, c.SYN, seq)


def successors(*packets: Packet) -> dict[int, int]:
    streams = Streams()
    replaced = streams.assign(segment_table(packets), 0, len(packets))
    return streams.successors(replaced)


def test_ports_used_once_have_no_successor() -> None:
    assert successors(syn(1, 100), syn(2, 100)) == {}


def test_each_use_of_the_ports_follows_the_one_before() -> None:
    assert successors(syn(1, 100), syn(2, 7), syn(1, 200), syn(1, 300)) == {0: 2, 2: 3}
