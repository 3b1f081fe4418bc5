"""TLS between the lab's own client and server: no certificate, nothing secret, real records.

TLS 1.2 with an anonymous key exchange (RFC 5246 F.1.1.1): both ends are ours and nobody is to be
convinced of anything. Its close_notify is 31 bytes long, as with any AES-GCM suite of TLS 1.2.
"""

from __future__ import annotations

import ssl

ADH_GCM = "ADH-AES256-GCM-SHA384:@SECLEVEL=0"


def context(server: bool) -> ssl.SSLContext:
    """For either end."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_ciphers(ADH_GCM)
    return made


class Wrapped:
    """The server's end of one connection: bytes in, bytes out."""

    def __init__(self) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context(server=True).wrap_bio(self._in, self._out, server_side=True)
        self._open = False

    def unwrap(self, received: bytes) -> bytes:
        """What ``received`` says, if it completes anything; ``to_send`` may have grown."""
        self._in.write(received)
        try:
            if not self._open:
                self._tls.do_handshake()
                self._open = True
            return self._tls.read(65536)
        except ssl.SSLWantReadError:
            return b""

    def wrap(self, plain: bytes) -> bytes:
        self._tls.write(plain)
        return self._out.read()

    def to_send(self) -> bytes:
        return self._out.read()
