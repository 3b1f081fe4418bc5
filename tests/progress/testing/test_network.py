"""The weather of a network, judged by the server's kernel; needs root (or a user namespace)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.progress.testing.server import Server, told
from unstick.progress.testing import End, Network, eventually, leftovers, served_within
from unstick.progress.testing.namespace import NoNetworkError
from unstick.progress.testing.networks import Side
from unstick.progress.testing.weather import Weather


@pytest.fixture
def server(request: pytest.FixtureRequest, unstick_network: Network) -> Server:
    side = unstick_network.server
    with side.inside():
        family = getattr(request, "param", socket.AF_INET)
        return Server(family, (side.address, side.address6))


@pytest.mark.parametrize("server", [socket.AF_INET, socket.AF_INET6], indirect=True)
def test_vanish_and_restore(unstick_network: Network, server: Server) -> None:
    client = unstick_network.clients.reads_all(server.address)
    connection = server.accepts()
    connection.reads()
    unstick_network.vanish()
    heard = connection.told().segments_in
    connection.sock.sendall(b"x" * 5000)
    lost = told(connection, "retransmits", 2)
    assert (lost.unacked > 0, lost.segments_in, lost.state) == (True, heard, "ESTABLISHED")
    unstick_network.restore()
    client.until(lambda client: client.bytes_read == 5000, within_s=20)


def test_unplugged_is_silent_too_and_comes_back(unstick_network: Network, server: Server) -> None:
    client = unstick_network.clients.reads_all(server.address)
    connection = server.accepts()
    unstick_network.unplug()
    connection.sock.sendall(b"x" * 5000)
    told(connection, "retransmits", 2)
    assert client.bytes_read == 0
    unstick_network.restore()
    client.until(lambda client: client.bytes_read == 5000, within_s=20)


def test_reject_is_told_to_the_server(unstick_network: Network, server: Server) -> None:
    unstick_network.clients.says_nothing(server.address)
    connection = server.accepts()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000)
    unstick_network.reject()
    connection.sock.sendall(b"x")
    eventually(lambda: connection.told().state == "CLOSED", within_s=30)
    with pytest.raises(OSError, match="No route to host"):
        connection.sock.recv(1)


def test_loss_costs_segments_and_loses_nothing(unstick_network: Network, server: Server) -> None:
    client = unstick_network.clients.reads_all(server.address, keep=None)
    connection = server.accepts()
    unstick_network.loss(0.2)
    connection.sock.settimeout(60)
    connection.sends(60_000)
    assert client.ended(60) is End.EOF
    assert len(client.response().body) == 60_000
    assert connection.told().total_retransmits > 0


def test_fine_weather_loses_nothing(unstick_network: Network, server: Server) -> None:
    """All that was sent arrives. It may be sent again all the same, if this machine is busy."""
    unstick_network.loss(0.2)
    unstick_network.restore()
    client = unstick_network.clients.reads_all(server.address)
    connection = server.accepts()
    connection.sends(100_000)
    assert client.ended() is End.EOF
    assert counters(unstick_network.server)["OutSegs"] > 60
    eventually(lambda: nothing_is_missing(unstick_network))


def nothing_is_missing(network: Network) -> bool:
    """Has the client's kernel had every segment that the server's sent?"""
    there, here = counters(network.server), counters(network.client)
    return there["OutSegs"] + there["RetransSegs"] == here["InSegs"]


def counters(side: Side) -> dict[str, int]:
    """What the kernel of this side counts of TCP."""
    lines = side.run("cat", "/proc/net/snmp").splitlines()
    names, values = (line.split()[1:] for line in lines if line.startswith("Tcp:"))
    return dict(zip(names, map(int, values), strict=True))


def test_rate_holds_back(unstick_network: Network, server: Server) -> None:
    rate = 20_000
    unstick_network.rate(rate)
    client = unstick_network.clients.reads_all(server.address)
    connection = server.accepts()
    connection.sends(4 * rate)
    assert client.ended(60) is End.EOF
    # A second's worth and the burst pass at once; the rest takes its time.
    ended_s = client.report().ended_s
    assert ended_s is not None
    assert ended_s >= 2


def test_segments_are_single_packets(unstick_network: Network, server: Server) -> None:
    client = unstick_network.clients.reads_all(server.address)
    connection = server.accepts()
    connection.sends(100_000)
    assert client.ended() is End.EOF
    devices = unstick_network.client.run("cat", "/proc/self/net/dev").splitlines()
    (cable,) = (line.split() for line in devices if "uplink" in line)
    assert int(cable[2]) >= 100_000 // 1448, "packets received"


def test_only_the_network_sees_its_sockets(unstick_network: Network, server: Server) -> None:
    unstick_network.clients.says_nothing(server.address)
    server.accepts()
    with unstick_network.server.inside():
        assert [one.state for one in leftovers(server.address)] == ["ESTABLISHED"]
    assert not leftovers(server.address)


def test_served_within_over_the_network(unstick_network: Network, server: Server) -> None:
    unstick_network.vanish()
    with pytest.raises(AssertionError, match="not connected"):
        served_within(server.address, 0.3, unstick_network.clients)


def test_this_thread_stays_where_it_was(unstick_network: Network) -> None:
    def here() -> str:
        return os.readlink("/proc/thread-self/ns/net")

    home = here()
    with suppress(ZeroDivisionError), unstick_network.client.inside():
        assert here() != home
        _ = 1 / 0
    assert here() == home


KILLED = """
import os, sys
from unstick.progress.testing import network
with network() as made:
    print(os.getpid(), made.client._namespace.fd, flush=True)
    sys.stdin.read()
