"""A scenario, played: hosts built, everybody started, watched, and everything kept.

One thread; whoever watches is called with each event as it happens.
"""

from __future__ import annotations

import platform
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unstick.lab import captures, counters, folder, hosts, looking, netns, old_linux
from unstick.lab.errors import LabError, require_root
from unstick.lab.events import Event
from unstick.lab.hosts import ADDRESSES, GATEWAYS, Hosts
from unstick.lab.needs import require
from unstick.lab.packets import CLIENT, SERVER, Side
from unstick.lab.processes import Crew, Line, Process
from unstick.lab.scenario import Scenario, loosened
from unstick.lab.servers import SERVERS
from unstick.lab.servers.base import Place
from unstick.lab.truth import Seen
from unstick.version import VERSION

PORT = 8080
SIDES = (CLIENT, SERVER)
LOOK_EVERY_S = 1.0
OVER_FOR_S = 1.5
"""Nothing is left when for so long nothing was: stray segments still cross meanwhile."""

READY_WITHIN_S = 60.0
WAIT_AT_MOST_S = 1800.0
"""``--wait`` is not for ever: the longest default of a server known to the lab is 614 s."""

HOPS = {
    4: (socket.IPPROTO_IP, socket.IP_TTL),
    6: (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS),
}

Watcher = Callable[[Event], None]


@dataclass(frozen=True)
class Order:
    """How a scenario is to be played. ``wait``: until the server's host has let go."""

    folder: Path
    server: str | None = None
    sysctls: Mapping[str, str] = field(default_factory=dict)
    family: int = 4
    seed: int = 1
    wait: bool = False


def play(scenario: Scenario, order: Order, watch: Watcher) -> folder.Record:
    """Runs it; the captures and ``run.json`` are then in ``order.folder``. Raises LabError."""
    require_root()
    if order.server is not None or order.sysctls or order.wait:
        scenario = loosened(scenario, order.server)
    if scenario.tls and not SERVERS[scenario.server.name].speaks_tls:
        raise LabError(
            f"{scenario.server.name} does not speak TLS in the lab", "leave --server out"
        )
    order.folder.mkdir(parents=True, exist_ok=True)
    wanted = {side: {**scenario.sysctls.get(side, {})} for side in SIDES}
    wanted[SERVER] |= order.sysctls
    with hosts.built(wanted) as built, Crew() as crew:
        return Play(scenario, order, watch, built, crew).run()


