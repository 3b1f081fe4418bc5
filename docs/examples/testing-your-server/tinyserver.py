"""The server under test: two workers, one response, and a send that cannot hang."""

from __future__ import annotations

import socket
import threading

from unstick.progress import Policy, ProgressError, Sender

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"

WORKERS = 2


def deliver(connection: socket.socket, body: bytes, policy: Policy) -> None:
    with Sender(connection, policy, owner=True) as sender:
        sender.send(HEAD % len(body), body)
        sender.finish()


class TinyServer:
    def __init__(self, body: bytes, limits: str, host: str = "127.0.0.1") -> None:
        self.body = body
        self.policy = Policy.parse(limits)
        self.listener = socket.create_server((host, 0), backlog=100)
        self.address = self.listener.getsockname()
        for _ in range(WORKERS):
            threading.Thread(target=self.work, daemon=True).start()

    def work(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:  # closed: the end
                return
            with connection:
                try:
                    connection.recv(65536)
                    deliver(connection, self.body, self.policy)
                except (ProgressError, OSError) as error:
                    print(error)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the workers
        self.listener.close()
