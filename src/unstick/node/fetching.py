"""One exchange with the origin, in a thread of its own: what comes goes into an Object.

What it means for the store is decided when the head comes, here and nowhere else.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from unstick.node.conditions import is_same, renewed
from unstick.node.errors import AbandonedError, GatewayError
from unstick.node.freshness import (
    Heard,
    freshness_of,
    is_reusable,
    serves_errors,
    storable,
    variant_of,
)
from unstick.node.message import Asked, Head, date_text, first
from unstick.node.objects import HEAD_BYTES, Object
from unstick.node.origin import Origin
from unstick.node.store import Store

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""RFC 9110 9.2.1: what changes nothing at the origin."""
ERRORS = frozenset({500, 502, 503, 504})
"""RFC 5861 4: what stale-if-error stands in for."""
BODILESS = frozenset({204, 304})


class Task(NamedTuple):
    """``asked`` is the client's request, ``sent`` what the origin gets. ``found``: what is stored,
    if this is to renew it. ``sharing``: the response may be stored. ``why``: for Cache-Status."""

    asked: Asked
    sent: Asked
    into: Object
    found: Object | None
    sharing: bool
    why: str


class Fetch(threading.Thread):
    """Fills ``task.into``; every end of it wakes those who wait."""

    def __init__(self, origin: Origin, store: Store, task: Task) -> None:
        super().__init__(name=f"fetch {task.asked.target}", daemon=True)
        self.origin, self.store, self.task = origin, store, task

    def run(self) -> None:
        into = self.task.into
        try:
            began = time.monotonic()
            with self.origin.ask(self.task.sent) as reply:
                now = time.monotonic()
                wanted = self.head_came(reply.head, Heard(time.time(), now, now - began))
                for chunk in reply.chunks:
                    if wanted:
                        into.write(chunk)
            if wanted:
                into.finish()
        except GatewayError as failure:
            self.failed(failure)
        except AbandonedError:
            into.fail(GatewayError(502, "nobody waits for it"))
        except Exception as error:  # ours: who waits must be told all the same
            logging.getLogger("unstick.node").exception("fetching %s", self.task.asked.target)
            self.failed(GatewayError(500, f"the node fails: {error!r}"))
        finally:
            self.store.land(self.task.asked.target, into)

    # --- the head --------------------------------------------------------------------------------

    def head_came(self, head: Head, heard: Heard) -> bool:
        """Tells store and readers; whether the body is wanted."""
        task, found = self.task, self.task.found
        if first(head.fields, "date") is None:
            head = head._replace(fields=(*head.fields, ("Date", date_text(heard.wall))))
        if found is not None and head.status == 304:
            self.renew(found, head, heard)
            self.answer_with(found, f"{task.why}; fwd-status=304")
            return False
        if found is not None and head.status in ERRORS and self.stands_in(found, heard.mono, False):
            self.answer_with(found, f"hit; detail=stale-if-error; fwd-status={head.status}")
            return False
        if task.asked.method not in SAFE and head.status < 400:
            self.invalidate(head)
        if task.asked.method == "HEAD" and head.status == 200:
            self.heard_of(head, heard)
        task.into.note = f"{task.why}; fwd-status={head.status}"
        stored = task.sharing and self.keep(head, heard)
        if stored:
            task.into.note += "; stored"
        elif task.sharing and head.status not in ERRORS:
            self.store.mark_pass(task.asked.target, heard.mono)
            if found is not None:
                self.store.drop(found)
        task.into.length = length_of(task.asked, head)
        task.into.head = head
        if stored:
            self.store.admit(task.asked, task.into)
        self.store.land(task.asked.target, task.into)
        task.into.begin()
        return True

    def keep(self, head: Head, heard: Heard) -> bool:
        """Will it be stored? Then the object knows what others may use it for."""
        into, fresh = self.task.into, freshness_of(head, heard)
        length = length_of(self.task.asked, head) or 0
        fits = length + HEAD_BYTES <= self.store.limit_bytes
        if not (fits and storable(self.task.asked, head) and is_reusable(head, fresh)):
            return False
        into.freshness, into.variant = fresh, variant_of(self.task.asked, head)
        into.kept = into.shared = True
        return True

    def renew(self, found: Object, news: Head, heard: Heard) -> None:
        """RFC 9111 4.3.4: the stored response holds, with the fields that came."""
        assert found.head is not None
        with self.store.lock:
            found.head = renewed(found.head, news.fields)
            found.freshness = freshness_of(found.head, heard)

    def heard_of(self, head: Head, heard: Heard) -> None:
        """RFC 9111 4.3.5: the answer to a HEAD renews the stored response to GET, or ends it."""
        stored = self.store.find(self.task.asked, heard.mono)
        if stored is None or stored.head is None:
            return
        if is_same(stored.head, head):
            self.renew(stored, head, heard)
        else:
            self.store.drop(stored)

    def invalidate(self, head: Head) -> None:
        """RFC 9111 4.4: what an unsafe request has changed, and where it says it has."""
        target = self.task.asked.target
        host = first(self.task.asked.fields, "host") or ""
        self.store.invalidate(target)
        for name in ("location", "content-location"):
            place = urlsplit(urljoin(f"http://{host}{target}", first(head.fields, name) or ""))
            if place.netloc == host:
                self.store.invalidate(place.path + (f"?{place.query}" if place.query else ""))

    # --- failing ---------------------------------------------------------------------------------

    def failed(self, failure: GatewayError) -> None:
        into, found = self.task.into, self.task.found
        now, gone = time.monotonic(), failure.disconnected
        if into.head is None and found is not None and self.stands_in(found, now, gone):
            self.answer_with(found, "hit; detail=stale-origin-failed")
            return
        self.store.land(self.task.asked.target, into)
        self.store.drop(into)
        into.fail(failure)

    def stands_in(self, found: Object, now: float, disconnected: bool) -> bool:
        fresh = found.freshness
        return fresh is not None and serves_errors(fresh, now, disconnected=disconnected)

    def answer_with(self, found: Object, note: str) -> None:
        self.store.land(self.task.asked.target, self.task.into)
        self.task.into.stand_in(found, note)


def length_of(asked: Asked, head: Head) -> int | None:
    """Bytes of the body that will come; None if the origin does not say."""
    if asked.method == "HEAD" or head.status in BODILESS:
        return 0
    told = first(head.fields, "content-length")
    return int(told) if told is not None and told.isdigit() else None
