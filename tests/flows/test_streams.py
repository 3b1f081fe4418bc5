"""Which stream and side a segment gets: the rules at the head of ``flows.kernels``, one by one."""

from __future__ import annotations

import ipaddress

import pytest

from tests.flows.packets import Packet, plain_kernels, segment_table, slots_and_sides
from unstick.flows import Endpoints, Streams
from unstick.flows.hashing import key_of
from unstick.flows.streams import FIRST_ROWS, FIRST_WORDS
from unstick.wire import columns as c
from unstick.wire.tables import words_of, zeros

CLIENT, SERVER = ("10.9.1.2", 40000), ("10.9.2.2", 80)
S, A, F, R = c.SYN, c.ACK_FLAG, c.FIN, c.RST


def from_client(flags: int, seq: int = 0, ack: int = 0, notices: int = 0) -> Packet:
    return Packet(*CLIENT, *SERVER, flags, seq, ack, notices)


def from_server(flags: int, seq: int = 0, ack: int = 0, notices: int = 0) -> Packet:
    return Packet(*SERVER, *CLIENT, flags, seq, ack, notices)


def assigned(*packets: Packet) -> list[tuple[int, int]]:
    """(slot, side) of each packet."""
    table = segment_table(packets)
    Streams().assign(table, 0, len(packets))
    return slots_and_sides(table)


def slots(*packets: Packet) -> list[int]:
    return [slot for slot, _ in assigned(*packets)]


def test_both_directions_meet() -> None:
    assert assigned(
        from_client(S, 100), from_server(S | A, 900, 101), from_client(A, 101, 901)
    ) == [(0, 0), (0, 1), (0, 0)]


def test_syn_ack_first_names_its_receiver_client() -> None:
    high_server = ("10.9.2.2", 50000)
    assert assigned(Packet(*high_server, *CLIENT, S | A, 900, 101)) == [(0, 1)]


@pytest.mark.parametrize("flags", [A, R, F | A, 0])
def test_joined_in_the_middle_the_lower_port_is_the_server(flags: int) -> None:
    assert assigned(from_server(flags, 5, 7), from_client(A, 7, 5)) == [(0, 1), (0, 0)]
    assert assigned(from_client(flags, 5, 7), from_server(A, 7, 5)) == [(0, 0), (0, 1)]


def test_joined_in_the_middle_with_equal_ports_the_receiver_is_the_server() -> None:
    first = Packet("10.9.1.2", 5000, "10.9.2.2", 5000, A)
    assert assigned(first) == [(0, 0)]


def test_socket_connected_to_itself_has_one_sender() -> None:
    me = ("127.0.0.1", 5000)
    assert assigned(Packet(*me, *me, S, 1), Packet(*me, *me, S | A, 1, 2)) == [(0, 0), (0, 0)]


def test_same_numbers_in_ipv4_and_ipv6_are_two_streams() -> None:
    four = Packet("0.0.0.1", 1, "0.0.0.2", 2, A)
    six = Packet("::1", 1, "::2", 2, A)
    assert slots(four, six, four) == [0, 1, 0]


def test_endpoints_of_ipv6_with_the_same_key_are_two_streams() -> None:
    """A key holds half of an address, and the port folded into it."""
    twin = (1 ^ (7 << 47) ^ (9 << 47), 9)
    assert key_of(1, 7, 6) == key_of(*twin, 6)
    server = ("2001:db8::99", 80)
    packets = [
        Packet("2001:db8::1", 7, *server, c.SYN, 1),
        Packet(str(ipaddress.ip_address((0x20010DB8 << 96) | twin[0])), 9, *server, c.SYN, 2),
        Packet("2001:db9::1", 7, *server, c.SYN, 3),
        Packet(*server, "2001:db8::1", 7, c.SYN | c.ACK_FLAG, 4, 2),
    ]
    assert slots(*packets) == [0, 1, 2, 0]


def test_retransmitted_syn_stays() -> None:
    assert slots(from_client(S, 100), from_client(S, 100), from_client(S, 100)) == [0, 0, 0]


