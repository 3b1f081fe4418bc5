"""Work that waits for a thread that has nothing better to do, and is done in any case.

Of two threads that hand work to each other one is always a little faster. What depends on neither
is a chore: whoever would wait does it, and if nobody did, who needs it does.
"""

from __future__ import annotations

from _thread import allocate_lock  # threading.Lock, without what else is there
from collections import deque
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Later:
    """The value of ``work``, which is called once, on one thread or another. ``done``: it was."""

    __slots__ = ("_busy", "_value", "_work", "done")

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work: Callable[[], Any] | None = work
        self._busy = allocate_lock()
        self._value: Any = None
        self.done = False

    def begin(self, wait: bool = False) -> None:
        """Do it, unless it is done; if another thread is about it, ``wait`` until it is. What it
        raises is raised here, and it counts as not done."""
        if not self._busy.acquire(wait):
            return
        try:
            if self._work is not None:
                self._value = self._work()
                self._work = None
                self.done = True
        finally:
            self._busy.release()

    def value(self) -> Any:
        """What came of it; it is done by then."""
        self.begin(wait=True)
        return self._value


class Chores:
    """Work that anybody may do, first come, first served. Safe to use from several threads."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: deque[Later] = deque()

    def __len__(self) -> int:
        """How many wait for somebody."""
        return len(self._waiting)

    def later(self, work: Callable[[], Any]) -> Later:
        """Somebody will do it; who needs it asks for its ``value``. Those in front that are done
        are not kept: nobody may ever have had time for a chore."""
        try:
            while self._waiting[0].done:
                self._waiting.popleft()
        except IndexError:
            pass
        chore = Later(work)
        self._waiting.append(chore)
        return chore

    def help(self) -> bool:
        """Do one. False: there is none."""
        try:
            chore = self._waiting.popleft()
        except IndexError:
            return False
        chore.begin()
        return True
