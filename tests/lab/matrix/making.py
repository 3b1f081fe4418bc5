"""Cells for tests of the matrix."""

from __future__ import annotations

from unstick.lab.matrix.outcome import Cell, Left

CORPSE = Left("FIN-WAIT-1", 3_600_000, owned=False)
STUCK = Left("CLOSE-WAIT", 2_300_000, owned=True)


def cell(client: str = "never-reads", **values: object) -> Cell:
    """Of nginx under its defaults, a healthy client answered."""
    plain: dict[str, object] = {"next_answer_s": 0.1, "watched_s": 30.0, "told": None}
    return Cell("nginx", "default", "", client, **{**plain, **values})  # type: ignore[arg-type]
