"""What the kernel still holds for a port, and what it does not."""

from __future__ import annotations

import socket
import struct

import pytest

from tests.progress.testing.server import Server, told
from unstick.progress.testing import Clients, eventually, leftovers, nothing_left
from unstick.progress.testing.leftover import parse


def test_a_closed_response_is_left_to_deliver(server: Server, unstick_client: Clients) -> None:
    """What a timeout of most servers leaves: closing is not curing."""
    at = server.address
    client = unstick_client.never_reads(server.address, rcvbuf=8192)
    connection = server.accepts()
    connection.reads()
    sent = connection.fills()
    acked = told(connection, "backoff", 1).acked
    connection.sock.close()
    (left,) = leftovers(at)
    assert (left.state, left.inode) == ("FIN-WAIT-1", 0)
    assert left.unacknowledged_bytes == sent - acked + 1, "the FIN counts one"
    assert left.local == server.address[:2]
    assert left.remote == client.local_address()[:2]  # type: ignore[index]
    with pytest.raises(AssertionError, match=r"1 sockets are left .*\nFIN-WAIT-1 .* of no"):
        nothing_left(at, within_s=0.1)
    client.reset()
    nothing_left(at)


def test_a_reset_leaves_nothing(server: Server, unstick_client: Clients) -> None:
    unstick_client.never_reads(server.address, rcvbuf=8192)
    connection = server.accepts()
    connection.fills()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sock.close()
    assert leftovers(server.address) == []


def test_unread_bytes_and_an_owner(server: Server, unstick_client: Clients) -> None:
    unstick_client.never_reads(server.address, request=b"x" * 1000)
    server.accepts()
    at = server.address
    eventually(lambda: [one.unread_bytes for one in leftovers(at)] == [1000])
    assert leftovers(at)[0].inode > 0


def test_listeners_and_time_wait_only_when_asked_for(
    server: Server, unstick_client: Clients
) -> None:
    at = server.address
    client = unstick_client.reads_all(server.address)
    connection = server.accepts()
    connection.reads()
    connection.sock.close()  # first: TIME-WAIT is ours
    client.ended()
    nothing_left(at)
    # Between FIN-WAIT-2 and TIME-WAIT the kernel lists neither for a moment.
    eventually(lambda: {one.state for one in leftovers(at, but=())} == {"LISTEN", "TIME-WAIT"})


def test_another_port_is_not_ours(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.says_nothing(server.address)
    server.accepts()
    address = client.local_address()
    assert isinstance(address, tuple)
    assert [one.remote[1] for one in leftovers(server.address)] == [address[1]]


def test_the_same_port_elsewhere_is_not_ours() -> None:
    """Another program's client may have our port's number, on another address of the machine."""
    with socket.create_server(("127.0.0.1", 0)) as ours:
        at = ours.getsockname()
        with socket.create_server(("127.0.0.2", at[1])) as others:
            client = socket.create_connection(others.getsockname())
            accepted, _ = others.accept()
            with client, accepted:
                assert leftovers(at) == []
                # At least: programs beside this one may have the port's number, too.
                assert len(leftovers(at[1])) >= 1, "a port alone cannot tell"
                assert len(leftovers(("0.0.0.0", at[1]))) >= 1


ROW = (
    "   1: 0100007F:1F90 0200007F:D2F0 08 0000001A:00000005 01:00000014 00000000  1000"
    "        0 4711 2 0000000000000000 20 4 30 10 -1\n"
)


def test_a_row_of_the_kernels_table() -> None:
    (left,) = parse(["  sl  local_address rem_address   st\n", ROW], socket.AF_INET, 8080)
    assert (
        str(left) == "CLOSE-WAIT 127.0.0.1:8080 to 127.0.0.2:54000: 26 B unacknowledged, 5 B unread"
    )
    assert (left.local, left.inode) == (("127.0.0.1", 8080), 4711)
    assert parse([ROW], socket.AF_INET, 80) == []
