"""How many connections may be ended in a minute. Pure: times are passed in."""

from __future__ import annotations

from collections import deque

MINUTE_S = 60.0


class Budget:
    """At most ``most`` in any span of a minute; None: no limit."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self._spent: deque[float] = deque()

    def has_room(self, now: float) -> bool:
        while self._spent and now - self._spent[0] >= MINUTE_S:
            self._spent.popleft()
        return self.most is None or len(self._spent) < self.most

    def spend(self, now: float) -> None:
        if self.most is not None:
            self._spent.append(now)
