"""One cell: a server, a client and what stands between them, in hosts of their own, watched until
the server has let go or the time is up."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from unstick.lab import hosts, looking, netns, runner
from unstick.lab.errors import LabError
from unstick.lab.events import Event
from unstick.lab.hosts import ADDRESSES
from unstick.lab.matrix import memory
from unstick.lab.matrix.columns import Asks, Column
from unstick.lab.matrix.outcome import Cell, Left
from unstick.lab.matrix.rows import POLICY, Condition, Row
from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.processes import Crew, Process
from unstick.lab.scenario import Part, Scenario
from unstick.lab.servers import SERVERS
from unstick.lab.servers.base import lines_of
from unstick.progress.testing.clients import Clients
from unstick.progress.testing.http import http_get
from unstick.progress.testing.serving import served_within

LOOK_EVERY_S = 0.5
WEIGH_EVERY_S = 5.0
LINGERS_S = 10.0
"""So long after the server has let go its kernel is looked at: what is left, stays. Longer than a
guard takes for it."""

LAST_WORDS_S = 0.2
"""For what a client says as it goes."""

OVER_FOR_S = 1.5
CONNECTS_WITHIN_S = 20.0
ANSWER_WITHIN_S = 3.0
LOG_LINES = 12
ENFORCE = "enforce"
VERDICTS = "verdicts.log"
BUILDING = threading.Lock()
"""Hosts are built one after the other: that is short, and much work."""


class StoppedError(Exception):
    """Somebody pressed Ctrl-C: this cell has no result."""


class Job(NamedTuple):
    """One cell to be played, and how long at most."""

    row: Row
    column: Column
    watch_s: float

    @property
    def empty(self) -> Cell:
        row = self.row
        return Cell(row.server, str(row.condition), row.words, self.column.name)


def play(job: Job, folder: Path, stopped: threading.Event) -> Cell:
    """Raises StoppedError. What else goes wrong is the cell's ``failure``."""
    try:
        with ExitStack() as stack:
            with BUILDING:
                if stopped.is_set():
                    raise StoppedError
                built = stack.enter_context(hosts.built({}))
            crew = stack.enter_context(Crew())
            return Run(job, folder, built, crew, stopped).run()
    except LabError as error:
        failure = f"{error.sentence}: {error.hint}" if error.hint else error.sentence
    except OSError as error:
        failure = str(error)
    if stopped.is_set():
        raise StoppedError
    return replace(job.empty, failure=failure)


@dataclass
class Watched:
    """What was seen so far; times of ``time.time``."""

    asked: float | None = None
    let_go: float | None = None
    gone: float | None = None
    left: list[looking.Look] = field(default_factory=list)
    got_bytes: int = 0
    read_bytes: int = 0
    told: str | None = None
    grown_bytes: int = 0


