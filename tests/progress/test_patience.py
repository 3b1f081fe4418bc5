"""Whom a send must not end, at the scale of real limits; and the naive sender, which fails on each.

Every scene is played by both at once, side by side: ``send`` must be alive at the end of it, and
deliver every byte once the reader hurries; ``tests/progress/naive.py`` must have failed.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator

import pytest

from tests.progress.naive import naive_failure
from tests.progress.scene import HURRY_S, Scene
from tests.progress.stage import BODY, MB, Stage, doing, on_network, policy, wait
from unstick.progress import Cause, Outcome, Policy, Sender, sample, send
from unstick.progress.testing import Client, Network, eventually
from unstick.progress.testing.script import Hold, Lose, Pause, Read

pytestmark = [
    pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning"),
    pytest.mark.long,
]

SO_SNDBUFFORCE = 32  # asm-generic/socket.h: beyond net.core.wmem_max, for root


def test_steady_reader_of_a_large_buffer(ipv4: Stage) -> None:
    """Scenario 2: 50 kB/s; the socket is writable every 20 s, an ACK comes every few."""
    scene = Scene(ipv4, lambda: ipv4.clients.reads_at(ipv4.address, 50_000), "idle=10", 6 * MB)
    scene.lives(40)
    assert "gave up: not writable for 10" in scene.naive.done(HURRY_S)
    scene.client.do(Read())
    scene.is_delivered(6 * MB)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_with_a_limit(ipv4: Stage) -> None:
    """Scenario 3: ``curl --limit-rate 20k``, idle=15.

    Its kernel (Linux 6.18, tcp_rmem up to 32 MB) takes megabytes at once and then acknowledges
    nothing for 100 s: hence ``pace``. Without it idle=15 ends this reader, which is shown, too.
    """
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    url = f"http://127.0.0.1:{ipv4.address[1]}/"
    command = ["curl", "-s", "--limit-rate", "20k", "-o", "/dev/null", url]
    readers = [subprocess.Popen(command) for _ in range(3)]
    try:
        patient, strict, other = (ipv4.accept() for _ in range(3))
        sender = Sender(patient, policy("idle=15 pace=20k"))
        sending = doing(lambda: sender.send(head, BODY) and sender.drain())
        idle = doing(lambda: send(strict, head, BODY, policy=policy("idle=15")))
        naive = doing(lambda: naive_failure(other, [head, BODY], policy("idle=15")))
        wait(60)
        assert sending.running, sending.error
        assert "gave up" in naive.done(61)
        if not idle.running:
            assert idle.ended(61).cause is Cause.NOT_READING
        sender.abort()
    finally:
        for reader in readers:
            reader.kill()
            reader.wait(10)


def test_paused_player(ipv4: Stage) -> None:
    """Scenario 11: stops for 40 s, and answers every probe; idle=120 silent=10."""
    scene = Scene(
        ipv4,
        lambda: ipv4.clients.pauses(ipv4.address, 40.0, after_bytes=100_000, rcvbuf=65536),
        "idle=120 silent=10",
        6 * MB,
    )
    scene.lives(35)
    scene.is_delivered(6 * MB)


def test_paused_player_on_a_kernel_with_slow_probes(ipv4: Stage) -> None:
    """The same where TCP_RTO_MAX_MS is not used: answers are further apart than ``silent``."""
    scene = Scene(
        ipv4,
        lambda: ipv4.clients.pauses(ipv4.address, 60.0, after_bytes=100_000, rcvbuf=65536),
        "idle=120 silent=3 probes=off",
        6 * MB,
    )
    scene.lives(55)
    assert (sample(scene.sock).since_heard or 0) > 0
    scene.is_delivered(6 * MB)


def test_slow_application(ipv4: Stage) -> None:
    """Scenario 7: 1 kB every 5 s for a minute, min_rate=10 kB/s over 10 s."""
    limits = policy("rate=10k/10 grace=1")

    def events() -> Iterator[bytes]:
        for _ in range(12):
            yield bytes(1000)
            wait(5)

    def serve(sock: socket.socket, pieces: Iterable[bytes]) -> Outcome:
        with Sender(sock, limits) as sender:
            for one in pieces:
                sender.send(one)
            return sender.drain()

    ipv4.clients.reads_all(ipv4.address)
    sock = ipv4.accept()
    ipv4.clients.reads_all(ipv4.address)
    other = ipv4.accept()
    sending = doing(lambda: serve(sock, events()))
    naive = doing(lambda: naive_failure(other, events(), limits))
    assert sending.done(120).cause is Cause.DELIVERED
    assert "gave up" in naive.done(120)
    assert "B/s" in naive.done(1)


STOPPED = """
import socket, sys
sys.path.insert(0, sys.argv[2])
from tests.progress.naive import naive_failure
from unstick.progress import Policy, send
sock = socket.socket(fileno=int(sys.argv[1]))
limits, data = Policy.parse("idle=10 silent=10"), [bytes(6_000_000)]
print("ready", flush=True)
print(send(sock, *data, policy=limits) if sys.argv[3] == "send" else
      naive_failure(sock, data, limits), flush=True)
