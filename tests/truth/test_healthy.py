"""Nothing is stuck here: no error and no warning, but for what a capture cannot tell (M-codes).

Which captures are healthy was decided by captures/README.md and by reading them with tshark.
"""

from __future__ import annotations

import pytest

from tests.truth.reading import concluded, files, needs_captures
from unstick.checks.base import Severity
from unstick.errors import CaptureError

pytestmark = needs_captures

NOT_HEALTHY = {
    "public/traps/PcapPlusPlus__Tests__ExamplesTest__pcap_examples__solaris.snoop": (
        "Solaris snoop, refused by name: not a capture format of unstick"
    ),
}
"""Odd captures of these folders that are left out, and why."""

LAB_AT_MOST_NOTES = (
    "lab/vps.server.pcap",
    "lab/vps.client.pcap",
    "lab/story-vps.server.pcap",
    "lab/story-vps.client.pcap",
    "lab/vanish.client.pcap",  # the client's end of it: it was waiting, as clients do
)

LAB_NOTHING = ("lab/halfclose.server.pcap", "lab/halfclose.client.pcap")

HEALTHY = [
    name
    for folder in ("public/controls", "public/traps", "public/formats")
    for name in files(folder)
    if name not in NOT_HEALTHY
]


def short(name: str) -> str:
    return name.rsplit("/", 1)[-1][-60:]


@pytest.mark.parametrize("name", [*HEALTHY, *LAB_AT_MOST_NOTES], ids=short)
def test_nothing_worse_than_a_note(name: str) -> None:
    alarms = [
        (one.code, one.stream, one.headline)
        for one in concluded(name).findings
        if one.severity > Severity.NOTE and not one.code.startswith("M")
    ]
    assert alarms == []


@pytest.mark.parametrize("name", LAB_NOTHING, ids=short)
def test_served_to_the_end_is_no_finding_at_all(name: str) -> None:
    assert concluded(name).findings == ()


def test_a_format_that_is_not_read_is_refused_by_name() -> None:
    with pytest.raises(CaptureError, match="snoop"):
        concluded("public/traps/PcapPlusPlus__Tests__ExamplesTest__pcap_examples__solaris.snoop")


def test_all_of_the_folders_are_here() -> None:
    assert len(files("public/controls")) >= 55
    assert len(files("public/traps")) >= 23
    assert set(NOT_HEALTHY) <= set(files("public/controls") + files("public/traps"))