class Play:
    """One run between its building and its end."""

    def __init__(
        self, scenario: Scenario, order: Order, watch: Watcher, built: Hosts, crew: Crew
    ) -> None:
        self.scenario, self.order, self.watch = scenario, order, watch
        self.hosts, self.crew = built, crew
        self.events: list[Event] = []
        self.looks: list[looking.Look] = []
        self.began: float | None = None  # when the client was started
        self.recorders: dict[Side, Process] = {}

    def run(self) -> folder.Record:
        when = datetime.now(UTC).isoformat(timespec="seconds")
        self.start_recorders()
        box, server = self.prepare()
        before = {side: counters.read(self.hosts.namespace(side)) for side in SIDES}
        self.began = time.time()
        client = self.start_client()
        ended_s = self.watch_until_over(client)
        final = {side: looking.lasting(self.look(side)) for side in SIDES}
        after = {side: counters.read(self.hosts.namespace(side)) for side in SIDES}
        files = self.stop_recorders()
        self.check_box(box)
        server.end()
        moved = {side: counters.moved(before[side], after[side]) for side in SIDES}
        self.tell_log()
        seen = Seen(final, moved, self.events, ended_s)
        record = folder.Record(self.scenario, self.facts(when), seen, files)
        self.keep(record, {"before": before, "after": after, "moved": moved})
        return record

    def prepare(self) -> tuple[Process, Process]:
        """All that must stand before a client comes; returns the middlebox and the server."""
        if self.scenario.old_linux:
            old_linux.emulate(self.hosts.server)
        return self.start_middlebox(), self.start_server()

    # --- who takes part ---------------------------------------------------------------------------

    def start_recorders(self) -> None:
        for side in SIDES:
            blocks = self.order.folder / f".{side}.blocks"
            given = {"path": str(blocks), "rotate_s": self.scenario.rotate_s}
            name = self.hosts.namespace(side)
            self.recorders[side] = self.crew.start(
                f"recorder of the {side}", name, "recorder", given
            )
        for one in self.recorders.values():
            self.crew.await_word(one, "ready")

    def start_middlebox(self) -> Process:
        given = {
            "boxes": [[one.name, dict(one.given)] for one in self.scenario.boxes],
            "delay_s": self.scenario.delay_s,
            "seed": self.order.seed,
        }
        box = self.crew.start("middlebox", self.hosts.middle, "middlebox", given)
        self.crew.await_word(box, "ready")
        return box

    def start_server(self) -> Process:
        part = self.scenario.server
        kind = SERVERS[part.name]
        unknown = part.given.keys() - kind.defaults.keys()
        if unknown:
            raise LabError(f"{part.name} has no option {', '.join(sorted(unknown))}")
        require(kind)
        place = Place(
            self.crew,
            self.hosts.server,
            self.order.folder / "logs",
            ADDRESSES[SERVER][self.order.family],
            PORT,
            self.scenario.tls,
        )
        place.folder.mkdir(exist_ok=True)
        server = kind.start(place, {**kind.defaults, **part.given})
        deadline = time.monotonic() + READY_WITHIN_S
        while not looking.listens(self.hosts.server, PORT):
            self.note(self.crew.hear(time.monotonic() + 0.05))
            if not server.lives:
                raise LabError(f"{part.name} ended before it was ready", self.last_words())
            if time.monotonic() > deadline:
                raise LabError(f"{part.name} is not ready after {READY_WITHIN_S:g} s")
        return server

    def start_client(self) -> Process:
        given = {
            "client": self.scenario.client.name,
            "given": dict(self.scenario.client.given),
            "address": [ADDRESSES[SERVER][self.order.family], PORT],
            "tls": self.scenario.tls,
            "round_trip_s": 2 * self.scenario.delay_s,
        }
        return self.crew.start("client", self.hosts.client, "client", given)

    # --- watching ---------------------------------------------------------------------------------

    def now(self) -> float:
        return 0.0 if self.began is None else time.time() - self.began

    def note(self, said: Iterator[tuple[Process, Line]]) -> None:
        """Makes events of what processes said."""
        for one, line in said:
            if "says" not in line:
                continue
            values = {name: value for name, value in line.items() if name not in ("says", "at")}
            at = line.get("at", time.time())
            time_s = 0.0 if self.began is None else max(0.0, at - self.began)
            self.tell(Event(round(time_s, 3), one.who, line["says"], values))

    def tell(self, event: Event) -> None:
        self.events.append(event)
        self.watch(event)

    def look(self, side: Side) -> list[looking.Look]:
        found = looking.look(self.hosts.namespace(side), side, self.now())
        self.looks += found
        return found

    def watch_until_over(self, client: Process) -> float:
        """Until the scenario's time is up or nothing is left; returns when that was."""
        limit_s = WAIT_AT_MOST_S if self.order.wait else self.scenario.watch_s
        next_look = LOOK_EVERY_S
        free_since: float | None = None
        while self.now() < limit_s:
            step = min(next_look, limit_s) - self.now()
            self.note(self.crew.hear(time.monotonic() + max(0.0, step)))
            if self.now() < next_look:
                continue
            next_look += LOOK_EVERY_S
            lasting = {side: looking.lasting(self.look(side)) for side in SIDES}
            self.show(lasting)
            over = not client.lives and not any(lasting.values())
            if self.order.wait and not lasting[SERVER] and self.now() > self.scenario.watch_s:
                break
            if not over:
                free_since = None
            elif free_since is None:
                free_since = self.now()
            elif self.now() - free_since >= OVER_FOR_S:
                break
        return self.now()

    def show(self, lasting: Mapping[Side, list[looking.Look]]) -> None:
        for side in (SERVER, CLIENT):
            for one in lasting[side][:3]:
                self.watch(Event(one["time_s"], side, f"[{looking.words(one)}]", {}))

    # --- the end ----------------------------------------------------------------------------------

    def stop_recorders(self) -> dict[Side, list[str]]:
        """The capture files. Raises LabError when a capture is not whole."""
        for side in SIDES:
            self.mark_end(side)
        names: dict[Side, list[str]] = {}
        for side, one in self.recorders.items():
            one.ask_to_end()
            done = self.crew.await_word(one, "done")
            if done["dropped"]:
                raise LabError(
                    f"the capture of the {side} lost {done['dropped']:,} frames",
                    "the machine is too busy: run it again",
                )
            parts = [Path(path) for path in done["parts"]]
            names[side] = list(folder.names_of(side, len(parts)))
            comments = [self.scenario.story, self.truth_comment(side)]
            head = captures.section_block(comments, system(), f"unstick {VERSION} lab")
            for blocks, name in zip(parts, names[side], strict=True):
                captures.finish(blocks, self.order.folder / name, head)
        return names

    def mark_end(self, side: Side) -> None:
        """One datagram that no router forwards, to the discard port of the gateway: a capture ends
        with its last packet, and how long nothing came is half of what it has to tell."""
        family = self.order.family
        kind = socket.AF_INET6 if family == 6 else socket.AF_INET
        with netns.inside(self.hosts.namespace(side)):
            sock = socket.socket(kind, socket.SOCK_DGRAM)
        with sock, suppress(OSError):  # a host whose interface is down sees nothing any more
            sock.setsockopt(*HOPS[family], 1)
            sock.sendto(b"end of the run", (GATEWAYS[side][family], 9))
        time.sleep(0.05)

    def truth_comment(self, side: Side) -> str:
        lines = [f"scenario {self.scenario.name}, seed {self.order.seed}, seen by the {side}"]
        lines += [f"{one.time_s:8.3f} {one.who} {one.says}" for one in self.events]
        for host in SIDES:
            found = looking.lasting([one for one in self.looks if one["host"] == host][-1:])
            lines += [f"at the end, {host}: {looking.words(one)}" for one in found]
        return "\n".join(lines)

    def check_box(self, box: Process) -> None:
        box.ask_to_end()
        done = self.crew.await_word(box, "done")
        if done["dropped"]:
            raise LabError(
                f"the middlebox could not keep up: {done['dropped']:,} frames lost by no fault",
                "the machine is too busy: run it again",
            )

    def tell_log(self) -> None:
        """What the server's own log says, at the end."""
        for line in SERVERS[self.scenario.server.name].log(self.order.folder / "logs"):
            self.tell(Event(round(self.now(), 3), "log", line, {}))

    def last_words(self) -> str | None:
        log = SERVERS[self.scenario.server.name].log(self.order.folder / "logs")
        said = [one.says for one in self.events if one.who == "server"] + log
        return said[-1] if said else None

    def facts(self, when: str) -> dict[str, Any]:
        return {
            "when": when,
            "seed": self.order.seed,
            "family": self.order.family,
            "addresses": {side: ADDRESSES[side][self.order.family] for side in SIDES},
            "port": PORT,
            "sysctls": self.hosts.sysctls,
            "versions": {
                "unstick": VERSION,
                "kernel": system(),
                "python": platform.python_version(),
            },
        }

    def keep(self, record: folder.Record, counted: Mapping[str, Any]) -> None:
        where = self.order.folder
        folder.write(where, record)
        folder.write_json(where / "counters.json", counted)
        folder.write_lines(where / "sockets.jsonl", self.looks)


def system() -> str:
    uname = platform.uname()
    return f"{uname.system} {uname.release} {uname.machine}"
