"""The probe: what is committed of it agrees with the law, and this kernel still does what it did.

The file is judged anywhere. What asks the kernel needs root and the kernel that was measured.
"""

from __future__ import annotations

import errno
import os
import platform
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from unstick.cli import main
from unstick.lab.errors import LabError
from unstick.lab.probe.bench import SETTINGS, Bench, built
from unstick.lab.probe.cells import Cell
from unstick.lab.probe.craft import Segment
from unstick.lab.probe.expect import compare, judged
from unstick.lab.probe.fuzz import fuzz
from unstick.lab.probe.measured import (
    Measured,
    Spot,
    answer_of,
    endpoint_of,
    from_json,
    segment_of,
    to_json,
)
from unstick.lab.probe.probing import (
    held,
    kernel_name,
    measure,
    profile_of,
    reproduced,
)
from unstick.lab.probe.situations import SITUATIONS, reach
from unstick.lab.probe.telling import verdict
from unstick.progress.testing import eventually
from unstick.report.look import Look
from unstick.tcp.vocabulary import Action, State
from unstick.wire.columns import RST
from unstick.wire.notation_reader import parse_trace

FILE = Path(__file__).parents[2] / "docs" / "measured" / "linux-6.18.44.json"
PROFILE = "linux-6.17"

on_that_kernel = pytest.mark.skipif(
    os.name != "posix"
    or os.geteuid() != 0
    or not os.path.exists("/dev/net/tun")
    or kernel_name(platform.release()) != "Linux 6.18.44",
    reason="the probe needs root, /dev/net/tun and the kernel that was measured, Linux 6.18.44",
)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return from_json(FILE.read_text("utf-8"))


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with built() as one:
        yield one


def nobody(done: int, total: int) -> None:
    """Wants to hear nothing of how far it is."""


def thinned(measured: Measured, step: int) -> Measured:
    """One cell in ``step``, of every situation."""
    spots = []
    for spot in measured.spots:
        few = Spot(spot.name, spot.stamps, spot.state, spot.numbers, spot.seqs, spot.acks)
        for index, (shape, seq, ack, outcome) in enumerate(spot.outcomes()):
            if index % step == 0:
                few.put(shape, seq, ack, outcome)
        spots.append(few)
    return replace(measured, spots=spots)


# --- the committed file -----------------------------------------------------------------------


def test_the_file_is_what_the_probe_writes(measured: Measured) -> None:
    text = FILE.read_text("utf-8")
    assert to_json(measured) == text
    assert (measured.kernel, measured.profile) == ("Linux 6.18.44", PROFILE)
    assert measured.count > 60_000
    assert {spot.state for spot in measured.spots} == set(State) - {State.CLOSED, State.LISTEN}
    assert all(measured.sysctls[name] == value for name, value in SETTINGS.items())


def test_the_law_agrees_with_it(measured: Measured) -> None:
    found = held(thinned(measured, 17), PROFILE)
    assert not found.differ, found.differ[:3]
    assert found.cells > 3000
    assert len(found.actions) >= 8  # hardly anything of the law is left out


@pytest.mark.long
def test_the_law_agrees_with_all_of_it(measured: Measured) -> None:
    found = held(measured, PROFILE)
    assert not found.differ, found.differ[:3]


def spot_of(measured: Measured, name: str, stamps: str = "none") -> Spot:
    return next(one for one in measured.spots if (one.name, one.stamps) == (name, stamps))


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        ("linux-4.7", "CLOSED, not CLOSE-WAIT"),  # tcp_reset_check() came with 4.11
        (PROFILE, None),
    ],
)
def test_another_law_is_seen_to_be_wrong(
    measured: Measured, profile: str, says: str | None
) -> None:
    """The story's reset: one below N, after the peer's FIN."""
    spot = spot_of(measured, "CLOSE-WAIT")
    cell = Cell("RST", "N-1", "-")
    end, segment = endpoint_of(spot), segment_of(spot, cell)
    outcome = spot.cells["RST"]["N-1"]["-"]
    assert (outcome.state, outcome.error, outcome.replies) == ("CLOSED", "EPIPE", ())
    answer = answer_of(end, segment, outcome)
    found = compare(judged(end, segment, profile), answer, None)
    assert (says in found.complaints) if says else not found.complaints


