"""Trace notation: what is printed is read back, and what is wrong is named by line and word."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unstick.errors import NotationError
from unstick.wire import columns as c
from unstick.wire.notation import (
    FLAG_LETTERS,
    MARKS,
    Origins,
    Trace,
    TraceConnection,
    TracePacket,
    packet_of_row,
    print_trace,
)
from unstick.wire.notation_reader import LENGTH_MAX, parse_trace

STORY = """\
profile linux-3.6
   0.000000  C  S     0:0(0)                              win 64240  <mss 1460,sackOK,wscale 10>
   0.000049  S  S.    0:0(0)                 ack 1        win 65160  <mss 1460,sackOK,wscale 10>
   0.040764  C  .     1:1(0)                 ack 1        win 63
   0.041142  C  P.    1:276(275)             ack 1        win 63  ttl 63  id 7  # the request
   0.120000  C  F.    276:276(0)             ack 1499     win 63
"""


def test_story_is_read() -> None:
    trace = parse_trace(STORY)
    assert trace.profile == "linux-3.6"
    assert trace.connections == (TraceConnection(0),)
    assert trace.packets[0] == TracePacket(
        0, 0, c.SYN, 0, 0, None, 64240, 1460, 10, marks=c.OPTION_SACK_PERMITTED
    )
    assert trace.packets[3] == TracePacket(
        41_142_000, 0, c.PSH | c.ACK_FLAG, 1, 275, 1, 63, ttl=63, ip_id=7, note="the request"
    )
    assert print_trace(trace) == STORY


def test_free_layout_relative_times_comments_and_padding() -> None:
    loose = """
    # a comment line

    0 C S 0:0(0) win 1 <nop,wscale 2,nop,mss 5>   # note
    +.5 S RW. -1:4(5) ack -2 <> ttl 1
    """
    with pytest.raises(NotationError, match="time"):
        parse_trace(loose)
    trace = parse_trace(loose.replace("+.5", "+0.5").replace("<>", "<TS val 1 ecr 2>"))
    second = trace.packets[1]
    assert (second.time_ns, second.seq, second.length) == (500_000_000, c.MASK, 5)
    assert second.ack == c.MASK - 1
    assert second.timestamps == (1, 2)
    assert trace.packets[0].note == "note"


def test_several_connections() -> None:
    text = """\
connection 0 client-port 37174 server-port 8080
connection 2 client 2001:db8::1 client-port 40001 server-isn 4294967295
 0 C S 0:0(0) win 1
connection 0
 +0 C S 0:0(0) win 1
connection 2
 +0 S S. 0:0(0) ack 1 win 1
