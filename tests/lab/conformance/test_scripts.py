"""Scripts against profiles: what agrees, what does not and where, and what is not run and why.

The scripts here are the project's own; others' are named in docs/conformance.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unstick.cli import main
from unstick.errors import ProfileError, UsageError
from unstick.lab.conformance.folder import run_folder, text, to_data
from unstick.lab.conformance.judging import NotRunError, Outcome, run
from unstick.lab.conformance.script import Segment, UnreadableError, read
from unstick.lab.conformance.systems import SYSTEMS, system
from unstick.report.look import Look
from unstick.tcp import profiles

SCRIPTS = Path(__file__).parent / "scripts"


def outcome(name: str, profile: str) -> Outcome:
    script = read((SCRIPTS / f"{name}.pkt").read_text("utf-8"), system(profile).defines)
    return run(script, profile)


@pytest.mark.parametrize(
    ("name", "profile", "judged"),
    [
        ("reset-one-too-low", "freebsd", 4),
        ("reset-one-too-low", "linux-3.6", 4),
        ("reset-one-too-low", "rfc5961", 4),
        ("challenge", "linux-6.17", 3),
        ("out-of-order", "freebsd", 5),
        ("out-of-order", "linux-6.17", 5),
        ("insecure", "freebsd-insecure", 2),
        ("syn-in-time-wait", "freebsd", 5),
        ("syn-in-time-wait", "linux-6.17", 4),
    ],
)
def test_they_agree(name: str, profile: str, judged: int) -> None:
    assert outcome(name, profile) == Outcome(judged, None)


@pytest.mark.parametrize(
    ("name", "profile", "line", "model", "script"),
    [
        (
            *("reset-one-too-low", "linux-4.11", 14),
            *("the connection is reset", "the program sees no error: it goes on"),
        ),
        ("challenge", "rfc793", 8, "the connection is reset", "an answer comes: "),
        # No limit is known of its challenges: a second one is owed.
        ("challenge", "freebsd", 10, "a challenge ACK", "nothing comes"),
        ("insecure", "rfc5961", 8, "a challenge ACK", "the program is told ECONNRESET"),
    ],
)
def test_they_part(name: str, profile: str, line: int, model: str, script: str) -> None:
    parted = outcome(name, profile).disagreement
    assert parted is not None
    assert (parted.line, parted.model) == (line, model)
    assert parted.script.startswith(script)


def test_time_wait_and_n_itself() -> None:
    """Without the FreeBSD rows a SYN at RCV.NXT would open a connection: RFC 1122 4.2.2.13."""
    text_ = (SCRIPTS / "syn-in-time-wait.pkt").read_text("utf-8")
    parted = run(read(text_, frozenset({"FreeBSD"})), "rfc5961").disagreement
    assert parted is not None
    assert (parted.verdict.rule_name, parted.script) == ("time-wait-syn", "no SYN-ACK comes")


@pytest.mark.parametrize(
    ("name", "profile", "reason"),
    [
        ("insecure", "freebsd", "sets net.inet.tcp.insecure_rst=1"),
        ("reset-one-too-low", "freebsd-insecure", "sets neither"),
    ],
)
def test_what_a_profile_does_not_stand_for(name: str, profile: str, reason: str) -> None:
    with pytest.raises(NotRunError, match=reason):
        outcome(name, profile)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("+0 < icmp unreachable host_prohibited [0:0(0)]", "ICMP"),
        ("+0 < S 0:0(0) win 1 <mss 1460> / udp(9999 > 9811)", "TCP over UDP"),
        ("+0 < 80 > 40000 S 0:0(0) win 1", "several connections"),
        ("+0 < S ...(0) win 1", "a segment outside the subset"),
        ("+0 < S 0:0(0) win 1 <FO abcd>", "TCP Fast Open"),
        ("+0 gremlins", "a statement outside the subset"),
        ("gremlins", "a line that is no event"),
    ],
)
def test_what_is_not_read_says_why(line: str, reason: str) -> None:
    with pytest.raises(UnreadableError) as told:
        read(f"// one\n{line}\n")
    assert (told.value.reason, told.value.line) == (reason, 2)


def test_no_segment_comes_in() -> None:
    with pytest.raises(NotRunError, match="nothing to judge"):
        run(read("+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 > S 0:0(0) win 1\n"), "rfc793")


def test_times_comments_and_calls_of_many_lines() -> None:
    script = read(
        "`echo // no comment\n more`\n"
        "0...0.010 connect(3, ..., ...) = 0 /* over\nlines */\n"
        "*  > [ecn ect0] S 0:0(0) <...>\n"
        "+.1~+.2 < S. 5:5(0) ack 1 win 3 <mss 1000,nop,wscale 6,TS val 7 ecr 8>\n"
        "+0 sendmsg(3, {msg_name(...)=...,\n   msg_flags=0}, 0) = 10\n"
    )
    assert [one.line for one in script.events] == [1, 3, 5, 6, 7]
    assert [one.at_s for one in script.events] == [0.0, 0.0, None, 0.1, 0.1]
    answered = script.events[3].what
    assert isinstance(answered, Segment)
    assert (answered.scale, answered.timestamp, answered.window) == (6, 7, 3)


def test_a_folder_is_told_in_both_forms() -> None:
    tally = run_folder(SCRIPTS, "linux-4.11")
    assert tally.scripts == 6
    assert [one.path for one in tally.failed] == ["insecure.pkt", "reset-one-too-low.pkt"]
    assert tally.not_run == {"TCP Fast Open": ["fast-open.pkt"]}
    data = json.loads(json.dumps(to_data(tally)))
    assert (data["schema"], data["passed"], len(data["failed"])) == ("unstick.conformance/1", 3, 2)
    assert data["failed"][1]["rule"] == "rst-at-fin"
    lines = list(text(tally, Look()))
    assert max(map(len, lines)) <= 79
    assert any("Linux tcp_reset_check()" in line for line in lines)


def test_every_system_is_a_profile() -> None:
    assert set(SYSTEMS) <= set(profiles.NAMES)


def test_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = str(SCRIPTS)
    assert main(["lab", "conformance", folder, "--profile", "freebsd-insecure"]) == 0
    assert "     1  passed" in capsys.readouterr().out
    assert main(["lab", "conformance", folder, "--profile", "linux-4.11", "--format=json"]) == 1
    assert json.loads(capsys.readouterr().out)["scripts"] == 6
    assert main(["lab", "conformance", str(tmp_path), "--profile", "freebsd"]) == 2
    assert main(["lab", "conformance", str(tmp_path / "no"), "--profile", "freebsd"]) == 2
    assert main(["lab", "conformance", folder, "--profile", "freebsdd"]) == 2
    assert "did you mean freebsd?" in capsys.readouterr().err


def test_errors_are_the_projects() -> None:
    with pytest.raises(UsageError):
        run_folder(SCRIPTS / "nowhere", "freebsd")
    with pytest.raises(ProfileError):
        run_folder(SCRIPTS, "plan9")
