"""Lines are those of ``textwrap``, which is asked only where it must be."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from textwrap import TextWrapper

import pytest

from unstick.report import look as looks
from unstick.report.look import KEPT, Look

WORDS = (
    *("the", "client", "sent", "17", "31.7", "s", "ms,", "frame", "frames", "seq", "a.RST", "_seq"),
    *("9", "packets", "packets.", "packet_s", "stream", "CLOSE-WAIT", "(frame", "12)", "bytes;"),
    *("→", "x" * 30, "times", "times9", "Linux", "6.17", "日本", "", "sequence", "RFC", "µs"),
)
TOGETHER = (
    r"(?<=\d) (?=(?:ns|µs|us|ms|s|min|h|d|kB|MB|GB|TB|bytes?|packets?|times?)\b)"
    r"|(?<=\b(?:seq|ack|RST|FIN|ACK|RFC)) (?=\d)|(?<=\b(?:frame|Frame|Linux)) (?=\d)"
    r"|(?<=\bframes) (?=\d)|(?<=\bstream) (?=\d)"
)


def texts(seed: int) -> list[str]:
    steps = random.Random(seed)
    return [" ".join(steps.choices(WORDS, k=steps.randrange(1, 30))) for _ in range(300)]


@pytest.mark.parametrize("seed", range(4))
def test_a_number_and_its_unit_stay_together(seed: int) -> None:
    for text in texts(seed):
        assert looks._bound(text) == re.sub(TOGETHER, KEPT, text)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("whole_words", [False, True])
def test_lines_are_those_of_textwrap(seed: int, whole_words: bool) -> None:
    steps = random.Random(seed)
    for text in texts(seed):
        bound = looks._bound(text)
        width = steps.randrange(8, 90)
        first, rest = steps.choice([("", ""), ("  1. ", "     "), ("", "  "), ("> ", "")])
        oracle = TextWrapper(
            width=width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=not whole_words,
            break_on_hyphens=False,
        )
        assert looks._wrapped(bound, width, first, rest, whole_words) == oracle.wrap(bound)


def test_plain_words_need_no_regular_expressions() -> None:
    code = (
        "import sys; from unstick.report.look import Look\n"
        "lines = Look().wrap('frame 9 ' * 50 + 'end')\n"
        "print(len(lines), {'re', 'textwrap'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "6 set()\n"
    lines = Look().wrap("frame 9 " * 50 + "end")
    assert all(line.endswith("frame 9") for line in lines[:-1])
