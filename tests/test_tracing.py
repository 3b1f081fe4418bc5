"""``unstick trace``: a connection that leaves its capture as text, and comes back the same."""

from __future__ import annotations

import pytest

from tests.house import REPOSITORY
from unstick.errors import UsageError
from unstick.tracing import trace
from unstick.wire.notation import print_trace
from unstick.wire.notation_reader import parse_trace

STORY = REPOSITORY / "src" / "unstick" / "data" / "story.server.pcap"


def test_every_segment_is_a_line_that_reads_back() -> None:
    text = trace(str(STORY), 0)
    assert len(text.splitlines()) == 379
    assert print_trace(parse_trace(text)) == text


def test_the_reset_of_the_story() -> None:
    (reset,) = (line for line in trace(str(STORY), 0).splitlines() if " R " in line)
    assert "276:276(0)" in reset


def test_addresses_only_if_asked_for() -> None:
    assert "10.9.1.2" not in trace(str(STORY), 0)
    assert "10.9.1.2" in trace(str(STORY), 0, addresses=True).splitlines()[0]


def test_a_stream_that_is_not_there() -> None:
    with pytest.raises(UsageError) as caught:
        trace(str(STORY), 1)
    assert caught.value.hint == "its streams are 0 to 0"