"""
    trace = parse_trace(text)
    assert [packet.connection for packet in trace.packets] == [2, 0, 2]
    assert trace.connections[1] == TraceConnection(
        2, client_port=40001, client="2001:db8::1", server_isn=c.MASK
    )
    assert parse_trace(print_trace(trace)) == trace


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("soon C S 0:0(0) win 1", "expected a time in seconds"),
        ("0.0000000001 C S 0:0(0) win 1", "nine decimals at most"),
        ("0", "the line ends; expected C or S"),
        ("0 X S 0:0(0) win 1", "expected C or S"),
        ("0 C SX 0:0(0) win 1", "expected flags"),
        ("0 C SS 0:0(0) win 1", "at most once"),
        ("0 C S 0 win 1", "expected seq:end"),
        ("0 C S 0:1(0) win 1", "0 and 0 bytes end at 0, not 1"),
        ("0 C S 0:x(0) win 1", "expected seq:end"),
        ("0 C S 4294967296:0(0) win 1", "0 to 4294967295"),
        ("0 C . 0:0(0) win 1", "expected 'ack N'"),
        ("0 C S 0:0(0)", "expected 'win N'"),
        ("0 C S 0:0(0) win 65536", "a window"),
        ("0 C S 0:0(0) win 1 win 2", "window stands twice"),
        ("0 C S 0:0(0) win 1 wind 2", "expected one of ack, win, ttl, id or <options>"),
        ("0 C S 0:0(0) win 1 <mss 1", "no '>'"),
        ("0 C S 0:0(0) win 1 <mss>", "a segment size"),
        ("0 C S 0:0(0) win 1 <mss 1 2>", "expected the end of the line"),
        ("0 C S 0:0(0) win 1 <wscale 15>", "a window scale"),
        ("0 C S 0:0(0) win 1 <sack>", "one to four SACK blocks"),
        ("0 C S 0:0(0) win 1 <sack 1>", "left:right"),
        ("0 C S 0:0(0) win 1 <TS ecr 1 val 2>", "TS val N ecr N"),
        ("0 C S 0:0(0) win 1 <mad 5>", "expected an option"),
        ("0 C S 0:0(0) win ²", "a window"),
        ("0 C S 0:0(0) win " + "9" * 9999, "a window"),
        ("profile", "the name of a stack profile"),
        ("profile a b", "expected the end of the line"),
        ("connection", "number of the connection"),
        ("connection 1 port 5", "expected one of client, client-isn"),
        ("connection 1 client 1.2.3", "IPv4 or IPv6 address"),
        ("connection 1 client-port 70000", "a port"),
        ("connection 1 client-port 7 client-port 7", "stands twice"),
        ("connection 7 client-port 5", "described before"),
    ],
)
def test_error_names_the_line_and_what_was_expected(line: str, complaint: str) -> None:
    with pytest.raises(NotationError, match="trace line 3: ") as caught:
        parse_trace(f"# first\nconnection 7\n{line}\n")
    assert complaint in str(caught.value)
    assert caught.value.line == 3


def test_second_profile_is_refused() -> None:
    with pytest.raises(NotationError, match="a second profile"):
        parse_trace("profile a\nprofile b\n")


sequences = st.integers(0, c.MASK)
flags = st.sets(st.sampled_from([bit for _, bit in FLAG_LETTERS])).map(sum)
notes = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20)


@st.composite
def packets(draw: st.DrawFn, connection: int) -> TracePacket:
    bits = draw(flags)
    has_ack = (bits & c.ACK_FLAG) != 0 or draw(st.booleans())
    return TracePacket(
        time_ns=draw(st.integers(-(10**15), 10**18)),
        side=draw(st.integers(0, 1)),
        flags=bits,
        seq=draw(sequences),
        length=draw(st.integers(0, LENGTH_MAX)),
        ack=draw(sequences) if has_ack else None,
        window=draw(st.integers(0, 65535)),
        mss=draw(st.none() | st.integers(0, 65535)),
        window_scale=draw(st.none() | st.integers(0, 14)),
        timestamps=draw(st.none() | st.tuples(sequences, sequences)),
        sacks=tuple(draw(st.lists(st.tuples(sequences, sequences), max_size=4))),
        marks=sum(draw(st.sets(st.sampled_from([bit for _, bit in MARKS])))),
        ttl=draw(st.none() | st.integers(0, 255)),
        ip_id=draw(st.none() | st.integers(0, 65535)),
        note=draw(st.none() | notes),
        connection=connection,
    )


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    numbers = draw(st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True))
    ports, isns = st.none() | st.integers(0, 65535), st.none() | sequences
    addresses = st.none() | st.ip_addresses().map(str)
    connections = tuple(
        TraceConnection(
            number,
            draw(ports),
            draw(ports),
            draw(addresses),
            draw(addresses),
            draw(isns),
            draw(isns),
        )
        for number in numbers
    )
    lines = draw(st.lists(st.sampled_from(numbers).flatmap(packets), max_size=5))
    profile = draw(st.none() | st.sampled_from(["linux-6.17", "rfc793"]))
    return Trace(tuple(lines), connections, profile)


@given(traces())
@settings(deadline=None)
def test_what_is_printed_is_read_back(trace: Trace) -> None:
    assert parse_trace(print_trace(trace)) == trace


@given(st.text(max_size=60) | st.text("0123456789 CS.:()<>,#+-nackwinms", max_size=60))
@settings(deadline=None)
def test_any_text_is_a_trace_or_a_notation_error(text: str) -> None:
    with suppress(NotationError):
        assert parse_trace(print_trace(parse_trace(text)))


def row(**values: int) -> memoryview:
    """One row of the segment table: NONE where nothing is said of a column that may be unknown."""
    table = memoryview(bytearray(c.SEGMENT_WIDTH * 8)).cast("q")
    for name in ("MSS", "WINDOW_SCALE", "TSVAL", "TSECR", "IP_ID", "TTL"):
        table[getattr(c, name)] = c.NONE
    for name, value in values.items():
        table[getattr(c, name)] = value
    return table


def test_rows_become_relative() -> None:
    origins = Origins()
    syn = row(FLAGS=c.SYN, SEQ=c.MASK, MSS=1460, OPTIONS=c.OPTION_MSS | c.OPTION_SACK_PERMITTED)
    reply = row(FLAGS=c.SYN | c.ACK_FLAG, SIDE=1, SEQ=500, TIME_NS=7)
    sack = row(FLAGS=c.ACK_FLAG, SEQ=0, ACK=501, SACK_COUNT=1, SACK_1_LEFT=601, SACK_1_RIGHT=701)
    first = packet_of_row(syn, 0, origins, 0)
    assert (first.seq, first.ack, first.mss, first.marks) == (
        0,
        None,
        1460,
        c.OPTION_SACK_PERMITTED,
    )
    second = packet_of_row(reply, 0, origins, 5)
    assert (second.side, second.seq, second.ack, second.time_ns) == (1, 0, 1, 2)
    third = packet_of_row(sack, 0, origins, 0)
    assert (third.seq, third.ack, third.sacks) == (1, 1, ((101, 201),))


def test_joined_in_the_middle_the_first_number_is_1() -> None:
    origins = Origins()
    packet = packet_of_row(row(FLAGS=c.ACK_FLAG, SEQ=5000, ACK=9000, LENGTH=10), 0, origins, 0)
    assert (packet.seq, packet.ack, packet.length) == (1, 1, 10)
    stray = packet_of_row(row(FLAGS=c.RST, SEQ=5010, ACK=9005), 0, origins, 0)
    assert (stray.seq, stray.ack) == (11, 6)


def test_a_reset_without_the_ack_flag_has_no_ack() -> None:
    assert packet_of_row(row(FLAGS=c.RST, SEQ=1), 0, Origins(), 0).ack is None
