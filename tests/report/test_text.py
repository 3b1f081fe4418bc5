"""The text a person reads: never too wide, in the right order, nothing that drives a terminal."""

from __future__ import annotations

import re

import pytest

from tests.report import factory
from unstick.checks.base import Severity
from unstick.diagnosis import Diagnosis
from unstick.report import look as looks
from unstick.report.look import Look, columns
from unstick.report.text import main_findings, text

DIAGNOSES = {
    "story": factory.story(),
    "healthy": factory.healthy(),
    "many": factory.many(),
}
STYLE = re.compile("\x1b\\[[0-9;]*m")


def told(diagnosis: Diagnosis, look: Look | None = None, **how: bool) -> str:
    return "\n".join(text(diagnosis, factory.NAMES, look or Look(), **how))


def flat(words: str) -> str:
    return " ".join(words.split())


@pytest.mark.parametrize("name", DIAGNOSES)
@pytest.mark.parametrize("width", [79, 60, 40])
@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("how", [{}, {"verbose": True}, {"quiet": True}])
def test_no_line_is_wider_than_the_page(
    name: str, width: int, unicode: bool, how: dict[str, bool]
) -> None:
    lines = list(text(DIAGNOSES[name], factory.NAMES, Look(width, unicode=unicode), **how))
    for line in lines:
        assert columns(line) <= width, line
        assert line == line.rstrip()


def test_what_python_calls_printable_drives_no_terminal() -> None:
    """Such text is not searched again for what does."""
    unprintable = re.compile(looks.UNPRINTABLE)
    for sign in map(chr, range(0x11_0000)):
        assert not (sign.isprintable() and unprintable.match(sign))
    assert looks.printable("a\x1b[1mb\u202ec\tµ") == "a?[1mb?c\tµ"


WORDS = [
    "",
    "x",
    "a b",
    " a b",
    "a  b",
    "a b ",
    "frame 326",
    "a\tb",
    "a\nb",
    "31.7 s µ",
    "中文 x",
    "\x1b[1m",
]


