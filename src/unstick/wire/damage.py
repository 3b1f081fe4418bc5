"""Getting over a damaged place in a file: shared by the readers of both formats."""

from __future__ import annotations

from collections.abc import Callable

from unstick.wire.anomalies import DAMAGED, FILE_CUT, note
from unstick.wire.walking import STATE_AT, STATE_FRAME, STATE_NEED


class Damage:
    """Looks for the next plausible header after one that cannot be, over as many buffers as it
    takes, and counts the bytes passed over."""

    def __init__(
        self,
        resync: Callable[[memoryview, int, int, memoryview], int],
        state: memoryview,
        anomalies: memoryview,
    ) -> None:
        self._resync = resync
        self._state = state
        self._anomalies = anomalies
        self._searching = False
        self._skipped = 0

    def begin(self) -> None:
        """The header at STATE_AT cannot be one."""
        self._searching = True
        self._skipped = 0

    def passed(self, buf: memoryview, end: int) -> bool:
        """True when STATE_AT is at a plausible header; False when more bytes are needed."""
        if not self._searching:
            return True
        state = self._state
        start = state[STATE_AT]
        # The damaged header itself is not tried again.
        found = self._resync(buf, start if self._skipped else start + 1, end, state)
        to = found if found >= 0 else min(state[STATE_NEED], end)
        self._skipped += to - start
        state[STATE_AT] = to
        state[STATE_NEED] = end + 1
        if found < 0:
            return False
        note(self._anomalies, DAMAGED, state[STATE_FRAME] + 1, self._skipped)
        self._searching = False
        return True

    def finish(self, end: int) -> None:
        """Nothing follows the bytes up to ``end``: count what is left over."""
        left = end - self._state[STATE_AT]
        frame = self._state[STATE_FRAME] + 1
        if self._searching:
            note(self._anomalies, DAMAGED, frame, self._skipped + left)
        elif left > 0:
            note(self._anomalies, FILE_CUT, frame, left)
