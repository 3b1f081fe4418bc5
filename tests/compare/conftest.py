"""Fixtures of the tests of compare."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compare.network import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)
