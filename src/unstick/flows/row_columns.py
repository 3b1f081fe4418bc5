"""Columns of the table of finished rows: one connection as ``streams`` tells it, in numbers.

In the order of the contract, so that a row becomes a line by going through it once. Unknown is
``NONE`` (``wire.columns``). This file names columns only.
"""

from __future__ import annotations

(
    R_NUMBER,  # stream number
    R_VERSION,  # of IP; 4 or 6
    R_CLIENT_HIGH,  # address as two signed 64-bit halves
    R_CLIENT_LOW,
    R_CLIENT_PORT,
    R_SERVER_HIGH,
    R_SERVER_LOW,
    R_SERVER_PORT,
    R_FIRST_FRAME,  # counted through all files of a rotation
    R_LAST_FRAME,
    R_FIRST_NS,
    R_DURATION_NS,  # never negative
    R_CLIENT_PACKETS,  # client and server by turns from here on
    R_SERVER_PACKETS,
    R_CLIENT_BYTES,
    R_SERVER_BYTES,
    R_CLIENT_RETRANSMITTED,
    R_SERVER_RETRANSMITTED,
    R_CLIENT_ZERO_WINDOWS,
    R_SERVER_ZERO_WINDOWS,
    R_CLIENT_RESETS,
    R_SERVER_RESETS,
    R_CLIENT_STATE,  # as in tcp.vocabulary
    R_SERVER_STATE,
    R_COMPLETE,  # 1: both handshake and both closes were seen
) = range(25)
ROW_WIDTH = 25
