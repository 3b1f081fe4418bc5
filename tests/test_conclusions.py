"""Counting, passing over what is all alike, and forgetting what is over, change no conclusion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from threading import Condition, Event, current_thread
from typing import Any

import pytest

from tests.house import REPOSITORY
from unstick import analysis as analyses
from unstick import conclusions, diagnose
from unstick.ahead import Ahead
from unstick.analysis import Effort
from unstick.chores import Chores
from unstick.diagnose import explain, stream_pieces, streams
from unstick.diagnosis import Diagnosis, StreamRow
from unstick.flows import Streams
from unstick.report import streams as report_streams
from unstick.report.streams import to_csv
from unstick.tcp import walker
from unstick.wire import capture
from unstick.wire.columns import ACK_FLAG, FIN, RST, SYN
from unstick.wire.writer import PacketSpec, write_capture

SERVER = ("10.9.2.2", 80)
MS = 1_000_000


def client(number: int) -> tuple[str, int]:
    return (f"10.9.{(number >> 8) & 255}.{number & 255}", 40000)


def packet(number: int, up: bool, flags: int, seq: int, ack: int, ns: int) -> PacketSpec:
    source, target = (client(number), SERVER) if up else (SERVER, client(number))
    return PacketSpec(
        time_ns=ns,
        source=ip_address(source[0]),
        source_port=source[1],
        target=ip_address(target[0]),
        target_port=target[1],
        flags=flags,
        seq=seq,
        ack=ack if flags & ACK_FLAG else 0,
    )


def closed(number: int, ns: int) -> list[PacketSpec]:
    """A connection that opens and closes as it should."""
    steps = [
        (True, SYN, 0, 0),
        (False, SYN | ACK_FLAG, 0, 1),
        (True, ACK_FLAG, 1, 1),
        (True, FIN | ACK_FLAG, 1, 1),
        (False, FIN | ACK_FLAG, 1, 2),
        (True, ACK_FLAG, 2, 2),
    ]
    return [
        packet(number, up, flags, seq, ack, ns + at * MS)
        for at, (up, flags, seq, ack) in enumerate(steps)
    ]


def opening(number: int, ns: int) -> list[PacketSpec]:
    """A client that asks four times, and nobody answers."""
    waits = (0, 1000, 3000, 7000)
    return [packet(number, True, SYN, 0, 0, ns + wait * MS) for wait in waits]


def written(path: Path, packets: list[PacketSpec]) -> str:
    with path.open("wb") as file:
        write_capture(file, sorted(packets, key=lambda one: one.time_ns))
    return str(path)


@pytest.fixture
def crowd(tmp_path: Path) -> str:
    """300 connections that close one after the other, and one that nobody answers."""
    packets = [one for number in range(300) for one in closed(number, number * 10 * MS)]
    return written(tmp_path / "crowd.pcap", [*packets, *opening(5000, 0)])


def refusals(many: int) -> list[PacketSpec]:
    """Ports that refuse, each asked three times: over, and with something to say."""
    packets = []
    for number in range(many):
        for attempt in range(3):
            ns = (number * 10 + attempt * 1000) * MS
            packets.append(packet(number, True, SYN, 0, 0, ns))
            packets.append(packet(number, False, RST | ACK_FLAG, 0, 1, ns + MS))
    return packets


def dropped(number: int, ns: int) -> list[PacketSpec]:
    """A connection whose client resets it with an answer under way: the server falls silent."""
    steps = [
        (True, SYN, 0, 0),
        (False, SYN | ACK_FLAG, 0, 1),
        (True, ACK_FLAG, 1, 1),
        (False, ACK_FLAG, 1, 1),
        (True, RST, 1, 0),
    ]
    packets = [
        packet(number, up, flags, seq, ack, ns + at * MS // 2)
        for at, (up, flags, seq, ack) in enumerate(steps)
    ]
    packets[3] = replace(packets[3], payload=100)
    return packets


@pytest.fixture
def refused(tmp_path: Path) -> str:
    return written(tmp_path / "refused.pcap", refusals(200))


def test_what_is_over_is_looked_at_before_it_is_forgotten(
    refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, rows = explain([refused]), list(streams([refused]))
    assert whole.resets
    forgetful(monkeypatch, kept=16, rows=1024)  # at the end: each is asked three times before
    assert shape(explain([refused])) == shape(whole)
    again = list(streams([refused]))
    assert sorted(again, key=lambda one: one.stream) == rows


def forgetful(monkeypatch: pytest.MonkeyPatch, kept: int, rows: int = 16) -> None:
    """Few connections that are over are kept, and few seats; batches are small, for what is over is
    forgotten between them."""
    monkeypatch.setattr(capture, "BATCH_ROWS", rows)
    for name, number in (("OVER_KEPT", kept), ("OVER_STEP", 4)):
        monkeypatch.setattr(walker, name, number)
        monkeypatch.setattr(analyses, name, number)
    monkeypatch.setattr(walker, "SEATS_MOST", 2)
    monkeypatch.setattr(walker, "FIRST_SEATS", 2)


def shape(diagnosis: Diagnosis) -> tuple[object, ...]:
    found = [(one.code, one.stream, one.headline) for one in diagnosis.findings]
    counts = (diagnosis.total, diagnosis.healthy, diagnosis.with_findings, diagnosis.undecided)
    return (found, counts, diagnosis.resets, diagnosis.limits)


def test_what_is_over_is_forgotten_and_counted(crowd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, rows = explain([crowd]), list(streams([crowd]))
    forgetful(monkeypatch, kept=16)
    assert shape(explain([crowd])) == shape(whole)
    again = list(streams([crowd]))
    assert [one.stream for one in again] != [one.stream for one in rows]  # in order of their end
    assert sorted(again, key=lambda one: one.stream) == rows
    assert whole.total == 301


def late(number: int, path: Path) -> str:
    """A crowd, and long after it one more ACK of one of its connections."""
    packets = [one for other in range(300) for one in closed(other, other * 10 * MS)]
    last = packet(number, True, ACK_FLAG, 2, 2, 60_000 * MS)
    return written(path, [*packets, last])


def by_first_frame(rows: list[StreamRow]) -> list[StreamRow]:
    return sorted(rows, key=lambda one: one.first_frame)


def test_a_late_segment_wakes_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = late(299, tmp_path / "late.pcap")
    whole = list(streams([path]))
    assert whole[299].client_packets == 5
    forgetful(monkeypatch, kept=16)
    assert by_first_frame(list(streams([path]))) == whole


def test_a_late_segment_of_what_is_forgotten_is_a_new_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = late(3, tmp_path / "late.pcap")
    assert len(list(streams([path]))) == 300
    forgetful(monkeypatch, kept=16)
    rows = by_first_frame(list(streams([path])))
    assert [one.stream for one in rows] == list(range(301))
    assert (rows[3].client_packets, rows[300].client_packets) == (4, 1)


def test_connections_beyond_the_bound_are_reported(crowd: str) -> None:
    found = explain([crowd], effort=Effort(connections=100))
    assert found.total == 100
    assert [one.split(":")[0] for one in found.limits] == ["more than 100 connections at once"]
    assert explain([crowd]).limits == ()


def test_a_flood_of_the_same_is_looked_at_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packets = [one for number in range(50) for one in opening(number, number * MS)]
    path = written(tmp_path / "flood.pcap", packets)
    whole = explain([path])
    assert (whole.total, len(whole.findings), whole.limits) == (50, 50, ())
    monkeypatch.setattr(conclusions, "ALIKE_MOST", 10)
    some = explain([path])
    assert (some.total, len(some.findings), some.undecided) == (50, 10, whole.undecided + 40)
    assert [one[:38] for one in some.limits] == ["10 connections like stream 0 have find"]
    assert some.findings == whole.findings[:10]


@pytest.fixture
def cut(tmp_path: Path) -> str:
    """30 connections that end with a reset, as they may."""
    packets = []
    for number in range(30):
        whole = closed(number, number * 10 * MS)
        packets += [*whole[:3], packet(number, True, RST, 1, 0, whole[3].time_ns)]
    return written(tmp_path / "cut.pcap", packets)


def test_resets_of_the_alike_are_judged(cut: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What gives no finding is looked at to the last: the next may be the one."""
    monkeypatch.setattr(conclusions, "ALIKE_MOST", 10)
    found = explain([cut])
    assert len(found.resets) == 30
    assert found.limits == ()


