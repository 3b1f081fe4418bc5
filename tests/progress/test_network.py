"""What only a network can do to a connection, and the causes at the scale of real limits.

Two namespaces and a cable (root, or a user namespace); skipped with a sentence elsewhere.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

import pytest

from tests.progress.stage import BODY, MB, Doing, Lateness, Stage, doing, on_network, policy, wait
from unstick.progress import (
    Cause,
    Drain,
    KernelTimeout,
    Outcome,
    PeerNotReading,
    PeerSilent,
    PeerTooSlow,
    PeerUnreachable,
    Policy,
    Sender,
    capabilities,
    sample,
)
from unstick.progress.testing import Network, eventually

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

WITHIN_S = 60.0
LATE_S = 3.0
"""A tick, and what a loaded machine adds."""


@pytest.fixture
def far(unstick_network: Network) -> Iterator[Stage]:
    with on_network(unstick_network) as stage:
        yield stage


def sends(sock: socket.socket, line: str, body: int = len(BODY)) -> Doing[Outcome]:
    return doing(lambda: Sender(sock, policy(line), owner=True).send(BODY[:body]))


# --- vanished -------------------------------------------------------------------------------------


@pytest.mark.parametrize("silent", [3, pytest.param(10, marks=pytest.mark.long)])
def test_vanished_in_flight(far: Stage, unstick_network: Network, silent: int) -> None:
    """Scenario 13."""
    far.clients.reads_at(far.address, MB)
    sock = far.accept()
    sending = sends(sock, f"silent={silent}")
    eventually(lambda: (sample(sock).bytes_acked or 0) > 100_000, WITHIN_S)
    unstick_network.vanish()
    with pytest.raises(PeerSilent) as caught:
        sending.done(WITHIN_S)
    outcome = caught.value.outcome
    assert (outcome.last.retransmits or 0) >= 2
    assert silent <= (outcome.since_heard or 0) < silent + LATE_S
    assert outcome.since_progress >= silent
    far.nothing_left()


@pytest.mark.parametrize("probes", ["on", pytest.param("off", marks=pytest.mark.long)])
@pytest.mark.parametrize("silent", [3, pytest.param(10, marks=pytest.mark.long)])
def test_vanished_at_zero_window(
    far: Stage, unstick_network: Network, silent: int, probes: str
) -> None:
    """Scenario 14; fast probes make silence known in time, without them it may be one later."""
    if probes == "on" and "rto_max_ms" not in capabilities():
        pytest.skip("this kernel has no TCP_RTO_MAX_MS (Linux 6.15)")
    far.clients.never_reads(far.address, rcvbuf=8192)
    sock = far.accept()
    sending = sends(sock, f"idle=120 silent={silent} probes={probes}")
    eventually(lambda: sample(sock).snd_wnd == 0, WITHIN_S)
    wait(3)  # the pause between probes has grown
    assert sending.running
    unstick_network.vanish()
    with pytest.raises(PeerSilent, match="probes unanswered") as caught:
        sending.done(WITHIN_S)
    outcome = caught.value.outcome
    assert (outcome.last.probes or 0) >= 1
    assert silent <= (outcome.since_heard or 0)
    if probes == "on":
        assert (outcome.since_heard or 0) < silent + 4 + LATE_S
    far.nothing_left()


def test_close_wait_and_everything_dropped(far: Stage, unstick_network: Network) -> None:
    """Scenario 21, the story: the client ended its side, then a firewall ate all, resets too."""
    far.clients.half_closes(far.address, rate=200_000)
    sock = far.accept()
    eventually(lambda: sample(sock).state_name == "CLOSE_WAIT", WITHIN_S)
    sending = sends(sock, "silent=3")
    eventually(lambda: (sample(sock).bytes_acked or 0) > 50_000, WITHIN_S)
    unstick_network.vanish()
    with pytest.raises(PeerSilent, match="ended its side") as caught:
        sending.done(WITHIN_S)
    assert caught.value.outcome.peer_half_closed
    assert (caught.value.outcome.since_heard or 99) < 3 + LATE_S
    far.nothing_left()


def test_small_response_to_a_vanished_peer(
    far: Stage, unstick_network: Network, machine: Lateness
) -> None:
    """Scenario 22: the kernel takes it at once, and a naive server logs a success."""
    far.clients.reads_all(far.address)
    sock = far.accept()
    unstick_network.vanish()
    sender = Sender(sock, policy("silent=3 drain=fin"))
    first = doing(lambda: sender.send(BODY[:20_000]))
    assert first.done(WITHIN_S).cause is Cause.FLUSHED
    assert (first.seconds or 9) < machine.allows(0.5)
    ending = doing(sender.finish)
    with pytest.raises(PeerSilent) as caught:
        ending.done(WITHIN_S)
    assert caught.value.outcome.acked == 0
    assert (ending.seconds or 0) >= 2.9
    far.nothing_left()


# --- what routers and the kernel say --------------------------------------------------------------


def test_host_unreachable(far: Stage, unstick_network: Network) -> None:
    """Scenario 19: ICMP. Linux keeps trying (RFC 1122 4.2.3.9), so silence is what ends it."""
    far.clients.reads_at(far.address, MB)
    sock = far.accept()
    sending = sends(sock, "silent=4")
    eventually(lambda: (sample(sock).bytes_acked or 0) > 100_000, WITHIN_S)
    unstick_network.reject()
    assert sending.ended(WITHIN_S).cause in {Cause.UNREACHABLE, Cause.SILENT}
    far.nothing_left()


def test_host_unreachable_that_the_kernel_reports(far: Stage, unstick_network: Network) -> None:
    """Scenario 19: once it gives up, the kernel says EHOSTUNREACH and not ETIMEDOUT."""
    far.clients.reads_at(far.address, MB)
    sock = far.accept()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 2000)
    sending = sends(sock, "silent=30")
    eventually(lambda: (sample(sock).bytes_acked or 0) > 100_000, WITHIN_S)
    unstick_network.reject()
    with pytest.raises(PeerUnreachable) as caught:
        sending.done(WITHIN_S)
    assert caught.value.errno == errno.EHOSTUNREACH
    far.nothing_left()


def test_kernel_gives_up_on_a_silent_peer(far: Stage, unstick_network: Network) -> None:
    """Scenario 20: TCP_USER_TIMEOUT=3 s of the application, silent=30."""
    far.clients.reads_at(far.address, MB)
    sock = far.accept()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 3000)
    sending = sends(sock, "silent=30")
    eventually(lambda: (sample(sock).bytes_acked or 0) > 100_000, WITHIN_S)
    unstick_network.vanish()
    with pytest.raises(PeerSilent, match="the kernel gave up: peer silent") as caught:
        sending.done(WITHIN_S)
    outcome = caught.value.outcome
    assert (outcome.cause, outcome.refined) == (Cause.KERNEL_TIMEOUT, Cause.SILENT)
    assert (outcome.errno, outcome.last.state_name) == (errno.ETIMEDOUT, "CLOSE")


def test_kernel_gives_up_on_a_full_peer(far: Stage) -> None:
    """Scenario 20: the same errno for a peer that answers every probe."""
    far.clients.never_reads(far.address, rcvbuf=8192)
    sock = far.accept()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 3000)
    with pytest.raises(PeerNotReading, match="the kernel gave up: peer not reading") as caught:
        sends(sock, "silent=30").done(WITHIN_S)
    outcome = caught.value.outcome
    assert (outcome.cause, outcome.refined) == (Cause.KERNEL_TIMEOUT, Cause.NOT_READING)
    assert not isinstance(caught.value, KernelTimeout)


def test_destroyed_by_an_administrator(far: Stage, unstick_network: Network) -> None:
    """``ss -K``, as ``unstick enforce`` does it."""
    far.clients.never_reads(far.address, rcvbuf=8192)
    sock = far.accept()
    sending = sends(sock, "idle=60")
    eventually(lambda: sample(sock).snd_wnd == 0, WITHIN_S)
    unstick_network.server.run("ss", "-K", "sport", "=", str(far.address[1]))
    assert sending.ended(WITHIN_S).cause is Cause.DESTROYED
    far.nothing_left()


# --- rates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("receiver", "says"), [(True, "receiver"), (False, "network")])
def test_too_slow(far: Stage, unstick_network: Network, receiver: bool, says: str) -> None:
    """Scenario 16: 8 kB/s where 20 are asked for, over 5 s: who is it?"""
    if receiver:
        far.clients.reads_at(far.address, 8000, rcvbuf=8192)
    else:
        unstick_network.rate(8000)
        far.clients.reads_all(far.address)
    sending = sends(far.accept(), "rate=20k/5 grace=5 idle=60")
    with pytest.raises(PeerTooSlow, match=f"limited by {says}") as caught:
        sending.done(WITHIN_S)
    outcome = caught.value.outcome
    assert 0 < (outcome.rate or 0) < 20_000
    assert (outcome.busy or 0) >= 5.0
    far.nothing_left()


def test_fast_enough_is_left_alone(far: Stage, unstick_network: Network) -> None:
    unstick_network.rate(100_000)
    far.clients.reads_all(far.address)
    sender = Sender(far.accept(), policy("rate=5k/1 grace=0.5"))
    sending = doing(lambda: sender.send(BODY[:400_000]) and sender.drain())
    assert sending.done(WITHIN_S).cause is Cause.DELIVERED
    assert (sending.seconds or 0) > 1.5


def test_finish_is_delivered_over_a_network(far: Stage) -> None:
    client = far.clients.reads_all(far.address)
    sender = Sender(far.accept(), Policy(drain=Drain.PEER_CLOSED))
    sender.send(BODY[:MB])
    assert doing(sender.finish).done(WITHIN_S).acked == MB
    assert client.bytes_read == MB
