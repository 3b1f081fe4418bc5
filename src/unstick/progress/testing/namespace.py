"""A network namespace without a name: it lives as long as somebody holds it, and no longer.

Nothing of it can be left behind: when this process ends, however it ends, the kernel removes the
namespace with its interfaces (netns(7)); only a process that was started inside keeps it.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from unstick.errors import UnstickError

CLONE_NEWNET = 0x40000000
"""linux/sched.h"""

RUN_WITHIN_S = 20.0

HINT = (
    "run it as root, or all of pytest in: "
    "unshare --user --map-root-user --net sh -c 'ip link set lo up && pytest'"
)


class NoNetworkError(UnstickError):
    """No namespace can be made here; the sentence says what is missing."""


class Namespace:
    """One namespace, empty but for its loopback, which is up."""

    def __init__(self) -> None:
        if not sys.platform.startswith("linux"):
            raise NoNetworkError(f"no network namespaces on {sys.platform}", "use loopback")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.fd = -1
        self._create()
        try:
            self.run("ip", "link", "set", "lo", "up")
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> str:
        """Where other programs find it, as long as it is open here."""
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This thread is inside: sockets made and processes started here belong to the namespace.

        With asyncio: do not ``await`` inside, else the whole loop's thread stays there meanwhile.
        """
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._check(self._libc.setns(self.fd, CLONE_NEWNET), "enter a network namespace")
            try:
                yield
            finally:
                self._check(self._libc.setns(home, CLONE_NEWNET), "leave a network namespace")
        finally:
            os.close(home)

    def run(self, *command: str, text: str | None = None) -> str:
        """What ``command`` prints, run inside with ``text`` as its input. Raises NoNetworkError
        when it is not installed or fails."""
        try:
            with self.inside():
                done = subprocess.run(
                    command, input=text, capture_output=True, text=True, timeout=RUN_WITHIN_S
                )
        except FileNotFoundError:
            raise NoNetworkError(
                f"{command[0]} is not installed", "it needs iproute2 and nftables"
            ) from None
        if done.returncode:
            said = done.stderr.strip().splitlines()[:1]
            raise NoNetworkError(f"{' '.join(command)}: {' '.join(said)}", HINT)
        return done.stdout

    def close(self) -> None:
        """Lets go of it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _create(self) -> None:
        """In a thread of its own, which also tries the way back: a user namespace may make
        networks, and yet may not enter again the one of the machine, which is not its own."""
        errors: list[Exception] = []

        def run() -> None:
            try:
                home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
                try:
                    self._check(self._libc.unshare(CLONE_NEWNET), "make a network namespace")
                    self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
                    self._check(self._libc.setns(home, CLONE_NEWNET), "leave a network namespace")
                finally:
                    os.close(home)
            except Exception as error:  # handed to the caller
                self.close()
                errors.append(error)

        thread = threading.Thread(target=run, name="unstick-namespace")
        thread.start()
        thread.join()
        if errors:
            raise errors[0]

    def _check(self, result: int, what: str) -> None:
        if result:
            reason = os.strerror(ctypes.get_errno())
            raise NoNetworkError(f"cannot {what}: {reason}", HINT)
