"""A server side and a client side joined by one cable, in namespaces of their own, with weather.

Traffic never leaves them. Needs the right to make namespaces (root, or a user namespace), and the
programs ``ip`` and ``nft``. For what loopback can do without any right see ``clients.vanishes``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from unstick.progress.testing.clients import Clients
from unstick.progress.testing.namespace import Namespace, NoNetworkError
from unstick.progress.testing.weather import Weather

CABLE = "uplink"
"""The interface's name, on both sides."""

MTU_BYTES = 1500

# RFC 5737 and RFC 3849: addresses for documentation, which nobody else has.
SERVER = ("192.0.2.1", "2001:db8::1")
CLIENT = ("192.0.2.2", "2001:db8::2")


class Side:
    """One end of the cable. ``with side.inside():`` sockets and processes begin here."""

    def __init__(self, namespace: Namespace, addresses: tuple[str, str]) -> None:
        self.address, self.address6 = addresses
        self._namespace = namespace

    def inside(self) -> AbstractContextManager[None]:
        """See ``Namespace.inside``."""
        return self._namespace.inside()

    def run(self, *command: str, text: str | None = None) -> str:
        """What a program prints that is run here."""
        return self._namespace.run(*command, text=text)

    def plug_in(self, mtu_bytes: int) -> None:
        """Gives the cable's end its addresses and takes it up."""
        # One segment a packet, as on a real path: loss and rate would else hit 64 KiB at once.
        self.run("ip", "link", "set", CABLE, "mtu", str(mtu_bytes), "gso_max_segs", "1")
        self.run("ip", "address", "add", f"{self.address}/24", "dev", CABLE)
        with suppress(OSError), self.inside():  # not sysctl: procps is not everywhere
            # An unplugged cable would else lose its IPv6 address for good.
            Path(f"/proc/sys/net/ipv6/conf/{CABLE}/keep_addr_on_down").write_text("1")
        with suppress(NoNetworkError):  # a kernel without IPv6
            self.run("ip", "address", "add", f"{self.address6}/64", "dev", CABLE, "nodad")
        self.run("ip", "link", "set", CABLE, "up")


class Network:
    """What ``network()`` yields. ``clients`` makes the worst clients on the client's side.

    The weather is the client's: it changes at once and adds up, ``restore`` makes it fine again.
    """

    def __init__(self, server: Side, client: Side, clients: Clients) -> None:
        self.server = server
        self.client = client
        self.clients = clients
        self._weather = Weather()

    def vanish(self) -> None:
        """Nothing reaches the client or comes from it any more: no answer, no reset, no ICMP."""
        self._change(replace(self._weather, vanished=True))

    def reject(self) -> None:
        """Whatever is sent to the client is answered with ICMP host unreachable."""
        self._change(replace(self._weather, rejecting=True))

    def loss(self, share: float) -> None:
        """Each packet is lost with this probability, each way."""
        self._change(replace(self._weather, loss=share))

    def rate(self, bytes_per_s: float | None) -> None:
        """At most so many bytes a second reach the client; what exceeds it is dropped, not queued.
        After a quiet second a second's worth passes at once (nft_limit.c). None: no limit."""
        self._change(replace(self._weather, rate=bytes_per_s))

    def restore(self) -> None:
        """Fine weather, cable plugged in."""
        self._change(Weather())
        self.client.run("ip", "link", "set", CABLE, "up")

    def unplug(self) -> None:
        """The client's interface goes down. Unlike after ``vanish`` the server's kernel can know
        it: its neighbour no longer answers, and after some seconds it says host unreachable."""
        self.client.run("ip", "link", "set", CABLE, "down")

    def _change(self, weather: Weather) -> None:
        self.client.run("nft", "-f", "-", text=weather.script())
        self._weather = weather


@contextmanager
def network(mtu_bytes: int = MTU_BYTES) -> Iterator[Network]:
    """Two namespaces, one cable; both are gone afterwards, with every socket in them.

    Raises NoNetworkError where that is not possible, with what it would need.
    """
    with ExitStack() as stack:
        ends = [Namespace(), Namespace()]
        for end in ends:
            stack.callback(end.close)
        cable = ("ip", "link", "add", CABLE, "type", "veth", "peer", "name", CABLE)
        ends[0].run(*cable, "netns", ends[1].path)
        sides = Side(ends[0], SERVER), Side(ends[1], CLIENT)
        for side in sides:
            side.plug_in(mtu_bytes)
            stack.callback(_end_sockets, side)
        clients = stack.enter_context(Clients(where=sides[1].inside))
        made = Network(*sides, clients)
        made.restore()  # also shows that nft works, before a test counts on it
        yield made


def _end_sockets(side: Side) -> None:
    """What still waits for an answer would keep the namespace for minutes (tcp_orphan_retries)."""
    with suppress(NoNetworkError):  # SOCK_DESTROY may not be built in
        side.run("ss", "--kill", "--tcp", "--all")
