"""Every scenario, one file each: found by name, listed in the order they are best met.

A file is a docstring and ``SCENARIO``; ``docs/lab.md`` shows how to write one.
"""

from __future__ import annotations

from unstick.lab.scenario import Scenario
from unstick.lab.scenarios import office

SCENARIOS: dict[str, Scenario] = {one.SCENARIO.name: one.SCENARIO for one in (office,)}
"""Name to scenario."""
