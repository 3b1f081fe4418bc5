"""What happened in a run, as it is told and kept. Times count from the client's start."""

from __future__ import annotations

from typing import Any, NamedTuple


class Event(NamedTuple):
    """``who``: client, server, middlebox, or lab (the run itself). ``values``: what its words mean,
    by name, for claims about the run."""

    time_s: float
    who: str
    says: str
    values: dict[str, Any]

    def to_data(self) -> dict[str, Any]:
        return self._asdict()
