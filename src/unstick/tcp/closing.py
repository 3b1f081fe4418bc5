"""How states follow each other once an end closes (RFC 9293 3.3.2, 3.6). Tables, no rules.

What a stack decides on a segment is the law's; here is only where an accepted FIN, the own FIN and
its acknowledgment lead.
"""

from __future__ import annotations

from unstick.tcp.vocabulary import State

AFTER_FIN = {
    # the peer's FIN arrives: state before, state after
    State.SYN_RECEIVED: State.CLOSE_WAIT,
    State.ESTABLISHED: State.CLOSE_WAIT,
    State.FIN_WAIT_1: State.CLOSING,
    State.FIN_WAIT_2: State.TIME_WAIT,
}
AFTER_OWN_FIN = {
    State.SYN_RECEIVED: State.FIN_WAIT_1,
    State.ESTABLISHED: State.FIN_WAIT_1,
    State.CLOSE_WAIT: State.LAST_ACK,
}
AFTER_ACK_OF_FIN = {
    State.FIN_WAIT_1: State.FIN_WAIT_2,
    State.CLOSING: State.TIME_WAIT,
    State.LAST_ACK: State.CLOSED,
}
HEARS_TEXT = frozenset({State.SYN_RECEIVED, State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2})
"""Where the peer may still send."""
