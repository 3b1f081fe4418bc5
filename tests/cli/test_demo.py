"""The demonstration: both captures, told and compared, from what comes with the package."""

from __future__ import annotations

import pytest

from unstick.cli import main


def test_demo_tells_the_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    out = capsys.readouterr().out
    words = " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 79
    for phrase in (
        "ERROR C201 close-wait-unsendable",
        "Frame 371, RST from the client: seq 276, but the server expects 277: one too low.",
        "Nothing is stuck in story-vps.server.pcap",
        "seq 277, exactly what the server expects",
        "then a reset one too low, refused (frame 371)",
        "then 31 resets at the exact number (frame 410); the connection is gone",
    ):
        assert phrase in words
