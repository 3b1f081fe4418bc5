"""One peer twice: for ``send``, and for the naive sender, which must fail where it does not."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.progress.naive import naive_failure
from tests.progress.stage import BODY, Doing, Stage, doing, policy, wait
from unstick.progress import Cause, Outcome, send
from unstick.progress.testing import Client

HURRY_S = 120.0
"""For the rest of a body, read as fast as it comes."""


class Scene:
    """``client()`` makes the peer; ``line`` is the policy of both senders, ``body`` its bytes."""

    def __init__(self, stage: Stage, client: Callable[[], Client], line: str, body: int) -> None:
        self.client = client()
        self.sock = stage.accept()
        client()
        other = stage.accept()
        limits, data = policy(line), BODY[:body]
        self.started = time.monotonic()
        self.sending: Doing[Outcome] = doing(lambda: send(self.sock, data, policy=limits))
        self.naive: Doing[str] = doing(lambda: naive_failure(other, [data], limits))

    def lives(self, seconds: float) -> None:
        """Nothing ends it for so long, and the naive sender has failed."""
        wait(seconds)
        assert self.sending.running, self.sending.error or self.sending.result
        assert self.naive.done(time.monotonic() - self.started + 1), (
            "the naive sender did as well: this scene shows nothing"
        )

    def is_delivered(self, body: int) -> Outcome:
        """Once the reader hurries, or has come back."""
        outcome = self.sending.ended(time.monotonic() - self.started + HURRY_S)
        assert (outcome.cause, outcome.acked) == (Cause.DELIVERED, body), str(outcome)
        return outcome
