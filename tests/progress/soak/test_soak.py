"""The soak in small, and that its report sees what must not be. In full: ``make soak``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.progress.soak.crowd import LEAVING, WITHIN
from tests.progress.soak.playing import Left, Plan, Result, Stayed, play
from tests.progress.soak.report import by_habit, complaints, silent_by_chance, table
from tests.progress.soak.serving import NAIVE, WAYS, Ended
from unstick.progress.testing import Client, Clients


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")
def test_nobody_within_the_policy_is_ended_and_everybody_else_is() -> None:
    """A fifth of the limits, a third of the crowd, 90 seconds."""
    result = play(Plan(90.0, idle_s=12.0, silent_s=8.0, share=0.34), lambda text: None)
    assert not list(complaints(result))
    assert {one.way for one in result.stayed} == set(WAYS)
    assert len(result.left) > 20
    # The naive sender, beside: a soak that it would pass shows nothing.
    naive = dict(line.split(": ") for line in by_habit(result))
    assert {"200 B/s", "half-closed"} <= naive.keys()


class TestReport:
    """Of a result that was never played."""

    plan = Plan(60.0)

    @pytest.fixture
    def client(self, unstick_client: Clients) -> Client:
        return unstick_client.says_nothing(("127.0.0.1", 1))

    def stayed(self, client: Client, way: str = "Sender", at: int = 0) -> Stayed:
        return Stayed(way, WITHIN[at], client, 1, whole=True)

    def test_all_is_well(self, client: Client) -> None:
        left = Left("Sender", LEAVING[0], client, 2, None, 100.0, Ended(105.0, 1, "SILENT"))
        result = Result(self.plan, "here", [self.stayed(client)], [left])
        assert not list(complaints(result))
        assert "| Sender | 1 | 0 | 1 | 1 | 1 | +5.0 s |" in list(table(result))

    def test_a_false_kill(self, client: Client) -> None:
        false = replace(self.stayed(client), ended=Ended(1.0, 1, "PeerNotReading: ..."))
        (told,) = complaints(Result(self.plan, "here", [false]))
        assert told == "Sender: 200 B/s was ended: PeerNotReading: ..."
        naive = replace(false, way=NAIVE)
        assert not list(complaints(Result(self.plan, "here", [naive])))
        assert list(by_habit(Result(self.plan, "here", [naive]))) == ["200 B/s: 1 of 1"]

    def test_bytes_that_are_missing(self, client: Client) -> None:
        cut = replace(self.stayed(client), whole=False)
        (told,) = complaints(Result(self.plan, "here", [cut]))
        assert "did not get all" in told

    @pytest.mark.parametrize(
        ("ended", "says"), [(None, "was not ended"), (Ended(110.0, 1, "SILENT"), "10.0 s late")]
    )
    def test_one_that_is_held(self, client: Client, ended: Ended | None, says: str) -> None:
        held = Left("install", LEAVING[0], client, 2, None, 100.0, ended)
        (told,) = complaints(Result(self.plan, "here", [], [held]))
        assert says in told

    def test_what_is_left_in_the_kernel(self) -> None:
        (told,) = complaints(Result(self.plan, "here", in_kernel=["FIN-WAIT-1 ..."]))
        assert told == "left in the kernel: FIN-WAIT-1 ..."

    def test_silence_by_chance_is_silence(self, client: Client) -> None:
        """Of a lossy client that read nothing for as long as the limit is; of no other."""
        lossy = next(at for at, one in enumerate(WITHIN) if one.lossy)
        ended = Ended(1.0, 1, "PeerSilent: SILENT")
        unlucky = replace(self.stayed(client, at=lossy), ended=ended, unread_s=31.0)
        assert not list(complaints(Result(self.plan, "here", [unlucky])))
        assert silent_by_chance(Result(self.plan, "here", [unlucky])) == [unlucky]
        for wrong in (
            replace(unlucky, unread_s=9.0),
            replace(unlucky, habit=WITHIN[0]),
            replace(unlucky, ended=Ended(1.0, 1, "PeerNotReading: NOT_READING")),
        ):
            assert len(list(complaints(Result(self.plan, "here", [wrong])))) == 1
