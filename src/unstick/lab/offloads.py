"""Network cards join and cut segments, and leave checksums to others: here they must not.

Between two namespaces a segment may be 64 KiB long and have no checksum at all, because no wire
ever sees it. A fault, a capture and the rules of TCP all speak of segments as a wire carries them.
"""

from __future__ import annotations

import array
import fcntl
import socket
import struct
from contextlib import suppress

SIOCETHTOOL = 0x8946  # linux/sockios.h

OFF = (
    # linux/ethtool.h: ETHTOOL_S...
    0x00000015,  # RXCSUM
    0x0000001F,  # TSO
    0x00000024,  # GSO
    0x0000002C,  # GRO
    0x00000017,  # TXCSUM: last, TSO hangs on it
    0x00000019,  # SG
)


def switch_off(interface: str) -> None:
    """All of it, for an interface of the namespace the calling thread is in.

    What a driver cannot switch it does not do either: that is no error.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks:
        for command in OFF:
            value = array.array("B", struct.pack("=II", command, 0))  # struct ethtool_value
            address, _ = value.buffer_info()
            with suppress(OSError):
                fcntl.ioctl(asks, SIOCETHTOOL, struct.pack("16sP16x", interface.encode(), address))
