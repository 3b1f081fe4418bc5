"""TLS between the lab's own client and server: no certificate, nothing secret, real records.

TLS 1.2 with an anonymous key exchange (RFC 5246 F.1.1.1): both ends are ours and nobody is to be
convinced of anything. Its close_notify is 31 bytes long, as with any AES-GCM suite of TLS 1.2.
"""

from __future__ import annotations

import ssl
import tempfile

FFDHE2048 = """\
-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""
"""The group of RFC 7919 A.1 as a file for OpenSSL: a public constant."""

ADH_GCM = "ADH-AES256-GCM-SHA384:@SECLEVEL=0"


def context(server: bool) -> ssl.SSLContext:
    """For either end."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_ciphers(ADH_GCM)
    if server:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(FFDHE2048)
            file.flush()
            made.load_dh_params(file.name)
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
