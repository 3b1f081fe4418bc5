"""Which accepted connections of this process owe their clients something.

Accepted means: its own port is one that this process listens on, or listened on when the
connection came. What this process opened to someone else never has such a port: while a listener
or one of its connections is there, the kernel gives the port to nobody (``__inet_hash_connect()``:
``fastreuse``).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from unstick.progress import descriptors, diag
from unstick.progress.diag import Seen
from unstick.progress.outcome import PEER_ENDED
from unstick.progress.tcpinfo import decode

FAMILIES = (int(socket.AF_INET), int(socket.AF_INET6))

SOCK_DIAG = "sock_diag"
WAITS_MS = 50
"""Unread for so long is a request that waits for somebody, not one that is just being taken up."""

Place = tuple[int, int]
"""A family and a port."""


class Look(NamedTuple):
    """``open_count``: connections at the guarded ports, with those of other processes where the
    kernel was asked for all at once. ``owing``: those with bytes that are not acknowledged.
    ``source``: who was asked."""

    open_count: int
    owing: list[Seen]
    source: str
    waiting_count: int = 0
    """Of ``open_count``: those that owe nothing and have long waited to be read (``waits``)."""


class Source(Protocol):
    """Where the guard looks. ``look`` raises OSError when it cannot."""

    def look(self) -> Look: ...
    def close(self) -> None: ...


class Dump:
    """sock_diag: one walk through the kernel's table for each family, however many connections.

    Without ``ports``: those this process listens on, as they come and go. The port of a listener
    that was closed stays guarded while it has connections: a server that shuts down waits for them.
    With ``crowd``, who waits is counted, too.
    """

    def __init__(self, ports: frozenset[int] | None, crowd: bool = False) -> None:
        self._given = ports
        self._crowd = crowd
        self._link = diag.Link()
        self._some_owed = crowd  # if not, so long a look without TCP_INFO will do: a third cheaper
        self._known: frozenset[int] = frozenset()
        self._own: dict[int, Place] = {}
        self._closing: set[Place] = set()

    def close(self) -> None:
        """Gives back its descriptor; the next look takes one again."""
        self._link.close()

    def look(self) -> Look:
        listening = [one for family in FAMILIES for one in self._listed(family, [diag.LISTEN])]
        places = self._own_places(listening) if self._given is None else self._places(listening)
        look = self._owing(places, self._some_owed)
        if look.owing and not self._some_owed:
            look = self._owing(places, with_info=True)
        self._some_owed = bool(look.owing) or self._crowd
        return look

    def _owing(self, places: set[Place], with_info: bool) -> Look:
        open_count, found = 0, list[Seen]()
        for family in FAMILIES:
            ports = [port for of, port in places if of == family]
            question = diag.request(family, diag.SENDING_STATES, ports, with_info)
            answers = self._link.ask(question, True, self._crowd) if ports else ()
            for answer in answers:
                open_count += answer.passed
                found += answer.sockets
        if len(places) > diag.MOST_PORTS:  # asked by range: others are among them
            found = [one for one in found if place_of(one) in places]
        owing = [one for one in found if one.outstanding_bytes]
        return Look(open_count, owing, SOCK_DIAG, sum(map(waits, found)))

    def _places(self, listening: Iterable[Seen]) -> set[Place]:
        ports = self._given or frozenset()
        families = {one.family for one in listening if one.local[1] in ports}
        return {(family, port) for family in families or FAMILIES for port in ports}

    def _own_places(self, listening: Iterable[Seen]) -> set[Place]:
        there = {one.cookie: place_of(one) for one in listening}
        before = set(self._own.values())
        new = there.keys() - self._known  # to look for one descriptor is to look at all
        found = descriptors.find(new)
        self._known = frozenset(there)
        self._own = {cookie: at for cookie, at in self._own.items() if cookie in there}
        self._own |= {cookie: there[cookie] for cookie in found}
        own = set(self._own.values())
        self._closing = {at for at in (self._closing | before) - own if self._is_used(at)}
        return own | self._closing

    def _listed(self, family: int, states: Iterable[int], ports: Iterable[int] = ()) -> list[Seen]:
        question = diag.request(family, list(states), list(ports), with_info=False)
        return [one for answer in self._link.ask(question) for one in answer.sockets]

    def _is_used(self, place: Place) -> bool:
        family, port = place
        return bool(self._listed(family, diag.SENDING_STATES, [port]))


def waits(one: Seen) -> bool:
    """Has it sent something that its server has not read for a while, and owes nothing itself?"""
    if one.outstanding_bytes or one.unread_bytes <= (one.state in PEER_ENDED):  # a FIN counts one
        return False
    since_ms = decode(one.info).last_data_recv_ms
    return since_ms is not None and since_ms >= WAITS_MS


def place_of(one: Seen) -> Place:
    return one.family, one.local[1]
