"""Pages of the documentation that are played as they stand: their files, their commands, and what
these print, in one shell.

A Python block whose first line is ``# name.py`` is a file. A console block is commands (``$ ...``)
and what each prints. Numbers are compared as "a number".
``python -m tests.progress.pages PAGE [POLICY]`` plays one and prints it as it went.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.house import SOURCE
from tests.progress.servers import recipes
from tests.progress.servers.running import free_port
from unstick.lab.pythons.recipes import POLICY, PORT, with_port
from unstick.progress.testing import eventually, leftovers

DONE = "@@ done"
STARTS_WITHIN_S = 60.0
PAGE_WITHIN_S = 600.0
LOOK_EVERY_S = 0.1
SAME_LOOKS = 5
"""Looks in a row that see the same before what was started in the background is at rest."""

MASKS = (
    (r"timer:\(\w+,[^)]*\)", "timer:(...)"),
    (r'File "[^"]*/', 'File "'),  # pages do not know the folder
    (r"(probes|retransmissions) unanswered", "unanswered"),  # where it was when it vanished
    (r"\d[\d.,]*", "N"),
    (r"\s+", " "),
    (r"^(State .*) Process ?$", r"\1"),  # newer versions of ss name that column only with -p
)


@dataclass(frozen=True)
class Step:
    """One command of a page, in the order of the page, and what it prints."""

    command: str
    prints: tuple[str, ...]


def files(text: str) -> dict[str, str]:
    """The programs of a page, by name."""
    return recipes.read(text).files


def steps(text: str) -> Iterator[Step]:
    for block in recipes.BLOCK.finditer(text):
        if block[1] != "console":
            continue
        for part in re.split(r"^\$ ", block[2], flags=re.MULTILINE)[1:]:
            command, *prints = part.splitlines()
            yield Step(command, tuple(prints))


def alike(told: tuple[str, ...], printed: tuple[str, ...]) -> bool:
    """Is what was printed what the page tells, numbers aside? Sockets come in any order."""
    return masked(told) == masked(printed)


def masked(lines: tuple[str, ...]) -> list[str]:
    made = []
    for line in lines:
        for pattern, word in MASKS:
            line = re.sub(pattern, word, line)
        made.append(line.strip())
    return sorted(made)


class Shell:
    """A shell in a folder of its own, at a port of its own, with a page's programs in it.

    ``policy`` instead of the page's; None: the page's, in the page's time. A context manager.
    """

    def __init__(self, folder: Path, text: str, policy: str | None) -> None:
        self.port = free_port()
        self._policy = policy
        for name, content in files(text).items():
            (folder / name).write_text(self._mine(content), "utf-8")
        self._bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._watchdog = threading.Timer(PAGE_WITHIN_S, self._end)
        self._watchdog.start()

    def _mine(self, text: str) -> str:
        text = with_port(text, self.port)
        return POLICY.sub(self._policy, text) if self._policy else text

    def play(self, step: Step) -> Step:
        """The same step with what it printed here."""
        background = step.command.endswith("&")
        before = self._sockets()
        printed = self._run(self._mine(step.command))
        if background:
            self._at_rest(before)
        if jobs := re.fullmatch(r"kill .*?((?:%\d ?)+)", step.command):
            # As an interactive shell does, and without its words for it.
            self._run(f"{{ wait {jobs[1]}; }} 2> /dev/null")
        self._run("jobs > /dev/null 2>&1")  # forgets those that have ended
        return replace(step, prints=printed)

    def _run(self, command: str) -> tuple[str, ...]:
        assert self._bash.stdin
        assert self._bash.stdout
        self._bash.stdin.write(f"{command}\necho '{DONE}'\n")
        self._bash.stdin.flush()
        lines = []
        while (line := self._bash.stdout.readline().rstrip("\n")) != DONE:
            assert self._bash.poll() is None, f"{command}: the shell has ended"
            lines.append(line.replace(str(self.port), PORT))
        return tuple(lines)

    def _sockets(self) -> list[str]:
        return sorted(str(one) for one in leftovers(self.port, but={"TIME-WAIT"}))

    def _at_rest(self, before: list[str]) -> None:
        """Waits until what was started in the background listens, or stands still."""
        seen: list[list[str]] = []

        def rests() -> bool:
            threading.Event().wait(LOOK_EVERY_S)
            seen.append(self._sockets())
            return seen[-1] != before and seen[-SAME_LOOKS:] == [seen[-1]] * SAME_LOOKS

        eventually(rests, STARTS_WITHIN_S, lambda: f"never at rest: {seen[-1]}")

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._bash.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watchdog.cancel()
        self._end()
        self._bash.communicate()


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(SOURCE.parent),
        "PYTHONWARNINGS": "ignore::unstick.progress.errors.PolicyWarning",
        "LC_ALL": "C",
    }


def main() -> int:
    page = Path(sys.argv[1]).read_text("utf-8")
    policy = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder, Shell(Path(folder), page, policy) as shell:
        for step in steps(page):
            played = shell.play(step)
            print(f"$ {step.command}", *played.prints, sep="\n", flush=True)
            if not alike(step.prints, played.prints):
                print("  ^ the page says otherwise", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