"""


def test_killed_in_the_middle_leaves_nothing(unstick_network: Network) -> None:
    """The client's side, held open from here, loses its cable when the server's side is gone."""
    holder = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    try:
        pid, fd = holder.stdout.readline().split()
        held = os.open(f"/proc/{pid}/fd/{fd}", os.O_RDONLY)
    finally:
        holder.kill()
        holder.communicate(timeout=30)
    try:
        eventually(lambda: "uplink" not in interfaces(held, unstick_network), within_s=20)
    finally:
        os.close(held)


def interfaces(namespace: int, ours: Network) -> str:
    entered = f"--net=/proc/{os.getpid()}/fd/{namespace}"
    return ours.client.run("nsenter", entered, "ip", "-brief", "link")


MADE = "from unstick.progress.testing import network\nwith network(): print('made')\n"


@pytest.mark.parametrize(
    ("own_network", "outcome"),
    [("--net", "made"), ("--keep-caps", "cannot leave a network namespace")],
)
def test_in_a_user_namespace(own_network: str, outcome: str) -> None:
    """As the hint says; without a network of its own there is no way back, which is said."""
    users = ("unshare", "--user", "--map-root-user", own_network)
    if subprocess.run([*users, "true"], capture_output=True, timeout=30).returncode:
        pytest.skip("user namespaces are switched off here")
    command = [*users, sys.executable, "-c", MADE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert outcome in done.stdout + done.stderr


def test_a_program_that_is_not_there(unstick_network: Network) -> None:
    with pytest.raises(NoNetworkError, match="no-such-program is not installed"):
        unstick_network.client.run("no-such-program")


@pytest.mark.parametrize(
    ("weather", "line"),
    [
        (Weather(vanished=True), "drop"),
        (Weather(loss=0.25), "numgen random mod 10000 < 2500 drop"),
        (Weather(rate=100_000), "limit rate over 100000 bytes/second burst 10000 bytes drop"),
        (Weather(rate=10), "limit rate over 10 bytes/second burst 3000 bytes drop"),
        (Weather(rejecting=True), "meta l4proto tcp reject with icmpx type host-unreachable"),
    ],
)
def test_weather_as_nft_reads_it(weather: Weather, line: str) -> None:
    assert line in [rule.strip() for rule in weather.script().splitlines()]
    assert line not in [rule.strip() for rule in Weather().script().splitlines()]


def test_impossible_weather_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Weather(loss=30)
    with pytest.raises(ValueError, match="use vanish"):
        Weather(rate=0)
