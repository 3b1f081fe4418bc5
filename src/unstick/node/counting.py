"""Which of a connection's bytes belong to this response: a difference of the kernel's counters."""

from __future__ import annotations

from unstick.progress.outcome import Sample


class Count:
    """Counts from a first look, taken before the response's first byte.

    What lay in the kernel then is an earlier response's, and comes off the counts first.
    """

    def __init__(self, first: Sample) -> None:
        self.before_acked = (first.bytes_acked or 0) + first.held_bytes
        self.before_sent = sent_bytes(first) + (first.notsent_bytes or 0)

    def acked(self, now: Sample) -> int:
        """Bytes of this response that the client's kernel has acknowledged."""
        return max(0, (now.bytes_acked or 0) - self.before_acked)

    def sent(self, now: Sample) -> int:
        """Bytes of this response that were sent at least once."""
        return max(0, sent_bytes(now) - self.before_sent)


def sent_bytes(look: Sample) -> int:
    return (look.bytes_sent or 0) - (look.bytes_retrans or 0)