@pytest.mark.parametrize("profile", ["linux-4.11", "linux-3.6", "freebsd", "gvisor"])
def test_every_other_law_differs_somewhere(measured: Measured, profile: str) -> None:
    assert held(thinned(measured, 41), profile).differ


def test_an_ack_below_all_that_was_acknowledged_is_challenged(measured: Measured) -> None:
    """However large the window: Linux 6.7 and later. 300 bytes were acknowledged."""
    spot = spot_of(measured, "ESTABLISHED")
    outcomes = spot.cells["ACK"]["N"]
    assert outcomes["ISS"].replies == (("ACK", 0, 0, 0),)
    assert outcomes["ISS+1"].replies == ()
    end = endpoint_of(spot)
    below, at = (segment_of(spot, Cell("ACK", "N", ack)) for ack in ("ISS", "ISS+1"))
    assert judged(end, below, PROFILE).verdict.action is Action.CHALLENGE
    assert judged(end, at, PROFILE).verdict.action is Action.ACCEPT
    assert judged(end, below, "linux-4.11").verdict.action is Action.ACCEPT


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format": "other"}', '{"format": "unstick-probe-1"}', "[1]"]
)
def test_what_is_no_such_file_is_refused(text: str) -> None:
    with pytest.raises(LabError):
        from_json(text)


# --- this kernel ------------------------------------------------------------------------------


@on_that_kernel
@pytest.mark.parametrize("name", ["SYN-SENT", "CLOSE-WAIT, ACK of the FIN delayed"])
def test_it_still_does_what_was_measured(bench: Bench, measured: Measured, name: str) -> None:
    """The same cells again, to the same outcomes and counters."""
    situations = tuple(one for one in SITUATIONS if one.name == name)
    again = measure(bench, nobody, situations)
    for spot in again.spots:
        before = spot_of(measured, name, spot.stamps)
        assert (spot.numbers, spot.seqs) == (before.numbers, before.seqs)
        assert sorted(spot.outcomes()) == sorted(before.outcomes())


@on_that_kernel
def test_a_short_fuzz_finds_no_disagreement(bench: Bench) -> None:
    total = fuzz(bench, profile_of(platform.release()), 2000, 1, nobody)
    assert not total.disagreements, "\n".join(total.disagreements[0].trace)
    assert total.segments == 2000
    assert len(total.states) == 9


@pytest.mark.long
@on_that_kernel
def test_a_long_fuzz_finds_none_either(bench: Bench) -> None:
    total = fuzz(bench, profile_of(platform.release()), 100_000, 1, nobody)
    assert not total.disagreements, "\n".join(total.disagreements[0].trace)
    assert len(total.beside) >= 10  # every row beside the law but the rarest was met


@on_that_kernel
def test_the_fuzz_finds_a_law_that_is_wrong(bench: Bench) -> None:
    """And tells it in a trace that can be read again."""
    total = fuzz(bench, "linux-2.6", 400, 1, nobody)
    assert total.disagreements
    one = total.disagreements[0]
    trace = parse_trace("\n".join(one.trace))
    assert trace.profile == "linux-2.6"
    noted = [packet for packet in trace.packets if packet.note]
    assert len(noted) == 1
    assert one.rule in (noted[0].note or "")


@on_that_kernel
def test_a_cell_that_differs_comes_with_its_connection(bench: Bench) -> None:
    """SYN-RECEIVED by the law before 6.17: any RST in the window ended it."""
    situations = tuple(one for one in SITUATIONS if one.name == "SYN-RECEIVED")
    found = held(measure(bench, nobody, situations), "linux-4.11")
    traces = reproduced(bench, found)
    told = "\n".join(verdict(found, traces, Look()))
    assert "the profile: RESET (request-rst)" in told
    shown = [trace for trace in traces.values() if "RESET by request-rst" in trace[-2]]
    assert shown
    assert all(line in told for line in shown[0])
    assert parse_trace("\n".join(shown[0])).profile == "linux-4.11"


