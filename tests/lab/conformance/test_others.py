"""The figures of docs/conformance.md, where others' scripts are at hand.

``UNSTICK_PACKETDRILL`` is a folder of checkouts, named as their repositories; CONTRIBUTING.md says
how. They are not part of this repository.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unstick.lab.conformance.folder import run_folder

FOLDER = os.environ.get("UNSTICK_PACKETDRILL")

FIGURES = (
    # below the folder, profile: scripts, passed, failed
    ("tcp-testsuite", "freebsd", 1103, 627, ()),
    ("tcp-testsuite", "freebsd-insecure", 1103, 216, ()),
    ("gvisor/test/packetdrill", "gvisor", 8, 6, ()),
    ("packetdrill/gtests/net", "linux-4.11", 177, 97, ()),
    ("packetdrill/gtests/net", "linux-6.17", 177, 96, ("tcp/ts_recent/invalid_ack.pkt",)),
)


@pytest.mark.skipif(FOLDER is None, reason="UNSTICK_PACKETDRILL names no folder of checkouts")
@pytest.mark.parametrize(("below", "profile", "scripts", "passed", "failed"), FIGURES)
def test_figures(
    below: str, profile: str, scripts: int, passed: int, failed: tuple[str, ...]
) -> None:
    assert FOLDER is not None
    folder = Path(FOLDER) / below
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    tally = run_folder(folder, profile)
    assert (tally.scripts, len(tally.passed)) == (scripts, passed)
    assert tuple(one.path for one in tally.failed) == failed
