"""Rows of ``streams`` in numbers, many at once, and each of them as a ``StreamRow``.

Most connections have nothing to say: what becomes of their rows (CSV, NDJSON, Parquet) needs no
object for each. Concludes nothing and prints nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from unstick.diagnosis import StreamRow
from unstick.flows.addresses import address_text
from unstick.flows.row_columns import (
    R_CLIENT_HIGH,
    R_CLIENT_PACKETS,
    R_CLIENT_PORT,
    R_CLIENT_STATE,
    R_COMPLETE,
    R_DURATION_NS,
    R_FIRST_FRAME,
    R_FIRST_NS,
    R_LAST_FRAME,
    R_NUMBER,
    R_SERVER_HIGH,
    R_SERVER_PORT,
    R_SERVER_STATE,
    R_VERSION,
    ROW_WIDTH,
)
from unstick.named import NamedTuple
from unstick.tcp.vocabulary import State
from unstick.wire.columns import NONE

SECOND = 1_000_000_000

STATE_NAMES = ("?", *(state.rfc_name for state in State))
"""Names of states, first that of an unknown one."""


class RowTable(NamedTuple):
    """Rows without findings. ``numbers`` holds ``size`` rows (``flows.row_columns``) in a copy of
    their own; ``before`` the frames before each file of a rotation, ``frame`` what turns a running
    number into one that prints with its file."""

    numbers: memoryview
    size: int
    before: tuple[int, ...] = (0,)
    frame: Callable[[int], int] = int

    def rows(self) -> Iterator[StreamRow]:
        """All of them, in order."""
        return map(self.row, range(self.size))

    def row(self, index: int) -> StreamRow:
        """One of them."""
        values = self.numbers[index * ROW_WIDTH : (index + 1) * ROW_WIDTH].tolist()
        version = values[R_VERSION]
        fields = (
            values[R_NUMBER],
            address_text(version, *values[R_CLIENT_HIGH:R_CLIENT_PORT]),
            values[R_CLIENT_PORT],
            address_text(version, *values[R_SERVER_HIGH:R_SERVER_PORT]),
            values[R_SERVER_PORT],
            self.frame(values[R_FIRST_FRAME]),
            self.frame(values[R_LAST_FRAME]),
            values[R_FIRST_NS],
            values[R_DURATION_NS] / SECOND,
            *values[R_CLIENT_PACKETS:R_CLIENT_STATE],
            state_name(values[R_CLIENT_STATE]),
            state_name(values[R_SERVER_STATE]),
            bool(values[R_COMPLETE]),
            *(None, None, (), 0),  # nothing was found
        )
        return StreamRow._make(fields)


def state_name(state: int) -> str:
    """The name of a state's number, "?" for an unknown one."""
    return STATE_NAMES[0 if state == NONE else state + 1]