@on_that_kernel
def test_a_blocked_writer_is_told_what_the_probe_says(bench: Bench) -> None:
    """SO_ERROR is what a call returns that waits in the kernel: here one that really does."""
    situation = next(one for one in SITUATIONS if one.name == "CLOSE-WAIT, peer's window closed")
    with reach(bench, situation, True) as one:
        sock = one.program
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        sock.setblocking(True)
        told: list[int] = []

        def write() -> None:
            try:
                sock.sendall(bytes(1 << 20))
            except OSError as error:
                told.append(error.errno or 0)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            assert eventually(lambda: blocked(writer), 10, lambda: "the writer does not wait")
            one.send(Segment(RST, one.end.rcv_nxt - 1))
        finally:
            writer.join(10)
        assert told == [errno.EPIPE]
        assert one.state() is State.CLOSED


def blocked(thread: threading.Thread) -> bool:
    """It sleeps in the kernel (proc_pid_stat(5): state S)."""
    if thread.native_id is None:
        return False
    text = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
    return text.rpartition(")")[2].split()[0] == "S"


# --- the command ------------------------------------------------------------------------------


@on_that_kernel
def test_the_command_ends_with_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "probe", "--fuzz", "50", "--seed", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "50 segments, 0 disagreements"
    assert all(len(line) < 80 for line in lines)


def test_a_file_is_told_and_compared(
    measured: Measured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few.json"
    few.write_text(to_json(thinned(measured, 29)), encoding="utf-8")
    assert main(["lab", "probe", "--measured", str(few)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Linux 6.18.44 beside the profile linux-6.17"
    assert any(line.startswith("All 2,") for line in told)
    assert main(["lab", "probe", "--measured", str(few), "--compare", "linux-3.6"]) == 0
    compared = capsys.readouterr().out.splitlines()
    assert "differ from linux-3.6." in compared[0]
    assert any("EPIPE" in line for line in compared)
    assert all(len(line) < 80 for line in [*told, *compared])
    assert main(["lab", "probe", "--measured", str(few), "-o", str(tmp_path / "same.json")]) == 0
    assert (tmp_path / "same.json").read_text("utf-8") == few.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--seed", "1"], "--seed goes with --fuzz"),
        (["--fuzz", "0"], "must be at least 1"),
        (["--fuzz", "9", "-o", "x"], "--fuzz and -o do not go together"),
        (["--fuzz", "9", "--compare", "xnu"], "--fuzz and --compare do not go together"),
        (["-o", "/nowhere/x.json"], "/nowhere/x.json: the folder does not exist"),
        (["--compare", "linux-9"], "there is no stack profile 'linux-9'"),
        (["--measured", "/nowhere/x.json"], "/nowhere/x.json: no such file or directory"),
        (["--measured", "/dev/null"], "/dev/null: not what unstick lab probe -o writes"),
    ],
)
def test_what_cannot_be_is_said(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", "probe", *words]) == 2
    assert says in capsys.readouterr().err


def test_without_root_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for words in ([], ["--fuzz", "9"]):
        assert main(["lab", "probe", *words]) == 2
        said = capsys.readouterr().err.splitlines()
        assert said[0] == "unstick: lab probe needs root: it makes network namespaces"


@pytest.mark.parametrize(
    ("release", "profile"),
    [
        ("6.18.44-local", "linux-6.17"),
        ("7.0", "linux-6.17"),
        ("6.16.9", "linux-4.11"),
        ("4.9.337", "linux-4.7"),
        ("3.10.0-1160.el7", "linux-3.6"),
    ],
)
def test_a_kernel_is_judged_by_its_profile(release: str, profile: str) -> None:
    assert profile_of(release) == profile