def test_syn_with_new_number_starts_a_stream_even_on_an_open_connection() -> None:
    opened = (from_client(S, 100), from_server(S | A, 900, 101), from_client(A, 101, 901))
    assert slots(*opened, from_client(S, 5000), from_server(S | A, 7, 5001)) == [0, 0, 0, 1, 1]


def test_syn_with_the_same_number_after_a_close_stays() -> None:
    closed = (from_client(S, 100), from_server(R | A, 0, 101))
    assert slots(*closed, from_client(S, 100)) == [0, 0, 0]


def test_syn_ack_with_another_number_stays_and_moves_the_base() -> None:
    assert slots(
        from_client(S, 100),
        from_server(S | A, 900, 101),
        from_server(S | A, 950, 101),
        from_server(S, 950),
        from_server(S, 900),
    ) == [0, 0, 0, 0, 1]


def test_simultaneous_open_is_one_stream() -> None:
    assert assigned(from_client(S, 100), from_server(S, 900), from_client(S | A, 100, 901)) == [
        (0, 0),
        (0, 1),
        (0, 0),
    ]


def test_syn_in_the_other_direction_on_a_used_tuple_starts_a_stream() -> None:
    opened = (from_client(S, 100), from_server(S | A, 900, 101))
    assert assigned(*opened, from_server(S, 8000)) == [(0, 0), (0, 1), (1, 0)]


def test_reset_before_the_syn() -> None:
    """A RST sets the base of its sender to the number before: a SYN must be just that."""
    assert slots(from_client(R, 100), from_client(S, 99)) == [0, 0]
    assert slots(from_client(R, 100), from_client(S, 100)) == [0, 1]
    assert slots(from_server(R, 100), from_client(S, 700)) == [0, 0]
    assert slots(from_server(R | A, 100, 701), from_client(S, 700)) == [0, 0]


def test_bases_wrap() -> None:
    assert slots(from_client(R, 0), from_client(S, 0xFFFFFFFF)) == [0, 0]


def test_syn_with_data_or_ecn_is_a_syn() -> None:
    assert slots(from_client(S | c.ECE | c.CWR, 1), from_client(S | c.PSH, 2)) == [0, 1]


def test_quoted_in_icmp_belongs_but_teaches_nothing() -> None:
    quoted = from_client(S, 100, notices=c.NOTICE_IN_ICMP)
    assert slots(quoted, from_client(S, 200), from_client(S, 200)) == [0, 0, 0]
    assert slots(from_client(S, 200), quoted) == [0, 1]


def test_cut_header_joins_a_known_stream_only() -> None:
    cut = from_client(0, 100, notices=c.NOTICE_CUT_HEADER | c.NOTICE_IN_ICMP)
    assert assigned(cut, from_client(S, 1), cut) == [(-1, c.NONE), (0, 0), (0, 0)]


def test_replaced_slots_are_told_in_order() -> None:
    table = segment_table([from_client(S, number) for number in (1, 2, 2, 3)])
    streams = Streams()
    assert list(streams.assign(table, 0, 1)) == []
    assert list(streams.assign(table, 1, 3)) == [0, 1]
    assert len(streams) == 3
    assert [streams.number(slot) for slot in range(3)] == [0, 1, 2]


def test_endpoints_name_the_client_first() -> None:
    six = Packet("2001:db8::2", 443, "2001:db8::1", 50000, A)
    table = segment_table([from_server(S | A, 9, 1), six])
    streams = Streams()
    streams.assign(table, 0, 2)
    assert streams.endpoints(0) == Endpoints("10.9.1.2", 40000, "10.9.2.2", 80)
    assert streams.endpoints(1) == Endpoints("2001:db8::1", 50000, "2001:db8::2", 443)
    with pytest.raises(IndexError, match="no stream has slot 2"):
        streams.endpoints(2)


def test_flood_beyond_max_streams_is_counted() -> None:
    flood = [Packet("10.0.0.1", port, *SERVER, S, 1) for port in range(10)]
    again = [Packet("10.0.0.1", 0, *SERVER, S, 2), Packet("10.0.0.1", 0, *SERVER, A, 3)]
    table = segment_table([*flood, *again, flood[1]])
    streams = Streams(max_streams=4)
    replaced = list(streams.assign(table, 0, 13))
    assert [slot for slot, _ in slots_and_sides(table)] == [0, 1, 2, 3, *[-1] * 8, 1]
    assert replaced == [0]
    assert (streams.refused_segments, streams.refused_openings) == (8, 7)


