"""What answers a request: what is stored, what somebody is fetching just now, or the origin.

1. ``_plan`` decides under the store's lock and does nothing else; nothing waits under that lock.
2. Whatever comes from the origin comes in a thread of its own, into an Object: a client that does
   not read, or is cancelled, holds up nobody else, and what can be stored is fetched to its end.
3. One miss fetches once: who asks for the same meanwhile follows, if the head that comes may be
   shared and answers it. If not, it asks for itself: nobody waits twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from typing import NamedTuple

from unstick.node.conditions import ORIGINS, OURS, validators
from unstick.node.errors import GatewayError
from unstick.node.fetching import Fetch, Task
from unstick.node.freshness import Use, control, judge, matches
from unstick.node.message import Asked, Fields, Head, end_to_end, first, joined, without
from unstick.node.objects import Object, Reader
from unstick.node.origin import Origin
from unstick.node.store import Store

VIA = "1.1 unstick"
"""RFC 9110 7.6.3."""
NOT_FORWARDED = frozenset({"host", "content-length", "expect", "via", "x-forwarded-for"})
"""What is made anew for the origin."""


class Way(Enum):
    """How a request is answered."""

    HIT = "what is stored"
    FOLLOW = "what somebody fetches"
    FETCH = "what it fetches itself"


class Plan(NamedTuple):
    """A way, its object, and the fetch to start first, if there is one."""

    way: Way
    object: Object
    fetch: Fetch | None = None


class Answer(NamedTuple):
    """An object, to be sent with this head. ``age_s`` is None if it comes from the origin now."""

    object: Object
    head: Head
    note: str
    age_s: float | None


class Cache:
    """Answers requests from one store and one origin. Thread safe."""

    def __init__(self, origin: Origin, store: Store) -> None:
        self.origin = origin
        self.store = store

    @contextmanager
    def answering(self, asked: Asked, reader: Reader) -> Iterator[Answer]:
        """The answer, once it has a head. While the block runs its object is in use.

        Raises GatewayError if there is none, CancelledError if the reader is cancelled.
        """
        clean = asked._replace(fields=end_to_end(asked.fields))
        with ExitStack() as held:
            yield self._answer(clean, reader, held)

    def _answer(self, asked: Asked, reader: Reader, held: ExitStack) -> Answer:
        plan = self._begun(self._plan(asked), reader, held)
        if plan.way is Way.HIT:
            return from_store(plan.object, "hit")
        plan.object.await_head(reader)
        collapsed = plan.way is Way.FOLLOW
        if collapsed and not may_follow(asked, plan.object):
            collapsed = False
            plan = self._begun(self._alone(asked), reader, held)
            plan.object.await_head(reader)
        return self._settled(plan.object, reader, held, collapsed)

    def _begun(self, plan: Plan, reader: Reader, held: ExitStack) -> Plan:
        """Uses the plan's object until ``held`` ends. ``_plan`` has pinned it already."""
        plan.object.attach(reader)
        held.callback(self._release, plan.object, reader)
        if plan.fetch is not None:
            try:
                plan.fetch.start()
            except RuntimeError:  # no thread to be had: whoever follows must not wait for it
                plan.fetch.failed(GatewayError(503, "too many requests under way"))
        return plan

    def _settled(self, got: Object, reader: Reader, held: ExitStack, collapsed: bool) -> Answer:
        """What a fetch has led to. Raises GatewayError."""
        if got.failure is not None:
            raise got.failure
        if got.same_as is not None:
            stored = got.same_as
            self.store.pin(stored)
            self._begun(Plan(Way.HIT, stored), reader, held)
            return from_store(stored, got.note)
        if collapsed:
            return from_store(got, f"{got.note}; collapsed")
        assert got.head is not None, "await_head() has returned"
        return Answer(got, got.head, got.note, None)

    def _release(self, used: Object, reader: Reader) -> None:
        used.detach(reader)
        self.store.unpin(used)

    # --- deciding --------------------------------------------------------------------------------

    def _plan(self, asked: Asked) -> Plan:
        """The way for a request, its object pinned. Raises GatewayError for only-if-cached."""
        store, now = self.store, time.monotonic()
        if not answerable(asked):
            return self._pass(asked, "fwd=method" if asked.method != "GET" else "fwd=request")
        with store.lock:
            found = store.find(asked, now)
            use = Use.VALIDATE
            if found is not None and found.freshness is not None:
                use = judge(asked, found.freshness, now)
            if found is not None and use is not Use.VALIDATE:
                store.pin(found)
                renewing = use is Use.STALE_WHILE and asked.target not in store.flights
                return Plan(Way.HIT, found, self._behind(asked, found) if renewing else None)
            if "only-if-cached" in control(asked.fields):
                raise GatewayError(504, "not stored, and only-if-cached was asked for")
            if asked.method == "HEAD":
                return self._pass(asked, "fwd=uri-miss")
            if store.passes(asked.target, now):
                return self._alone(asked)
            flight = store.flights.get(asked.target)
            if flight is None or wants_news(asked):
                return self._fetch(asked, found)
            store.pin(flight)
            return Plan(Way.FOLLOW, flight)

    def _fetch(self, asked: Asked, found: Object | None) -> Plan:
        """A fetch that others may follow."""
        plan = self._stored_fetch(asked, found)
        self.store.flights[asked.target] = plan.object
        return plan

    def _behind(self, asked: Asked, found: Object) -> Fetch | None:
        """A fetch that nobody waits for (RFC 5861 3); others may follow it."""
        plan = self._fetch(asked, found)
        self.store.unpin(plan.object)
        return plan.fetch

    def _alone(self, asked: Asked) -> Plan:
        """A fetch that nobody may follow: the last response here was not to be shared."""
        if any(first(asked.fields, name) is not None for name in OURS):
            return self._pass(asked, "fwd=uri-miss")
        with self.store.lock:
            return self._stored_fetch(asked, self.store.find(asked, time.monotonic()))

    def _stored_fetch(self, asked: Asked, found: Object | None) -> Plan:
        """A fetch of the whole, which may be stored; conditional, if something can be renewed."""
        fields = without(asked.fields, OURS)
        why = "fwd=uri-miss"
        if found is not None and found.head is not None:
            fields += () if found.cut else validators(found.head)
            why = "fwd=stale"
        new = self._new()
        task = Task(asked, forwarded(asked, fields), new, found, True, why)
        return Plan(Way.FETCH, new, Fetch(self.origin, self.store, task))

    def _pass(self, asked: Asked, why: str) -> Plan:
        new = self._new()
        task = Task(asked, forwarded(asked, asked.fields), new, None, False, why)
        return Plan(Way.FETCH, new, Fetch(self.origin, self.store, task))

    def _new(self) -> Object:
        new = Object(self.store.charge)
        self.store.pin(new)
        return new


