"""Counters, captures, names, words: the parts of a run that need no run."""

from __future__ import annotations

import json
import os
import ssl
import struct
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab.making import packet
from unstick.diagnose import explain
from unstick.lab import captures, counters, folder, looking, processes, state, sysctls
from unstick.lab.errors import LabError
from unstick.lab.packets import SERVER
from unstick.lab.scenarios import SCENARIOS
from unstick.lab.servers import SERVERS
from unstick.lab.tls import context
from unstick.progress import diag

SNMP = """\
Ip: Forwarding DefaultTTL
Ip: 2 64
Tcp: InSegs MaxConn
Tcp: 17 -1
"""


def test_counters_have_nstats_names() -> None:
    before = counters.parse(SNMP)
    assert before == {"IpForwarding": 2, "IpDefaultTTL": 64, "TcpInSegs": 17, "TcpMaxConn": -1}
    after = counters.parse(SNMP.replace("17", "20"))
    assert counters.moved(before, after) == {"TcpInSegs": 3}
    assert counters.parse_6("Ip6InReceives   \t5\n") == {"Ip6InReceives": 5}


def test_a_capture_is_read_as_it_was_written(tmp_path: Path) -> None:
    frame = bytes(12) + b"\x08\x00" + packet(SERVER, payload=1000).data
    kept = frame[: captures.SNAPLEN]
    blocks, path = tmp_path / "blocks", tmp_path / "server.pcapng"
    second = captures.packet_block(2_000_000_001, kept[:61], len(frame))  # padded to four bytes
    first = captures.packet_block(1_000_000_007, kept, len(frame))
    blocks.write_bytes(captures.interface_block("eth0") + first + second)
    captures.finish(blocks, path, captures.section_block(["story", "truth"], "Linux 6", "lab"))
    assert not blocks.exists()
    (summary,) = explain([str(path)]).captures
    assert (summary.packets, summary.tcp_segments, summary.format) == (2, 2, "pcapng")
    assert (summary.first_ns, summary.last_ns) == (1_000_000_007, 2_000_000_001)
    assert summary.anomalies == ()
    data = path.read_bytes()
    assert data.index(b"story") < data.index(b"truth") < data.index(b"eth0")
    assert len(data) % 4 == 0


def test_names_of_a_rotation() -> None:
    assert folder.names_of(SERVER, 1) == ["server.pcapng"]
    assert folder.names_of(SERVER, 2) == ["server-1.pcapng", "server-2.pcapng"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": "unstick.lab/0"}', "no json"])
def test_what_is_no_run_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(LabError):
        folder.read(tmp_path)
    with pytest.raises(LabError):
        folder.read(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["kernel.panic", "net", "net.ipv4", "net.ipv4.a/b", "net..x"])
def test_only_settings_of_the_network(name: str) -> None:
    with pytest.raises(LabError):
        sysctls.path_of(name)


def test_settings_are_files() -> None:
    assert sysctls.path_of("net.ipv4.tcp_sack") == Path("/proc/sys/net/ipv4/tcp_sack")
    assert all(sysctls.path_of(name) for name in sysctls.PLAIN)


def look(**values: object) -> looking.Look:
    return {"state": "CLOSE-WAIT", "outstanding_bytes": 0, "owned": True, **values}


def test_a_socket_in_words() -> None:
    stuck = look(outstanding_bytes=4_151_416, retransmits=5, last_ack_recv_ms=8600, snd_wnd=9)
    assert looking.words(stuck) == "CLOSE-WAIT 4,151,416 B unacked, 5 copies, ACK 9 s ago"
    waiting = look(state="ESTABLISHED", outstanding_bytes=9, snd_wnd=0, probes=0)
    assert looking.words(waiting) == "ESTABLISHED 9 B unacked, window closed"
    assert looking.words(waiting | {"probes": 2, "owned": False}) == (
        "ESTABLISHED 9 B unacked, 2 probes unanswered, orphan"
    )
    assert looking.lasting([look(), look(state="TIME-WAIT")]) == [look()]


def test_a_socket_for_json() -> None:
    seen = diag.Seen(2, 8, ("10.9.2.2", 8080), ("10.9.1.2", 4000), 7, 0, 55, bytes(240))
    told = looking.told(seen, SERVER, 1.23456)
    assert json.loads(json.dumps(told)) == told
    assert (told["state"], told["owned"], told["time_s"]) == ("CLOSE-WAIT", False, 1.235)
    assert set(looking.TOLD) <= told.keys()


def test_what_agents_say() -> None:
    assert processes.line_of(b'{"says": "x", "n": 1}') == {"says": "x", "n": 1}
    assert processes.line_of(b"plain \xff words") == {"says": "plain � words"}
    assert processes.line_of(b"[1]") == {"says": "[1]"}


def test_state_reads_only_what_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "FOLDER", tmp_path)
    written = {
        "a1b2c3": {"pid": 1, "began": 0, "namespaces": ["unstick-a1b2c3-client"]},
        "foreign": {"pid": 1, "began": 0, "namespaces": ["production"]},
        "other": {"pid": 1, "began": 0, "namespaces": ["unstick-a1b2c3-client"]},
        "broken": {"pid": "x"},
    }
    for name, data in written.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(data))
    (tmp_path / "torn.json").write_text("{")
    assert [one.name for one in state.runs()] == ["a1b2c3"]
    (one,) = state.runs()
    assert not one.lives  # process 1 began at another tick


def test_folders_of_dead_processes_are_removed_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone = tmp_path / "unstick-lab-4194305-1-abc"
    others = [tmp_path / name for name in ("unstick-lab-notes", "unstick-lab-1-0", "else")]
    elsewhere = tmp_path / "unstick-lab-4194305-1-link"
    for path in (gone, *others):
        path.mkdir()
    (gone / "logs").mkdir()
    elsewhere.symlink_to(others[0])
    with state.passing_folder() as mine:
        assert state.clean_folders() == [gone]
        assert mine.is_dir()
    assert not mine.exists()
    assert not gone.exists()
    assert all(path.is_dir() for path in (*others, elsewhere))


def test_began_tells_processes_apart() -> None:
    assert state.began_of(os.getpid()) == state.began_of(os.getpid())
    assert state.began_of(2**22 + 1) is None


def test_close_notify_is_31_bytes() -> None:
    """What the story's reset is too low by, with the FIN: 32 (RFC 5246 6.2.3.3, RFC 5288 3)."""
    server_in, server_out, client_in, client_out = (ssl.MemoryBIO() for _ in range(4))
    server_end = context(server=True).wrap_bio(server_in, server_out, server_side=True)
    client_end = context(server=False).wrap_bio(client_in, client_out)
    for _ in range(3):  # flights of a handshake of TLS 1.2, each way
        with suppress(ssl.SSLWantReadError):
            client_end.do_handshake()
        server_in.write(client_out.read())
        with suppress(ssl.SSLWantReadError):
            server_end.do_handshake()
        client_in.write(server_out.read())
    with suppress(ssl.SSLWantReadError):
        client_end.unwrap()
    assert len(client_out.read()) == 31


def test_section_block_is_well_formed() -> None:
    head = captures.section_block(["a"], "b", "c")
    assert struct.unpack("<I", head[4:8])[0] == len(head)


def test_a_server_is_told_with_the_options_it_is_given() -> None:
    """Not with its defaults."""
    given = SCENARIOS["gave-up-at-last"].server
    assert SERVERS[given.name].told(given.given).endswith("SO_SNDTIMEO of 4 s")
    assert SERVERS[given.name].told({}).endswith("SO_SNDTIMEO of 600 s")