class Run:
    """One cell between its building and its end."""

    def __init__(
        self,
        job: Job,
        folder: Path,
        built: hosts.Hosts,
        crew: Crew,
        stopped: threading.Event,
    ) -> None:
        self.job, self.hosts, self.crew, self.stopped = job, built, crew, stopped
        self.folder = folder
        scenario = Scenario(
            name="matrix",
            story=job.column.says,
            client=job.column.client,
            findings=None,
            boxes=job.column.boxes,
            server=Part(job.row.server, job.row.given),
        )
        folder.mkdir(parents=True, exist_ok=True)
        self.said_before = 0  # lines of the server's log, before the client came
        self.play = runner.Play(scenario, runner.Order(folder), self.hear, built, crew)
        self.seen = Watched()

    def run(self) -> Cell:
        box, server = self.play.prepare()
        guard = self.start_guard()
        before_bytes = memory.resident_bytes(server.popen.pid)
        self.said_before = len(self.log())
        self.play.began = time.time()
        client = self.play.start_client()
        self.watch(client, server, before_bytes)
        self.play.note(self.crew.hear(time.monotonic() + LAST_WORDS_S))
        if guard is not None and not guard.lives:
            raise LabError(f"unstick enforce ended: {self.lines(f'{ENFORCE}.log')[-1:]}")
        cell = self.cell(time.time())
        box.ask_to_end()
        return replace(cell, lost_frames=self.crew.await_word(box, "done")["dropped"])

    def start_guard(self) -> Process | None:
        """``unstick enforce`` on the server's host, where that is asked for."""
        if self.job.row.condition is not Condition.ENFORCE:
            return None
        command = [sys.executable, "-m", "unstick", "enforce", "--port", str(runner.PORT)]
        command += ["--policy", POLICY, "--kill", "--log", str(self.folder / "logs" / VERDICTS)]
        log = (self.folder / "logs" / f"{ENFORCE}.log").open("wb")
        guard = self.crew.start_program(ENFORCE, self.hosts.server, command, log)
        deadline = time.monotonic() + CONNECTS_WITHIN_S
        while not self.lines(f"{ENFORCE}.log"):  # its first line: it watches
            if not guard.lives or time.monotonic() > deadline:
                raise LabError("unstick enforce did not start")
            time.sleep(0.05)
        return guard

    # --- watching --------------------------------------------------------------------------------

    def hear(self, event: Event) -> None:
        """Takes what matters from what the client says."""
        if event.who != CLIENT:
            return
        if event.says.startswith("asks for"):
            self.seen.asked = (self.play.began or 0.0) + event.time_s
        self.seen.told = event.values.get("outcome", self.seen.told)
        self.seen.read_bytes = event.values.get("read", self.seen.read_bytes)
        if event.says.startswith("has read everything"):
            self.seen.told = "end"

    def watch(self, client: Process, server: Process, before_bytes: int) -> None:
        """Until no more is to be expected or the time is up. Raises StoppedError, LabError."""
        weigh_at = 0.0
        while not self.is_over(client):
            self.play.note(self.crew.hear(time.monotonic() + LOOK_EVERY_S))
            if self.stopped.is_set():
                raise StoppedError
            if not server.lives:
                raise LabError(f"{self.job.row.server} ended", self.play.last_words())
            self.look()
            if time.monotonic() >= weigh_at:
                grown = memory.resident_bytes(server.popen.pid) - before_bytes
                self.seen.grown_bytes = max(self.seen.grown_bytes, grown)
                weigh_at = time.monotonic() + WEIGH_EVERY_S

    def look(self) -> None:
        seen, now = self.seen, time.time()
        there = looking.lasting(looking.look(self.hosts.server, SERVER, self.play.now()))
        mine = [one for one in there if one["peer"][0] == ADDRESSES[CLIENT][4]]
        for one in looking.look(self.hosts.client, CLIENT, self.play.now()):
            seen.got_bytes = max(seen.got_bytes, one.get("bytes_received") or 0)
        seen.left = mine
        if seen.asked is None:
            return
        held = any(one["owned"] for one in mine)
        seen.let_go = None if held else seen.let_go or now
        seen.gone = None if mine else seen.gone or now

    def is_over(self, client: Process) -> bool:
        seen, now = self.seen, time.time()
        if seen.asked is None:
            if self.play.now() > CONNECTS_WITHIN_S:
                raise LabError("the client could not ask", self.play.last_words())
            return False
        if now - seen.asked >= self.job.watch_s:
            return True
        if client.lives and self.job.column.asks is Asks.SERVED:
            return False
        if seen.gone is not None and now - seen.gone >= OVER_FOR_S:
            return True
        return seen.let_go is not None and now - seen.let_go >= LINGERS_S

    # --- the end ---------------------------------------------------------------------------------

    def cell(self, now: float) -> Cell:
        seen = self.seen
        assert seen.asked is not None
        asked = seen.asked

        def since(moment: float | None) -> float | None:
            return None if moment is None else round(max(0.0, moment - asked), 1)

        log = self.log()[self.said_before :]
        return replace(
            self.job.empty,
            watched_s=round(now - asked, 1),
            let_go_s=since(seen.let_go),
            gone_s=since(seen.gone),
            left=lefts(seen.left),
            got_bytes=max(seen.got_bytes, seen.read_bytes),
            told=seen.told,
            grown_bytes=seen.grown_bytes,
            next_answer_s=self.next_answer(),
            log=tuple(log[-LOG_LINES:]),
            guard=tuple(self.lines(VERDICTS)[-LOG_LINES:]),
        )

    def log(self) -> list[str]:
        return SERVERS[self.job.row.server].log(self.folder / "logs")

    def lines(self, name: str) -> list[str]:
        return lines_of(self.folder / "logs" / name)

    def next_answer(self) -> float | None:
        """How long a healthy client waits, on the server's own host; None: longer than it cares."""
        began = time.monotonic()
        where = (ADDRESSES[SERVER][4], runner.PORT)
        request = http_get("/bytes/100")
        with Clients(lambda: netns.inside(self.hosts.server)) as clients:
            try:
                response = served_within(where, ANSWER_WITHIN_S, clients, request=request)
            except (AssertionError, OSError):
                return None
        return round(time.monotonic() - began, 2) if response.status == 200 else None


def lefts(looks: Sequence[looking.Look]) -> tuple[Left, ...]:
    return tuple(Left(one["state"], one["outstanding_bytes"], one["owned"]) for one in looks)
