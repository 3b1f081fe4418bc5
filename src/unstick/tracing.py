"""One connection of a capture in trace notation. No payload ever, no addresses unless asked."""

from __future__ import annotations

from collections.abc import Iterator

from unstick import engine as engines
from unstick.errors import UsageError
from unstick.flows import Streams
from unstick.wire.capture import open_captures
from unstick.wire.columns import SEGMENT_WIDTH, SLOT, TIME_NS
from unstick.wire.kernels import load_kernels
from unstick.wire.notation import (
    Origins,
    Trace,
    TraceConnection,
    TracePacket,
    packet_of_row,
    print_trace,
)

MOST_PACKETS = 200_000
"""Lines of one trace: beyond this nobody reads, and memory would grow with the capture."""


def trace(path: str, stream: int, addresses: bool = False) -> str:
    """The segments of one stream, as ``unstick trace`` prints them.

    Raises UsageError if the capture has no such stream, CaptureError if it cannot be read.
    """
    read, cut = read_trace(path, stream, addresses)
    return print_trace(read) + (f"# cut after {MOST_PACKETS:,} segments\n" if cut else "")


def read_trace(path: str, stream: int, addresses: bool = False) -> tuple[Trace, bool]:
    """The same as data, and whether it was cut after ``MOST_PACKETS``. Raises what ``trace``
    raises."""
    engine = engines.load()
    streams = Streams(kernels=engine["flows.kernels"])
    packets: list[TracePacket] = []
    cut = False
    for table, base in _rows_of(path, stream, streams, engine):
        if not packets:
            origins, start_ns = Origins(), table[base + TIME_NS]
        if len(packets) >= MOST_PACKETS:
            cut = True
            break
        packets.append(packet_of_row(table, base, origins, start_ns))
    if not packets:
        raise UsageError(
            f"{path}: there is no stream {stream}",
            f"its streams are 0 to {len(streams) - 1}" if len(streams) else "it holds no TCP",
        )
    return Trace(tuple(packets), (_connection(streams, stream, addresses),)), cut


def _rows_of(
    path: str, stream: int, streams: Streams, engine: engines.Engine
) -> Iterator[tuple[memoryview, int]]:
    """Table and place of every segment of the stream."""
    for capture in open_captures([path], engine=load_kernels(engine.modules.__getitem__)):
        for batch in capture.batches():
            streams.assign(batch.segments, 0, batch.count)
            for row in range(batch.count):
                base = row * SEGMENT_WIDTH
                slot = batch.segments[base + SLOT]
                if slot >= 0 and streams.number(slot) == stream:
                    yield batch.segments, base


def _connection(streams: Streams, stream: int, addresses: bool) -> TraceConnection:
    """The header of the trace. Slots are streams in order, so the first match is it."""
    if not addresses:
        return TraceConnection(0)
    slot = next(slot for slot in range(len(streams)) if streams.number(slot) == stream)
    ends = streams.endpoints(slot)
    return TraceConnection(
        0,
        client=ends.client,
        client_port=ends.client_port,
        server=ends.server,
        server_port=ends.server_port,
    )