"""


@pytest.mark.parametrize(("kind", "says"), [("send", "DELIVERED"), ("naive", "gave up")])
def test_stopped_process(ipv4: Stage, kind: str, says: str) -> None:
    """Scenario 12, by SIGSTOP: 20 s without a look, idle=10; what happens meanwhile is not known.

    The peer stands still as long, as a peer in the same event loop or the same virtual machine.
    """
    from tests.house import REPOSITORY

    client = ipv4.clients.does(ipv4.address, Read(100_000), Hold(), rcvbuf=65536)
    sock = ipv4.accept()
    number = str(sock.fileno())
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", STOPPED, number, str(REPOSITORY), kind],
        pass_fds=[sock.fileno()],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY / "src",
    )
    assert child.stdout
    try:
        assert child.stdout.readline() == "ready\n"
        eventually(lambda: sample(sock).snd_wnd == 0, 20)
        child.send_signal(signal.SIGSTOP)
        wait(20)
        child.send_signal(signal.SIGCONT)
        wait(1)  # both have looked: the naive one saw that nothing was writable for 20 s
        client.do(Read())
        assert says in child.communicate(timeout=HURRY_S)[0]
    finally:
        child.kill()
        child.wait(10)


# --- with a network -------------------------------------------------------------------------------


@pytest.fixture
def far(unstick_network: Network) -> Iterator[Stage]:
    with on_network(unstick_network) as stage:
        yield stage


def test_tiny_window_and_a_reader_of_1000_bytes_a_second(
    far: Stage, unstick_network: Network
) -> None:
    """Scenario 4: TCP_USER_TIMEOUT, which is not an idle limit, ends this reader; we do not."""

    def client() -> Client:
        return far.clients.reads_at(far.address, 1000, rcvbuf=2048)  # the kernel doubles it

    # As on a real interface: what the window must hold whole for tcp_ack_probe() to see progress
    # is the first buffer of the queue, of up to 64 KiB.
    unstick_network.server.run("ip", "link", "set", "uplink", "gso_max_segs", "65535")
    far.listener.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, MB)
    scene = Scene(far, client, "idle=15", 4 * MB)
    client()
    other = far.accept()
    other.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 10_000)
    sender = Sender(other, policy("idle=100"))
    kernel = doing(lambda: sender.send(BODY[: 4 * MB]))
    scene.lives(45)
    assert (sample(scene.sock).bytes_acked or 0) > 30_000
    if kernel.running:
        sender.abort()
        pytest.skip("this kernel's TCP_USER_TIMEOUT lets a peer live that makes progress")
    assert kernel.ended(46).cause is Cause.KERNEL_TIMEOUT
    assert kernel.ended(46).acked > 5_000


def test_loss_of_a_third(far: Stage) -> None:
    """Scenario 9: 35 % of the segments to the reader are lost."""
    scene = Scene(
        far, lambda: far.clients.does(far.address, Lose(0.35), Read()), "idle=60 silent=30", 150_000
    )
    outcome = scene.is_delivered(150_000)
    assert (outcome.last.total_retrans or 0) > 20
    assert "believed" in scene.naive.done(HURRY_S)


@pytest.mark.parametrize("how", ["vanish", "unplug"])
def test_hand_over(far: Stage, unstick_network: Network, how: str) -> None:
    """Scenario 10: nothing passes for 8 s, then everything; silent=30."""
    far.listener.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 4 * MB)  # as a long path makes it
    line = "silent=30 pace=20k"
    scene = Scene(far, lambda: far.clients.reads_at(far.address, 60_000), line, 12 * MB)
    wait(4)
    getattr(unstick_network, how)()
    wait(8)
    unstick_network.restore()
    scene.lives(45)
    assert "gave up: not writable for 30" in scene.naive.done(61)
    scene.client.do(Read())
    assert (scene.is_delivered(12 * MB).last.total_retrans or 0) > 0


def test_paused_player_far_away(far: Stage) -> None:
    scene = Scene(
        far,
        lambda: far.clients.does(far.address, Read(100_000), Pause(25), Read(), rcvbuf=65536),
        "idle=60 silent=5",
        3 * MB,
    )
    scene.lives(20)
    scene.is_delivered(3 * MB)


def test_policy_of_the_scenes_is_the_default_one() -> None:
    """What is not said in a scene's line is what everybody gets."""
    assert policy("idle=60 silent=30") == Policy()
