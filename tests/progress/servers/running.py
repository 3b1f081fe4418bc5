"""One server, started as people start it, in a folder of its own, and ended by its process group.

``UNSTICK_SERVERS_PYTHON`` names the Python whose environment has the servers; without it, this one.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from types import TracebackType

from tests.progress.servers import recipes
from tests.progress.servers.configurations import Configuration
from unstick.lab.pythons import apps, environment
from unstick.lab.pythons.recipes import with_policy, with_port

APPS = Path(apps.__file__).parent
SOURCE = Path(__file__).parents[3] / "src"

STARTS_WITHIN_S = 60.0
"""Generous: the machine may be busy and the server's modules cold."""

HERE = {"HOME": ".", "PYTHONWARNINGS": "ignore::unstick.progress.errors.PolicyWarning"}
"""gunicorn keeps a control socket in its home. The tests' ``idle`` is short on purpose."""

PYTHON = os.environ.get(environment.VARIABLE, sys.executable)


def missing(needs: tuple[str, ...]) -> tuple[str, ...]:
    """The modules of ``needs`` that the servers' environment lacks."""
    return environment.lacking(needs, PYTHON)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Server:
    """A running server: ``port``, ``log`` (its output so far), ``stop`` (seconds it took).

    ``policy`` None: without the guard. ``command`` instead of the recipe's own.
    """

    def __init__(
        self, configuration: Configuration, folder: Path, policy: str | None, command: str = ""
    ) -> None:
        self.configuration = configuration
        self.port = free_port()
        self.folder = folder
        self._output = folder / "log.txt"
        book = recipes.read(recipes.DOCUMENT.read_text("utf-8"))
        for name, text in book.files.items():
            text = with_port(with_policy(text, policy), self.port)
            (folder / name).write_text(text, "utf-8")
        shutil.copy(APPS / f"{configuration.program}.py", folder / "app.py")
        line = command or book.commands[configuration.heading][configuration.command]
        self.command = with_port(f"{line} {configuration.more}".strip(), self.port)
        path = f"{Path(PYTHON).parent}{os.pathsep}{os.environ['PATH']}"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                shlex.split(self.command),
                cwd=folder,
                env={**os.environ, **HERE, "PATH": path, "PYTHONPATH": f"{folder}:{SOURCE}"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its workers end with it, in __exit__
            )

    def __enter__(self) -> Server:
        try:
            self._await_start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def log(self) -> str:
        return self._output.read_text("utf-8", "replace")

    def ask_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def stop(self, within_s: float) -> float | None:
        """Sends SIGTERM; the seconds it took to end, or None if it did not within ``within_s``."""
        began = time.monotonic()
        self.ask_to_stop()
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return None
        return time.monotonic() - began

    def _await_start(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.command} ended:\n{self.log}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                Event().wait(0.1)
        raise RuntimeError(f"{self.command} did not start:\n{self.log}")

    def _end(self) -> None:
        """The whole process group, which is ours: no worker outlives the test."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
