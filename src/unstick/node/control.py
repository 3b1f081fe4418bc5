"""The control socket, for the node's own user: AF_UNIX, one line of JSON asked, one answered.

``{"do": "requests"}`` -> ``{"requests": [...]}``; ``{"do": "cancel", "id": 7}`` ->
``{"cancelled": true}``. Also its client, which needs none of the node's packages.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstick.errors import UsageError

if TYPE_CHECKING:
    from unstick.node.register import Register

ANSWER_S = 10.0
LONGEST_LINE = 1 << 16


def folder() -> Path:
    """Where control sockets are if nobody says: the user's own folder of this boot, or /tmp's."""
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())


def usual_path(port: int) -> Path:
    return folder() / f"unstick-serve-{os.getuid()}-{port}.sock"


def found_path() -> Path:
    """The one node of this user that is running. Raises UsageError if there is not one."""
    paths = sorted(folder().glob(f"unstick-serve-{os.getuid()}-*.sock"))
    live = [path for path in paths if answers(path)]
    if len(live) == 1:
        return live[0]
    if not live:
        raise UsageError("no node of yours is running", "unstick serve --origin URL")
    names = " ".join(map(str, live))
    raise UsageError(f"{len(live)} nodes are running", f"choose one with --control: {names}")


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
        client.settimeout(ANSWER_S)
        client.connect(str(path))
        return True
    return False


def ask(path: Path, **words: object) -> dict[str, Any]:
    """One question to a node. Raises UsageError if nobody is there."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(ANSWER_S)
        try:
            client.connect(str(path))
            client.sendall(json.dumps(words).encode() + b"\n")
            answer: dict[str, Any] = json.loads(client.makefile("rb").readline())
        except (OSError, ValueError) as error:
            raise UsageError(f"{path}: no node answers: {error}", "is it running?") from error
    return answer


class Control(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers ``ask``, for one register, in threads of its own."""

    daemon_threads = True

    def __init__(self, path: Path, register: Register) -> None:
        if path.is_socket() and not answers(path):
            path.unlink()  # of a node that was killed
        self.path = path
        self.register = register
        before = os.umask(0o177)  # the node's user alone may connect
        try:
            super().__init__(str(path), Conversation)
        finally:
            os.umask(before)
        threading.Thread(target=self.serve_forever, name="control", daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asks nonsense, or does not wait for an answer, gets none."""

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.path.unlink(missing_ok=True)


class Conversation(socketserver.StreamRequestHandler):
    timeout = ANSWER_S

    def handle(self) -> None:
        assert isinstance(self.server, Control)
        asked = json.loads(self.rfile.readline(LONGEST_LINE))
        answer: dict[str, Any]
        if asked.get("do") == "requests":
            answer = {"requests": self.server.register.rows()}
        elif asked.get("do") == "cancel":
            answer = {"cancelled": self.server.register.cancel(int(asked["id"]))}
        else:
            answer = {"error": "do: requests, or cancel with an id"}
        self.wfile.write(json.dumps(answer).encode() + b"\n")