def answerable(asked: Asked) -> bool:
    """May what is stored answer this at all?"""
    plain = asked.method in ("GET", "HEAD") and asked.body is None
    return plain and all(first(asked.fields, name) is None for name in ORIGINS)


def wants_news(asked: Asked) -> bool:
    """What was asked for before this request came is not new enough for it."""
    wanted = control(asked.fields)
    return "no-cache" in wanted or wanted.get("max-age") == "0"


def may_follow(asked: Asked, flight: Object) -> bool:
    """Does what another request has fetched answer this one (RFC 9111 4, "collapsed requests")?"""
    if flight.failure is not None:
        return True
    if flight.same_as is not None:
        return matches(asked, flight.same_as.variant)
    if not flight.shared or flight.freshness is None or not matches(asked, flight.variant):
        return False
    return judge(asked, flight.freshness, time.monotonic()) is Use.FRESH


def from_store(stored: Object, note: str) -> Answer:
    assert stored.head is not None
    assert stored.freshness is not None, "what is stored has both"
    return Answer(stored, stored.head, note, stored.freshness.age(time.monotonic()))


def forwarded(asked: Asked, fields: Fields) -> Asked:
    """The request as the origin gets it."""
    via = joined(fields, "via")
    path = joined(fields, "x-forwarded-for")
    return asked._replace(
        fields=(
            *without(fields, NOT_FORWARDED),
            ("Via", f"{via}, {VIA}" if via else VIA),
            ("X-Forwarded-For", f"{path}, {asked.peer}" if path else asked.peer),
        )
    )
