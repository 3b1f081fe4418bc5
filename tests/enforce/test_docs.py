"""What docs/enforce.md tells people to type is what the command takes."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.house import REPOSITORY
from unstick.cli import enforce
from unstick.cli.parser import parser_for

TEXT = (REPOSITORY / "docs" / "enforce.md").read_text("utf-8").replace("\\\n", " ")
LINES = sorted(set(re.findall(r"^[^|`]*?unstick enforce (-.*)$", TEXT, re.MULTILINE)))


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_page_is_understood(line: str) -> None:
    parser = parser_for("enforce")
    enforce.fill(parser)
    enforce.settings_of(parser.parse_args(shlex.split(line)))


def test_there_are_lines_and_every_option_is_explained() -> None:
    assert len(LINES) >= 5
    parser = parser_for("enforce")
    enforce.fill(parser)
    options = {one for action in parser._actions for one in action.option_strings}
    missing = {one for one in options if one.startswith("--") and f"{one}" not in TEXT}
    assert missing == {"--help", "--dry-run", "--every"}
