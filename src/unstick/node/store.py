"""The store: objects by target and variant, in a bound of memory; the longest unused goes first.

The bound counts segments and heads of what is stored, and of what was thrown out while requests
still read it. What is not stored passes through a window of 4 MiB a request, which is not counted.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from unstick.node.freshness import Use, judge, matches
from unstick.node.message import Asked
from unstick.node.objects import Object

PASS_S = 120.0
"""How long to remember that a target's responses are not to be stored, so that requests for it do
not wait for each other (Varnish: hit-for-miss, 120 s)."""
PASSES = 10_000
VARIANTS = 64
"""Of one target: Vary on a field that clients choose freely must not cost a search of thousands."""


class Store:
    """All that is stored. ``lock`` guards it, its objects' ``pins`` and ``charged``."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self.evicted = 0
        self.lock = threading.RLock()
        self.flights: dict[str, Object] = {}  # by target: being fetched, and no head yet
        self._variants: dict[str, list[Object]] = {}
        self._order: OrderedDict[Object, str] = OrderedDict()
        self._passes: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._order)

    def find(self, asked: Asked, now: float) -> Object | None:
        """The stored response that would answer this, fresh or not; the freshest of several."""
        with self.lock:
            fitting = [one for one in self._variants.get(asked.target, ()) if fits(asked, one)]
            if not fitting:
                return None
            found = min(fitting, key=lambda one: not_fresh(asked, one, now))
            self._order.move_to_end(found)
            return found

    def admit(self, asked: Asked, new: Object) -> None:
        """Stores it, in place of what answered the same requests. Its segments ask for room."""
        with self.lock:
            variants = self._variants.setdefault(asked.target, [])
            for old in [one for one in variants if fits(asked, one)]:
                self.drop(old)
            variants = self._variants.setdefault(asked.target, [])
            for old in variants[VARIANTS - 1 :]:
                self.drop(old)
            variants.insert(0, new)
            self._order[new] = asked.target
            new.stored = True
            self._make_room(new.charged, new)
            self.used_bytes += new.charged
            self._passes.pop(asked.target, None)

    def drop(self, old: Object) -> None:
        """Takes it out of the store. Its memory is free when the last reader is done."""
        with self.lock:
            target = self._order.pop(old, None)
            if target is None:
                return
            left = self._variants[target]
            left.remove(old)
            if not left:
                del self._variants[target]
            old.shared = False
            self._settle(old)

    def invalidate(self, target: str) -> None:
        with self.lock:
            for old in list(self._variants.get(target, ())):
                self.drop(old)

    def land(self, target: str, arrived: Object) -> None:
        """Its head is there, or will not come: nobody may join it as a flight any more."""
        with self.lock:
            if self.flights.get(target) is arrived:
                del self.flights[target]

    # --- memory ----------------------------------------------------------------------------------

    def charge(self, grows: Object, count: int) -> bool:
        """Takes ``count`` bytes for an object, from the least recently used. Negative: gives back.

        False if there are none: all the rest is being read. Then the object is out of the store.
        """
        with self.lock:
            if grows not in self._order:
                return count <= 0
            if not self._make_room(count, grows):
                self.drop(grows)
                return False
            self.used_bytes += count
            grows.charged += count
            return True

    def _make_room(self, count: int, grows: Object) -> bool:
        while self.used_bytes + count > self.limit_bytes:
            unused = (old for old in self._order if old is not grows and not old.pins)
            victim = next(unused, None)
            if victim is None:
                return False
            self.evicted += 1
            self.drop(victim)
        return True

    def pin(self, used: Object) -> None:
        with self.lock:
            used.pins += 1

    def unpin(self, used: Object) -> None:
        with self.lock:
            used.pins -= 1
            self._settle(used)

    def _settle(self, old: Object) -> None:
        """Nobody reads it and it is not stored: its memory is free."""
        if old.stored and not old.pins and old not in self._order:
            self.used_bytes -= old.charged
            old.stored = False

    # --- what is not to be stored ----------------------------------------------------------------

    def mark_pass(self, target: str, now: float) -> None:
        with self.lock:
            self._passes[target] = now + PASS_S
            self._passes.move_to_end(target)
            while len(self._passes) > PASSES:
                self._passes.popitem(last=False)

    def passes(self, target: str, now: float) -> bool:
        with self.lock:
            return self._passes.get(target, now) > now


def fits(asked: Asked, stored: Object) -> bool:
    return matches(asked, stored.variant)


def not_fresh(asked: Asked, stored: Object, now: float) -> bool:
    assert stored.freshness is not None, "only what has a head is stored"
    return judge(asked, stored.freshness, now) is not Use.FRESH