@pytest.mark.parametrize("words", [*WORDS, "word " * 30, "x" * 100])
@pytest.mark.parametrize("first", ["", "  - ", "    ! "])
@pytest.mark.parametrize("width", [8, 20, 79])
def test_what_fits_is_wrapped_as_what_does_not(
    words: str, first: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that needs no wrapping is told without the machinery, to the same line."""
    quickly = Look(width).wrap(words, first)
    monkeypatch.setattr(looks, "_is_plain", lambda line: False)
    assert Look(width).wrap(words, first) == quickly


@pytest.mark.parametrize("name", DIAGNOSES)
def test_ascii_look_is_ascii(name: str) -> None:
    assert told(DIAGNOSES[name], Look(unicode=False), verbose=True).isascii()


def test_parts_stand_in_the_order_of_a_ticket() -> None:
    lines = told(factory.story()).splitlines()
    titles = [
        "What happened",
        "The frames that matter",
        "Also seen in this connection",
        "The reset",
        "Whose fault",
        "What to do",
        "What could prove this wrong",
        "See for yourself",
        "Captures",
        "Stack",
        "What this could not tell",
    ]
    assert [line for line in lines if line in titles] == titles


def test_story_is_told_with_its_numbers() -> None:
    words = flat(told(factory.story()))
    for phrase in (
        "stuck in CLOSE-WAIT for 31.7 s",
        "seq 276, but the server expects 277: one too low.",
        "not obey: the server sent the same bytes again 7 times afterwards",
        "The receiver is not linux-6.17: it acts as linux-3.6, linux-4.7 or 1 other stack would. "
        "Or something on its host, such as a firewall, took the reset before TCP saw it.",
        "honour it: linux-4.11, linux-6.17",
        "(operator; disruptive) $ ss -K state close-wait dst 10.9.1.2 dport = 37174",
        "[frames 326, 335-341]",
    ):
        assert phrase in words


def test_ladder_puts_the_client_left_and_the_server_right() -> None:
    lines = told(factory.story()).splitlines()
    (reset,) = [line for line in lines if "├─ RST seq 276" in line]
    assert reset.startswith("      326   0.238  ├─ RST seq 276 ──")
    assert reset.endswith("─▶│")
    (again,) = [line for line in lines if "7 × seq 163675 again" in line]
    assert again.startswith("  335-341   0.581  │◀──")


def test_explained_findings_are_told_inside_the_story_only() -> None:
    words = told(factory.story())
    assert words.count("R105") == 1
    assert "ERROR  R105" not in words
    assert "  R105  After that one reset" in words


def test_finding_whose_explanation_is_elsewhere_is_a_main_one() -> None:
    assert [finding.code for finding in main_findings(factory.story())] == ["C201"]


def test_gravest_come_first() -> None:
    note = factory.C201._replace(code="R104", severity=Severity.NOTE)
    warning = factory.C201._replace(code="R101", severity=Severity.WARNING)
    diagnosis = factory.story()._replace(findings=(note, warning, factory.C201))
    assert [finding.code for finding in main_findings(diagnosis)] == ["C201", "R101", "R104"]


def test_healthy_capture_is_one_line() -> None:
    diagnosis = factory.healthy()._replace(undecided=0)
    assert told(diagnosis) == (
        "Nothing is stuck in story.server.pcap: 12 connections, 341 packets."
    )


def test_capture_without_tcp_says_so() -> None:
    diagnosis = factory.healthy()._replace(total=0)
    assert told(diagnosis).startswith("No TCP connection in story.server.pcap (341 packets).")


def test_choice_that_matches_nothing_says_so() -> None:
    diagnosis = factory.healthy()._replace(total=0)
    assert "is the one you chose (341 packets)" in flat(told(diagnosis, chosen=True))


def test_same_trouble_is_told_once_and_then_listed() -> None:
    words = told(factory.many(30))
    assert words.count("What happened") == 1
    assert "The same trouble on 29 more" in words
    assert "and 21 more (-v lists all)" in words
    assert "and 21 more" not in told(factory.many(30), verbose=True)


def test_equal_resets_are_one_entry() -> None:
    assert "Frames 326 to 330, 5 RSTs from the client" in flat(told(factory.many()))


def test_record_of_many_resets_counts_as_many() -> None:
    folded = factory.RESET._replace(repeated=79, last_frame=417)
    words = flat(told(factory.story()._replace(resets=(factory.RESET, folded))))
    assert "Frames 326 to 417, 80 RSTs from the client" in words


def test_frames_of_several_files_are_named_with_their_file() -> None:
    second = factory.CAPTURE._replace(path="story.2.pcap")
    diagnosis = factory.story()._replace(
        captures=(factory.CAPTURE, second),
        findings=(factory.C201._replace(capture=1),),
        resets=(factory.RESET._replace(capture=1),),
        rows={(1, 0): factory.ROW._replace(capture=1)},
        ladders={(1, 0): factory.LADDER},
    )
    words = flat(told(diagnosis))
    assert "[frames 2:4, 2:307]" in words
    assert "Frame 2:326, RST from the client" in words
    assert "tshark -r story.2.pcap -Y 'frame.number in {4, 307, 309, 326, 335..341}'" in words


def test_quiet_is_the_headlines() -> None:
    assert flat(told(factory.story(), quiet=True)) == (
        "C201 error stream 0 10.9.1.2:37174 10.9.2.2:8080: " + factory.C201.headline
    )


def test_verbose_shows_values_with_units() -> None:
    words = flat(told(factory.story(), verbose=True))
    assert "silent_s = 31.7 s, unacknowledged_bytes = 179.6 kB, retransmissions_count = 7" in words


def test_colour_only_where_asked() -> None:
    assert "\x1b" not in told(factory.story())
    painted = told(factory.story(), Look(colour=True))
    assert STYLE.sub("", painted) == told(factory.story())
    assert "\x1b[1m\x1b[31mERROR" in painted


def test_names_from_outside_cannot_drive_the_terminal() -> None:
    nasty = "a\x1b]0;owned\x07\u202e\udcff\r.pcap"
    capture = factory.CAPTURE._replace(path=nasty)
    diagnosis = factory.story()._replace(captures=(capture,))
    words = told(diagnosis, verbose=True)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\ud800-\udfff]", words)
    words.encode("utf-8")


def test_page_is_never_wider_for_wide_characters() -> None:
    capture = factory.CAPTURE._replace(path="捕" * 60 + ".pcap")
    diagnosis = factory.story()._replace(captures=(capture,))
    for line in text(diagnosis, factory.NAMES, Look(60), verbose=True):
        assert columns(line) <= 60 or "tshark -r" in line, line


def test_path_in_a_command_is_never_broken() -> None:
    capture = factory.CAPTURE._replace(path="/very/long" * 12 + "/with space.pcap")
    diagnosis = factory.story()._replace(captures=(capture,))
    assert f"$ tshark -r '{capture.path}' \\\n" in told(diagnosis)


def test_long_commands_are_still_one_command() -> None:
    long = factory.REMEDIES[0]._replace(command="ss -K " + " or ".join(["dst 10.9.1.2"] * 12))
    finding = factory.C201._replace(remedies=(long,))
    lines = told(factory.story()._replace(findings=(finding,))).splitlines()
    start = next(number for number, line in enumerate(lines) if "$ ss -K" in line)
    typed = [lines[start]]
    while typed[-1].endswith("\\"):
        typed.append(lines[start + len(typed)])
    assert flat(" ".join(line.rstrip("\\") for line in typed)) == f"$ {long.command}"