def test_tables_grow() -> None:
    """300,000 streams, each seen from both sides, and once more after all of them."""
    count = 300_000
    table = zeros(count * c.SEGMENT_WIDTH)
    for row in range(count):
        base = row * c.SEGMENT_WIDTH
        table[base + c.IP_VERSION] = 4
        table[base + c.SOURCE_LOW] = 0x0A000000 + (row % 5000)
        table[base + c.SOURCE_PORT] = 1024 + (row // 5000)
        table[base + c.TARGET_LOW] = 0x0B000001
        table[base + c.TARGET_PORT] = 80
        table[base + c.FLAGS] = A
    streams = Streams(salt=12345)
    for first in range(0, count, 7000):
        streams.assign(table, first, min(7000, count - first))
    assert len(streams) == count > FIRST_ROWS
    assert count > FIRST_WORDS
    assert all(slot == row for row, (slot, _) in enumerate(slots_and_sides(table)))
    streams.assign(table, 0, count)
    assert len(streams) == count
    assert all(slot == row for row, (slot, _) in enumerate(slots_and_sides(table)))


def test_plain_grows_too() -> None:
    packets = [Packet(f"10.0.{n >> 8}.{n & 255}", 9, *SERVER, S, n) for n in range(4000)]
    table = segment_table(packets)
    streams = Streams(kernels=plain_kernels())
    streams.assign(table, 0, len(packets))
    assert [slot for slot, _ in slots_and_sides(table)] == list(range(4000))


@pytest.mark.parametrize("known", [0, 1])
def test_who_stands_behind_others_in_the_index_is_found_again_and_again(known: int) -> None:
    """A thousand streams in an index as full as it gets: every search moves what it finds."""
    clients = [Packet(f"10.0.{i >> 8}.{i & 255}", 1000 + i, *SERVER, c.SYN, i) for i in range(1000)]
    replies = [
        Packet(*SERVER, one.source, one.source_port, c.ACK_FLAG, 5, one.seq + 1) for one in clients
    ]
    streams = Streams(salt=known * 12345)
    every = []
    for packets in (clients, replies[::-1], replies[::3], clients[1::2]):
        table = segment_table(packets)
        streams.assign(table, 0, len(packets))
        every.append([slot for slot, _ in slots_and_sides(table)])
    count = len(clients)
    everyone = list(range(count))
    assert every == [everyone, everyone[::-1], everyone[::3], everyone[1::2]]
    forgotten = zeros(count // 2)
    for place in range(count // 2):
        forgotten[place] = 2 * place
    streams.forget(forgotten, len(forgotten))
    streams.release(forgotten, len(forgotten))
    table = segment_table(replies)
    streams.assign(table, 0, count)
    numbers = [streams.number(slot) for slot, _ in slots_and_sides(table)]
    assert numbers[1::2] == everyone[1::2]
    assert numbers[::2] == list(range(count, count + count // 2))


@pytest.mark.parametrize("plain", [False, True])
def test_who_is_forgotten_keeps_a_row_until_it_is_released(plain: bool) -> None:
    streams = Streams(kernels=plain_kernels() if plain else None)

    def slot_of(port: int) -> int:
        table = segment_table([Packet("10.9.1.2", port, *SERVER, S, port)])
        streams.assign(table, 0, 1)
        return slots_and_sides(table)[0][0]

    gone = words_of([slot_of(1)])
    row = streams.row(gone[0]).tolist()
    streams.forget(gone, 1)
    assert streams.known == 0
    assert [slot_of(1), slot_of(2)] == [1, 2]  # a new stream of the same 4-tuple, and another
    assert streams.row(gone[0]).tolist() == row
    streams.release(gone, 1)
    assert slot_of(3) == gone[0]
    assert [streams.number(slot) for slot in streams.by_number()] == [1, 2, 3]


def test_rows_past_the_table_are_not_touched() -> None:
    table = segment_table([from_client(S, 1)])
    with pytest.raises(ValueError, match="no 2 rows"):
        Streams().assign(table, 0, 2)