def test_of_very_many_verdicts_the_first_are_listed(
    cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conclusions, "LISTED_MOST", 10)
    found = explain([cut])
    assert [one.stream for one in found.resets] == list(range(10))
    assert [one.partition(",")[0][:41] for one in found.limits] == [
        "resets and the like of 20 connections wit"
    ]


@pytest.mark.parametrize("name", ["office.server.pcap", "leak.server.pcap", "vanish.server.pcap"])
def test_two_threads_find_what_one_finds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyses, "AHEAD_BYTES", 0)
    path = REPOSITORY.parent / "shared" / "captures" / "lab" / name
    if not path.exists():
        pytest.skip("no ../shared/captures here")
    one, two = (explain([str(path)], effort=Effort(jobs)) for jobs in (1, 2))
    assert two._replace(spent={}) == one._replace(spent={})
    rows = [list(streams([str(path)], effort=Effort(jobs))) for jobs in (1, 2)]
    assert rows[0] == rows[1]


def test_two_threads_forget_what_one_forgets(crowd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful(monkeypatch, kept=16)
    monkeypatch.setattr(analyses, "AHEAD_BYTES", 0)
    rows = [list(streams([crowd], effort=Effort(jobs))) for jobs in (1, 2)]
    assert rows[0] == rows[1]


def test_what_is_told_while_the_other_thread_goes_on_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who tells is slow here: by then the other thread has numbered all it may. The rows of those
    told of are still theirs, and the end of the capture is where it was."""
    packets = refusals(40)
    for number in range(120):
        packets += closed(1000 + number, (3000 + number * 100) * MS)
    for number in range(30):
        packets += dropped(2000 + number, number * 100 * MS)
    path = written(tmp_path / "slow.pcap", packets)
    forgetful(monkeypatch, kept=16)
    monkeypatch.setattr(analyses, "AHEAD_BYTES", 0)
    found, rows = explain([path]), list(streams([path]))
    assert any("retransmitted nothing for" in str(one.observed_because) for one in found.resets)
    slowed(monkeypatch, (diagnose, "_pieces"), (conclusions.Conclusions, "look"))
    again = explain([path], effort=Effort(2))
    assert again._replace(spent={}, resets=()) == found._replace(spent={}, resets=())
    assert list(again.resets) == list(found.resets)
    assert list(streams([path], effort=Effort(2))) == rows


@pytest.mark.parametrize("before", ["forget", "told"])
def test_an_end_in_the_middle_of_a_pause_keeps_nobody_waiting(
    before: str, crowd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while connections are forgotten: the other thread has ended when this one goes on."""
    forgetful(monkeypatch, kept=16)
    monkeypatch.setattr(analyses, "AHEAD_BYTES", 0)
    alive, close = [], Ahead.close

    def closed(ahead: Ahead) -> None:
        close(ahead)
        alive.append(ahead._thread.is_alive())

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Ahead, "close", closed)
    monkeypatch.setattr(analyses.Numbering, before, interrupted)
    with pytest.raises(KeyboardInterrupt):
        explain([crowd], effort=Effort(2))
    assert alive
    assert not any(alive)


