"""Each client does what its name says, judged by the server's kernel; a look-alike does not."""

from __future__ import annotations

import pytest

from tests.progress.testing.server import Server, told
from unstick.progress.testing import Clients, End, eventually, http_get

BODY = 300_000


def test_never_reads_closes_its_window_and_answers_probes(
    server: Server, unstick_client: Clients
) -> None:
    client = unstick_client.never_reads(server.address, rcvbuf=8192)
    connection = server.accepts()
    assert connection.reads() == http_get()
    connection.fills()
    # Linux answers at most one probe in 500 ms (tcp_invalid_ratelimit): the second may get none.
    told(connection, "backoff", 3)
    eventually(lambda: connection.told().probes == 0, 20, "probes are answered: the peer lives")
    probed = connection.told()
    assert probed.snd_wnd == 0
    assert (client.bytes_read, client.end, client.state()) == (0, None, "ESTABLISHED")
    assert client.report().unread_bytes == probed.acked


def test_the_first_made_is_the_first_accepted(server: Server) -> None:
    """Also of different Clients, each with its thread: who holds a worker comes before who asks."""
    for _ in range(20):
        with Clients() as some, Clients() as others:
            made = [one.says_nothing(server.address) for one in (some, others, some, others)]
            accepted = [server.accepts().sock.getpeername() for _ in made]
            assert accepted == [client.local_address() for client in made]


def test_reads_all_is_no_such_client(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.reads_all(server.address, keep=None)
    connection = server.accepts()
    connection.reads()
    connection.sends(BODY)
    assert client.ended() is End.EOF
    assert connection.told().snd_wnd > 0
    response = client.response()
    assert (response.status, response.complete, len(response.body)) == (200, True, BODY)


def test_reads_at_keeps_its_rate_and_never_stops(server: Server, unstick_client: Clients) -> None:
    rate = 40_000
    client = unstick_client.reads_at(server.address, rate, every_s=0.05, rcvbuf=16384)
    connection = server.accepts()
    connection.fills()
    client.until(lambda client: client.bytes_read >= 60_000, within_s=20)
    report = client.report()
    assert 60_000 <= report.bytes_read <= rate * report.age_s
    assert client.report().longest_gap_s < 5, "small steady reads"
    assert connection.told().acked > 0


def test_half_closes_and_still_reads_to_the_end(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.half_closes(server.address)
    connection = server.accepts()
    connection.reads()
    assert connection.sock.recv(1) == b""
    assert connection.told().state == "CLOSE-WAIT"
    client.until(lambda client: client.state() == "FIN-WAIT-2")
    connection.sends(BODY)
    assert client.ended() is End.EOF
    assert client.bytes_read > BODY


def test_pauses_and_resumes(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.pauses(server.address, 1.0, after_bytes=10_000, rcvbuf=8192)
    connection = server.accepts()
    connection.fills()
    client.until(lambda client: client.bytes_read >= 10_000)
    assert client.bytes_read == 10_000
    assert connection.told().snd_wnd == 0, "the server was made to wait"
    client.until(lambda client: client.bytes_read == connection.sent, within_s=20)
    assert client.report().longest_gap_s >= 1.0


def test_aborts_with_a_reset(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.aborts(server.address, read_first=1000)
    connection = server.accepts()
    connection.reads()
    connection.sock.sendall(b"x" * 5000)
    assert client.ended() is End.ABORTED
    with pytest.raises(ConnectionResetError):
        connection.sock.recv(1)
    assert connection.told().state == "CLOSED"
    assert client.bytes_read == 1000


def test_closing_with_nothing_unread_is_no_reset(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.says_nothing(server.address)
    connection = server.accepts()
    client.close()
    assert connection.sock.recv(1) == b""
    assert connection.told().state == "CLOSE-WAIT"


def test_reset_on_demand(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.says_nothing(server.address)
    connection = server.accepts()
    client.reset()
    with pytest.raises(ConnectionResetError):
        connection.sock.recv(1)


def test_closes_unread_is_a_reset(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.closes_unread(server.address, unread=2000)
    connection = server.accepts()
    connection.reads()
    connection.sock.sendall(b"x" * 1999)
    eventually(connection.delivered)
    assert client.end is None, "one byte is missing"
    connection.sock.sendall(b"x")
    assert client.ended() is End.CLOSED
    with pytest.raises(ConnectionResetError):
        connection.sock.recv(1)


def test_pipelines_a_second_request_then_closes(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.pipelines(server.address, read_first=100, second=http_get("/2"))
    connection = server.accepts()
    assert connection.reads() == http_get()
    connection.sock.sendall(b"x" * 100)
    assert connection.reads() == http_get("/2")
    assert connection.sock.recv(1) == b""
    assert client.ended() is End.CLOSED


def test_says_nothing(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.says_nothing(server.address)
    connection = server.accepts()
    connection.sock.sendall(b"are you there?")
    eventually(connection.delivered)
    assert connection.told().state == "ESTABLISHED"
    assert (client.bytes_sent, client.bytes_read) == (0, 0)


def test_vanishes_in_flight(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.vanishes(server.address, read_first=1000)
    connection = server.accepts()
    connection.reads()
    connection.sock.sendall(b"x" * 1000)
    client.until(lambda client: client.report().doing == "hold")
    eventually(connection.delivered)
    heard = connection.told().segments_in
    connection.sock.sendall(b"y" * 5000)
    lost = told(connection, "retransmits", 2)
    assert (lost.unacked > 0, lost.segments_in) == (True, heard), "nothing was heard"
    assert lost.state == "ESTABLISHED"
    client.come_back()
    eventually(connection.delivered, within_s=20)


def test_vanishes_at_zero_window(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.never_reads(server.address, rcvbuf=8192)
    connection = server.accepts()
    connection.fills()
    told(connection, "backoff", 1)
    client.vanish()
    lost = told(connection, "probes", 2)
    assert (lost.snd_wnd, lost.unacked) == (0, 0)
    client.close()
    eventually(lambda: connection.told().state == "CLOSED", 20, "the end resets what it left")
