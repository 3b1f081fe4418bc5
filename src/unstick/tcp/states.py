"""The states of RFC 9293 3.3.2 as plain ints: in the compiled hot files they are C constants."""

from __future__ import annotations

from unstick.tcp.vocabulary import State

STATE_CLOSED = int(State.CLOSED)
STATE_LISTEN = int(State.LISTEN)
STATE_SYN_SENT = int(State.SYN_SENT)
STATE_SYN_RECEIVED = int(State.SYN_RECEIVED)
STATE_ESTABLISHED = int(State.ESTABLISHED)
STATE_FIN_WAIT_1 = int(State.FIN_WAIT_1)
STATE_FIN_WAIT_2 = int(State.FIN_WAIT_2)
STATE_CLOSE_WAIT = int(State.CLOSE_WAIT)
STATE_CLOSING = int(State.CLOSING)
STATE_LAST_ACK = int(State.LAST_ACK)
STATE_TIME_WAIT = int(State.TIME_WAIT)
