"""A connection of the probe in trace notation: what was on the wire, for who wants to see it again.

Pure.
"""

from __future__ import annotations

import socket

from unstick.lab.probe.connection import Connection
from unstick.lab.probe.craft import Segment
from unstick.tcp.vocabulary import Side
from unstick.wire.columns import ACK_FLAG, MASK, OPTION_MD5, OPTION_SACK_PERMITTED
from unstick.wire.notation import Trace, TraceConnection, TracePacket, trace_lines

SECOND_US, US_NS = 1_000_000, 1000


def lines(one: Connection, note: str, profile: str) -> list[str]:
    """The whole connection; ``note`` stands at the last segment of the peer."""
    by_peer = [from_peer for _, from_peer, _ in one.log]
    opener = by_peer[0]
    firsts = {peer: _first(one, peer) for peer in (True, False)}
    last = len(by_peer) - 1 - by_peer[::-1].index(True) if True in by_peer else -1
    packets = []
    for index, (seconds, from_peer, segment) in enumerate(one.log):
        side = Side.CLIENT if from_peer == opener else Side.SERVER
        said = note if index == last else None
        packets.append(
            _packet(segment, seconds, side, (firsts[from_peer], firsts[not from_peer]), said)
        )
    ends = one.ends
    told = {
        "peer": (socket.inet_ntoa(ends.peer), ends.peer_port),
        "kernel": (socket.inet_ntoa(ends.kernel), ends.kernel_port),
    }
    client, server = ("peer", "kernel") if opener else ("kernel", "peer")
    connection = TraceConnection(
        0,
        client_port=told[client][1],
        server_port=told[server][1],
        client=told[client][0],
        server=told[server][0],
    )
    return list(trace_lines(Trace(tuple(packets), (connection,), profile)))


def _first(one: Connection, peer: bool) -> int:
    """The initial number of a side: its first packet's, or what the other acknowledges."""
    for _, from_peer, segment in one.log:
        if from_peer == peer:
            return segment.seq
    return 0


def _packet(
    segment: Segment, seconds: float, side: int, firsts: tuple[int, int], note: str | None
) -> TracePacket:
    own, other = firsts
    opening = segment.opening
    marks = OPTION_MD5 if segment.signed else 0
    if opening is not None and opening.sack:
        marks |= OPTION_SACK_PERMITTED
    return TracePacket(
        round(seconds * SECOND_US) * US_NS,
        side,
        segment.flags,
        (segment.seq - own) & MASK,
        segment.length,
        (segment.ack - other) & MASK if segment.flags & ACK_FLAG else None,
        segment.window,
        None if opening is None else opening.mss,
        None if opening is None else opening.scale,
        segment.timestamps,
        tuple(((left - other) & MASK, (right - other) & MASK) for left, right in segment.sacks),
        marks,
        note=note,
    )
