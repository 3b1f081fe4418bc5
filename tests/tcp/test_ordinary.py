"""The short way past the judge: only where the long way finds nothing, and to the same report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.house import SOURCE
from tests.tcp.segments import CAPTURES
from tests.truth.reading import files
from unstick import analysis as analyses
from unstick import engine as engines
from unstick.checks import NAMES, looks
from unstick.diagnose import explain, streams
from unstick.diagnosis import contradicts
from unstick.engine import Engine
from unstick.report.model import to_json
from unstick.tcp import columns as c
from unstick.tcp import ordinary
from unstick.tcp.places import ODD, ORDINARY, WITH_NOTES
from unstick.tcp.reading import Kept, Reader
from unstick.tcp.resets import with_verdicts
from unstick.tcp.vocabulary import State
from unstick.wire.columns import ACK_FLAG, FIN, MASK, NONE, PSH, RST, SYN
from unstick.wire.writer import PacketSpec, write_capture

MS = 1_000_000
FOLDERS = ("lab", "public/fixtures", "public/controls", "public/traps")
REAL = [str(SOURCE / "data" / "story-vps.server.pcap")] + [
    str(CAPTURES / name)
    for folder in FOLDERS
    for name in files(folder)
    if not name.endswith(".snoop")
]


def packet(up: bool, flags: int, seq: int, ack: int, ms: int, payload: bytes = b"") -> PacketSpec:
    client, server = (ip_address("10.9.1.2"), 40000), (ip_address("10.9.2.2"), 80)
    source, target = (client, server) if up else (server, client)
    return PacketSpec(
        time_ns=ms * MS,
        source=source[0],
        source_port=source[1],
        target=target[0],
        target_port=target[1],
        flags=flags,
        seq=seq,
        ack=ack,
        payload=payload,
    )


def aborted(number: int = 11, later_ms: int | None = None) -> list[PacketSpec]:
    """A client that takes an answer and resets, at this number; the server may go on."""
    steps = [
        packet(True, SYN, 0, 0, 0),
        packet(False, SYN | ACK_FLAG, 0, 1, 1),
        packet(True, ACK_FLAG, 1, 1, 2),
        packet(True, ACK_FLAG | PSH, 1, 1, 3, b"0123456789"),
        packet(False, ACK_FLAG | PSH, 1, 11, 4, b"answer"),
        packet(True, ACK_FLAG, 11, 7, 5),
        packet(True, RST | ACK_FLAG, number, 7, 6),
    ]
    if later_ms is not None:
        steps.append(packet(False, ACK_FLAG | FIN, 7, 11, 6 + later_ms))
    return steps


def written(folder: Path, packets: list[PacketSpec]) -> str:
    path = folder / "one.pcap"
    with path.open("wb") as file:
        write_capture(file, packets)
    return str(path)


def kept(path: str) -> Iterator[tuple[Reader, Kept]]:
    """Every connection of the capture that has something to say, as it stands in the tables."""
    analysis = analyses.walk([path])
    reader = analysis.reader()
    for slot in analysis.walker.tally(analysis.slots())[3]:
        yield reader, reader.kept(slot)


def is_ordinary(row: memoryview, notes: Sequence[memoryview]) -> bool:
    """Of the connection of this row, with these notes."""
    pool = memoryview(bytearray(8 * c.NOTE_WIDTH * (len(notes) + 1))).cast("q")
    for number, note in enumerate(notes, 1):
        at = number * c.NOTE_WIDTH
        pool[at : at + c.NOTE_WIDTH] = note
        pool[at + c.N_NEXT] = number + 1 if number < len(notes) else NONE
    row[c.C_NOTE_HEAD] = 1 if notes else NONE
    return ordinary.is_ordinary(row, pool)


def passed_over(path: str) -> list[tuple[Reader, Kept]]:
    return [(reader, one) for reader, one in kept(path) if is_ordinary(one.row, one.notes)]


def test_an_exact_reset_that_is_met_by_silence_is_ordinary(tmp_path: Path) -> None:
    ((_, one),) = passed_over(written(tmp_path, aborted()))
    assert len(one.notes) == 1
    ((reset),) = explain([written(tmp_path, aborted())]).resets
    assert reset.verdict == "honoured"


@pytest.mark.parametrize("packets", [aborted(10), aborted(12), aborted(later_ms=300)], ids=str)
def test_look_alikes_are_not(packets: list[PacketSpec], tmp_path: Path) -> None:
    """One too low, one too high, and a server that talks on."""
    assert not passed_over(written(tmp_path, packets))


def closed(reset: int = 10, later_ms: int | None = None) -> list[PacketSpec]:
    """A server that closes first, whose FIN is sent again on a path that turns packets round, and a
    client that answers it with a reset at this number: TIME-WAIT awaits 12. The server may speak
    on."""
    steps = [
        *aborted()[:-1],
        packet(False, ACK_FLAG | FIN, 7, 11, 6),
        packet(True, ACK_FLAG | FIN, 11, 8, 7),
        packet(False, ACK_FLAG, 8, 12, 8),
        packet(False, ACK_FLAG | FIN, 7, 11, 9),
        packet(True, RST, reset, 0, 10),
    ]
    if later_ms is not None:
        steps.append(packet(False, ACK_FLAG, 8, 12, 10 + later_ms))
    return steps


def test_a_reset_that_comes_too_late_to_matter_is_ordinary(tmp_path: Path) -> None:
    path = written(tmp_path, closed())
    ((_, one),) = passed_over(path)
    assert one.row[c.C_MARKS] == c.MARK_RESET | c.MARK_REFUSED
    assert one.row[c.SIDES + c.SIDE_WIDTH + c.S_STATE] == State.TIME_WAIT
    assert one.row[c.SIDES + c.SIDE_WIDTH + c.S_LADDER_COUNT] == 1
    explained = explain([path])
    assert not explained.findings
    assert [reset.verdict for reset in explained.resets] == ["refused-silently"]


def test_one_that_guesses_or_is_answered_is_not(tmp_path: Path) -> None:
    """A number that nothing under way explains, one above, and a server that speaks on."""
    for packets in (closed((11 - ordinary.NEAR_BYTES) & MASK), closed(13), closed(later_ms=300)):
        assert not passed_over(written(tmp_path, packets))


def test_one_of_a_loop_is_not(tmp_path: Path) -> None:
    """Resets and bare ACKs that answer each other."""
    ((_, one),) = passed_over(written(tmp_path, closed()))
    one.row[c.C_PING_PONG_MOST] = ordinary.TURNS_MOST + 1
    assert not is_ordinary(one.row, one.notes)


def test_what_is_kept_outlives_the_tables(tmp_path: Path) -> None:
    """The steps of a ladder, too, whose notes are given to others."""
    ((reader, one),) = kept(written(tmp_path, closed()))
    before = reader.built(one)
    assert before.server.ladder is not None
    assert [step.frame for step in before.server.ladder.steps] == [10]
    notes = reader.walker.notes
    notes[:] = memoryview(bytearray(notes.nbytes)).cast("q")
    assert reader.built(one) == before


def opened(*more: PacketSpec) -> list[PacketSpec]:
    """A SYN and its answer, and this."""
    return [packet(True, SYN, 0, 0, 0), packet(False, SYN | ACK_FLAG, 0, 1, 1), *more]


def test_a_handshake_that_stops_after_its_answer_is_ordinary(tmp_path: Path) -> None:
    assert len(passed_over(written(tmp_path, opened()))) == 1
    assert not explain([written(tmp_path, opened())]).findings


@pytest.mark.parametrize(
    "more",
    [
        [packet(False, SYN | ACK_FLAG, 0, 1, 1001 * 2**n) for n in range(5)],
        [packet(True, SYN, 0, 0, 1000)],
        [packet(True, ACK_FLAG, 1, 1, 2)],
        [packet(True, RST | ACK_FLAG, 9, 1, 2)],
    ],
    ids=["answered again", "asked again", "finished", "reset"],
)
def test_a_handshake_that_goes_on_is_not(more: list[PacketSpec], tmp_path: Path) -> None:
    assert not passed_over(written(tmp_path, opened(*more)))


ODD_COLUMNS = [
    (c.C_MARKS, c.MARK_LADDER),
    (c.C_NOTES_DROPPED, 1),
    (c.C_COPIES, 1),
    (c.C_CLOCK_BACK, 1),
    (c.C_LAST_NS, ordinary.SHORT_NS + 1_000 * MS),
    (c.SIDES + c.S_STATE, State.ESTABLISHED),
    (c.SIDES + c.S_ZERO_FRAME, 4),
    (c.SIDES + c.S_KEEP_COUNT, 1),
    (c.SIDES + c.SIDE_WIDTH + c.S_LADDER_COUNT, 3),
    (c.SIDES + c.SIDE_WIDTH + c.S_FLAGS, c.SIDE_SPOKE),
]


@pytest.mark.parametrize(("column", "value"), ODD_COLUMNS)
def test_one_odd_number_is_enough(column: int, value: int, tmp_path: Path) -> None:
    ((_, one),) = passed_over(written(tmp_path, aborted()))
    one.row[column] = value
    assert not is_ordinary(one.row, one.notes)


ODD_NOTES = [
    (c.N_KIND, c.NOTE_SYN),
    (c.N_SIDE, 1),
    (c.N_STATE, State.SYN_SENT),
    (c.N_FLAGS, ordinary.RESERVED_BITS | RST),
    (c.N_TTL, 255),
    (c.N_SENDER_NXT, 5),
]


@pytest.mark.parametrize(("column", "value"), ODD_NOTES)
def test_one_odd_number_of_its_reset_is_enough(column: int, value: int, tmp_path: Path) -> None:
    ((_, one),) = passed_over(written(tmp_path, aborted()))
    note = memoryview(bytearray(one.notes[0].tobytes())).cast("q")
    assert is_ordinary(one.row, [note])
    note[column] = value
    assert not is_ordinary(one.row, [note])


@pytest.mark.parametrize("path", REAL, ids=lambda path: path[-50:])
def test_no_check_speaks_of_what_is_passed_over(path: str) -> None:
    for reader, one in passed_over(path):
        connection = with_verdicts(reader.built(one))
        assert not [found for look in looks() for found in look(connection)]
        assert connection.client.packets
        assert connection.server.packets
        for reset in connection.resets:
            assert not contradicts(reset.verdict, reset.observed)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path[-50:])
def test_the_report_is_the_same_without_the_short_way(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, rows = to_json(explain([path]), NAMES), list(streams([path]))
    monkeypatch.setattr(analyses.Analysis, "sift", lambda _, slots: [ODD] * len(slots))
    assert to_json(explain([path]), NAMES) == quick
    assert list(streams([path])) == rows


@pytest.mark.parametrize("path", REAL, ids=lambda path: path[-50:])
@pytest.mark.parametrize("engine", [engines.load, engines.load_plain], ids=["compiled", "plain"])
def test_both_engines_sift_alike(path: str, engine: Callable[[], Engine]) -> None:
    analysis = analyses.begin(engine=engine())
    for _ in analysis.walk([path]):
        pass
    slots = analysis.walker.tally(analysis.slots())[3].tolist()
    reader = analysis.reader()
    expected = []
    for slot in slots:
        one = reader.kept(slot)
        silent = ORDINARY if not one.notes else WITH_NOTES
        expected.append(silent if is_ordinary(one.row, one.notes) else ODD)
    assert analysis.sift(slots).tolist() == expected
