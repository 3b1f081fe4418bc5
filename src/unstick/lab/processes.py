"""Processes inside the hosts: started, listened to, ended. One thread, bounded waiting."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from unstick.lab.errors import LabError

Line = dict[str, Any]
"""What an agent says: ``says`` in words, or values under other names."""

END_WITHIN_S = 5.0

SOURCE = str(Path(__file__).parents[2])
"""Where ``unstick`` is found, whatever this process found it by."""


class Process:
    """One process and what it has said so far."""

    def __init__(self, who: str, namespace: str, command: list[str], log: IO[bytes] | None) -> None:
        self.who = who
        self._rest = b""
        environment = {**os.environ, "PYTHONPATH": SOURCE}
        start = [sys.executable, "-m", "unstick.lab.agent", namespace, str(os.getpid()), *command]
        self.popen = subprocess.Popen(
            start,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if log is None else log,
            stderr=log,
            env=environment,
        )
        if log is not None:
            log.close()  # it has its own now
        self.out = self.popen.stdout
        if self.out is not None:
            os.set_blocking(self.out.fileno(), False)

    @property
    def lives(self) -> bool:
        return self.popen.poll() is None

    def lines(self) -> list[Line]:
        """What it has said since this was asked last. Lines that are no JSON are taken as words."""
        if self.out is None:
            return []
        while data := self.out.read():
            self._rest += data
        *whole, self._rest = self._rest.split(b"\n")
        return [line_of(one) for one in whole if one.strip()]

    def ask_to_end(self) -> None:
        if self.lives:
            self.popen.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Asks, waits a little, insists."""
        self.ask_to_end()
        try:
            self.popen.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        if self.out is not None:
            self.out.close()


def line_of(data: bytes) -> Line:
    with suppress(ValueError):
        told = json.loads(data)
        if isinstance(told, dict):
            return told
    return {"says": data.decode("utf-8", "replace")}


class Crew:
    """All processes of a run; ``with`` ends them, the last started first."""

    def __init__(self) -> None:
        self._all: list[Process] = []
        self._early: list[tuple[Process, Line]] = []
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *error: object) -> None:
        for one in reversed(self._all):
            one.end()
        self._selector.close()

    def start(self, who: str, namespace: str, role: str, options: object) -> Process:
        """An agent of the lab."""
        return self._add(Process(who, namespace, [role, json.dumps(options)], None))

    def start_program(
        self, who: str, namespace: str, command: list[str], log: IO[bytes] | None
    ) -> Process:
        """Any other program; what it prints goes to ``log``, or is heard line by line."""
        return self._add(Process(who, namespace, ["exec", json.dumps(command)], log))

    def _add(self, one: Process) -> Process:
        self._all.append(one)
        if one.out is not None:
            self._selector.register(one.out, selectors.EVENT_READ, one)
        return one

    def hear(self, until: float) -> Iterator[tuple[Process, Line]]:
        """What is said until then (monotonic), as it comes."""
        while True:
            early, self._early = self._early, []
            yield from early
            wait_s = until - time.monotonic()
            if wait_s <= 0 and not early:
                return
            for key, _ in self._selector.select(max(0.0, wait_s)):
                one: Process = key.data
                yield from ((one, line) for line in one.lines())
                if not one.lives and one.out is not None:
                    yield from ((one, line) for line in one.lines())
                    self._selector.unregister(one.out)
                    one.out = None

    def await_word(self, who: Process, word: str, within_s: float = 15.0) -> Line:
        """The line of that process in which it says ``word``; what others say meanwhile is kept.

        Raises LabError when it ends or does not say it in time.
        """
        deadline = time.monotonic() + within_s
        kept: list[tuple[Process, Line]] = []
        try:
            while time.monotonic() < deadline:
                for one, line in self.hear(min(deadline, time.monotonic() + 0.05)):
                    if one is who and word in line:
                        return line
                    kept.append((one, line))
                if not who.lives:
                    raise LabError(f"{who.who} ended: {told(kept, who)}")
        finally:
            self._early = kept + self._early
        raise LabError(f"{who.who} is not {word} after {within_s:g} s: {told(kept, who)}")


def told(lines: Iterable[tuple[Process, Line]], who: Process) -> str:
    said = [str(line.get("says", line)) for one, line in lines if one is who]
    return said[-1] if said else "it said nothing"