def slowed(monkeypatch: pytest.MonkeyPatch, *calls: tuple[object, str]) -> None:
    """These functions wait until two more batches were numbered, or no more are."""
    numbered, batches, assign = Condition(), [0], Streams.assign

    def counted(*given: Any) -> memoryview:
        replaced = assign(*given)
        with numbered:
            batches[0] += 1
            numbered.notify_all()
        return replaced

    def slow(function: Callable[..., Any]) -> Callable[..., Any]:
        def waits(*given: Any, **named: Any) -> Any:
            with numbered:
                enough = batches[0] + 2
                numbered.wait_for(lambda: batches[0] >= enough, timeout=0.02)
            return function(*given, **named)

        return waits

    monkeypatch.setattr(Streams, "assign", counted)
    for owner, name in calls:
        monkeypatch.setattr(owner, name, slow(getattr(owner, name)))


def test_lines_are_the_same_whoever_makes_them(crowd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful(monkeypatch, kept=16)
    monkeypatch.setattr(analyses, "AHEAD_BYTES", 0)
    alone = list(to_csv(stream_pieces([crowd])))
    chores, makers, made, feed = Chores(), set(), report_streams._lines_apart, walker.Walker.feed

    def apart(*given: Any) -> list[bytes]:
        makers.add(current_thread().name)
        return made(*given)

    def slow(*given: Any) -> None:
        """The other thread has filled every table by then, and does what else there is."""
        for _ in range(500):
            if not len(chores) or Event().wait(0.001):
                break
        feed(*given)

    monkeypatch.setattr(report_streams, "_lines_apart", apart)
    monkeypatch.setattr(walker.Walker, "feed", slow)
    slowed(monkeypatch, (diagnose, "_pieces"))  # there is something to walk when it goes on
    effort = Effort(2, meanwhile=chores.help)
    assert b"".join(to_csv(stream_pieces([crowd], effort=effort), chores)) == b"".join(alone)
    assert "ahead" in makers
