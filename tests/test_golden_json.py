"""The whole JSON of the story, as files: a change of any value of the contract is seen as a diff.

``pytest tests/test_golden_json.py --update-cases`` rewrites them; read what changed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.house import REPOSITORY
from unstick.checks import NAMES
from unstick.compare import compare
from unstick.diagnose import explain
from unstick.report.comparison import to_json as compared_json
from unstick.report.model import to_json

DATA = Path("src/unstick/data")
GOLDEN = REPOSITORY / "tests" / "golden"
STORY, VPS = str(DATA / "story.server.pcap"), str(DATA / "story-vps.server.pcap")


def printed(name: str) -> str:
    if name == "compare":
        text = compared_json(compare(STORY, VPS))
    else:
        path, profile = {
            "story": (STORY, None),
            "story-2015": (STORY, "linux-3.6"),
            "story-vps": (VPS, None),
        }[name]
        text = to_json(explain([path], profile=profile), NAMES)
    record = json.loads(text)
    record["version"] = "VERSION"
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", ["story", "story-2015", "story-vps", "compare"])
def test_json_is_as_agreed(
    name: str, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    path = GOLDEN / f"{name}.json"
    text = printed(name)
    if pytestconfig.getoption("--update-cases"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")
