"""The embedded captures are what the lab makes, and made anew they tell the same."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tools import captures

from unstick.diagnose import explain, streams
from unstick.lab.needs import where
from unstick.lab.scenario import from_data

NAMES = pytest.mark.parametrize("name", captures.FIXTURES)


@NAMES
def test_what_made_it_stands_beside_it(name: str) -> None:
    beside = json.loads((captures.DATA / name).with_suffix(".json").read_text("utf-8"))
    assert from_data(beside["scenario"]) == captures.FIXTURES[name]
    assert beside["seed"] == captures.SEED
    assert beside["versions"]["kernel"].startswith("Linux ")
    (capture,) = explain([str(captures.DATA / name)]).captures
    assert capture.packets == beside["packets"]


@NAMES
def test_the_numbers_are_those_of_the_post(name: str) -> None:
    (row,) = streams([str(captures.DATA / name)])
    assert row.client_bytes == 275
    first = explain([str(captures.DATA / name)]).resets[0]
    assert (first.seq, first.rcv_nxt, first.offset) == (276, 277, -1)


def test_two_captures_that_tell_the_same_and_two_that_do_not() -> None:
    story, vps = (captures.facts_of(captures.DATA / name) for name in captures.FIXTURES)
    assert not list(captures.differences(story, story))
    told = "\n".join(captures.differences(story, vps))
    assert "findings: no more ('C201'" in told
    assert "states: ('CLOSED', 'CLOSE-WAIT') became ('CLOSED', 'CLOSED')" in told


@pytest.mark.long
@pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(where, ("ip", "ss", "nft"))),
    reason="the lab needs root, iproute2 and nftables: network namespaces",
)
@NAMES
def test_made_anew_it_tells_the_same(name: str, tmp_path: Path) -> None:
    assert captures.make(name, tmp_path) == []
