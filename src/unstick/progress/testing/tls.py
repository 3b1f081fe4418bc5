"""TLS of a client without its socket: bytes in, bytes out.

``ssl.SSLSocket`` reads and writes when it likes; a client whose reading is the point needs to
decide that itself.
"""

from __future__ import annotations

import ssl
from contextlib import suppress


class Tls:
    """The client's end of one TLS connection. ``over``: the server sent its close_notify."""

    def __init__(self, context: ssl.SSLContext, server_name: str | None) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=False, server_hostname=server_name
        )
        self.over = False

    def handshake(self) -> bool:
        """One step; False while it waits for the server."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def feed(self, received: memoryview) -> None:
        self._incoming.write(received)

    def to_send(self) -> bytes:
        return self._outgoing.read()

    def wrap(self, plain: bytes) -> bytes:
        if plain:
            self._tls.write(plain)
        return self.to_send()

    def unwrap(self, received: memoryview) -> bytes:
        """What ``received`` completes: nothing, or one or more whole records."""
        self._incoming.write(received)
        pieces = []
        try:
            while piece := self._tls.read(1 << 16):
                pieces.append(piece)
            self.over = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.over = True
        return b"".join(pieces)

    def close_notify(self) -> bytes:
        """Says that nothing more will be sent; reading goes on (RFC 8446 6.1)."""
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        return self.to_send()


def trusting() -> ssl.SSLContext:
    """A context that accepts any certificate: it is the test's own server."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
