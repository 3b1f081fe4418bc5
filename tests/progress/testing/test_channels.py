"""The same clients under TLS and over AF_UNIX, and what cannot be done there."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.progress.testing.server import Connection, Server, told
from unstick.progress.testing import Clients, End, NotPossibleError, http_get
from unstick.progress.testing.script import HalfClose, Hold, Lose, Read, Send, Vanish

BODY = 300_000


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of the test's server, and is not installed")
    key, certificate = (tmp_path_factory.mktemp("tls") / name for name in ("key", "certificate"))
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x"
    subprocess.run(
        ["openssl", *asked.split(), "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def accepts(server: Server, tls: ssl.SSLContext) -> Connection:
    connection = server.accepts()
    connection.sock = tls.wrap_socket(connection.sock, server_side=True, suppress_ragged_eofs=False)
    return connection


def test_tls_reads_all(server: Server, unstick_client: Clients, tls: ssl.SSLContext) -> None:
    client = unstick_client.reads_all(server.address, tls=True, keep=None)
    connection = accepts(server, tls)
    assert connection.reads() == http_get()
    connection.sends(BODY)
    assert client.ended() is End.EOF
    assert client.response().body == b"b" * BODY


def test_tls_never_reads(server: Server, unstick_client: Clients, tls: ssl.SSLContext) -> None:
    client = unstick_client.never_reads(server.address, tls=True, rcvbuf=8192)
    connection = accepts(server, tls)
    connection.reads()
    connection.fills()
    assert told(connection, "backoff", 1).snd_wnd == 0
    assert client.bytes_read == 0


def test_tls_half_closes_with_a_close_notify(
    server: Server, unstick_client: Clients, tls: ssl.SSLContext
) -> None:
    client = unstick_client.half_closes(server.address, tls=True)
    connection = accepts(server, tls)
    connection.reads()
    assert connection.sock.recv(1) == b"", "a ragged end would raise"
    connection.sends(BODY)
    assert client.ended() is End.EOF
    assert client.bytes_read > BODY


def test_tls_reads_at_a_rate(server: Server, unstick_client: Clients, tls: ssl.SSLContext) -> None:
    client = unstick_client.reads_at(server.address, 40_000, tls=True, rcvbuf=8192)
    connection = accepts(server, tls)
    connection.fills()
    report = client.until(lambda client: client.bytes_read > 40_000, within_s=20).report()
    assert report.bytes_read <= 40_000 * report.age_s


def test_tls_that_is_not_trusted_is_a_failure_and_said(server: Server, tls: ssl.SSLContext) -> None:
    clients = Clients()
    strict = ssl.create_default_context()
    client = clients.reads_all(server.address, tls=strict, server_name="localhost")
    with pytest.raises(ssl.SSLError):
        accepts(server, tls)
    assert client.ended() is End.FAILED
    with pytest.raises(ssl.SSLCertVerificationError):
        clients.close()


def test_a_server_that_gives_up_the_handshake(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.reads_all(server.address, tls=True)
    connection = server.accepts()
    connection.sock.recv(65536)
    connection.sock.close()
    assert client.ended() is End.EOF


@pytest.fixture
def unix(tmp_path: Path) -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen(1)
        listener.settimeout(10)
        yield listener


def unix_accepts(listener: socket.socket) -> socket.socket:
    sock, _ = listener.accept()
    sock.settimeout(0.5)
    return sock


def test_unix_never_reads(unix: socket.socket, unstick_client: Clients) -> None:
    client = unstick_client.never_reads(unix.getsockname())
    with unix_accepts(unix) as sock:
        assert sock.recv(65536) == http_get()
        with pytest.raises(TimeoutError):
            sock.sendall(b"x" * 10_000_000)
        assert (client.bytes_read, client.state()) == (0, "CONNECTED")


def test_unix_half_closes(unix: socket.socket, unstick_client: Clients) -> None:
    client = unstick_client.half_closes(unix.getsockname())
    with unix_accepts(unix) as sock:
        assert sock.recv(65536) == http_get()
        assert sock.recv(1) == b""
        sock.sendall(b"x" * 5000)
    assert client.ended() is End.EOF
    assert client.bytes_read == 5000


def test_unix_closes_unread(unix: socket.socket, unstick_client: Clients) -> None:
    client = unstick_client.closes_unread(unix.getsockname())
    with unix_accepts(unix) as sock:
        sock.sendall(b"x")
        assert client.ended() is End.CLOSED
        assert sock.recv(65536) == http_get()
        with pytest.raises(ConnectionResetError):
            sock.recv(1)


def test_unix_waits_while_the_queue_is_full(unix: socket.socket, unstick_client: Clients) -> None:
    clients = [unstick_client.says_nothing(unix.getsockname()) for _ in range(5)]
    socks = [unix_accepts(unix) for _ in clients]
    clients[-1].until(lambda _: all(client.connected for client in clients))
    for sock in socks:
        sock.close()


def test_unix_has_no_vanishing_and_no_reset(unix: socket.socket, unstick_client: Clients) -> None:
    path = unix.getsockname()
    with pytest.raises(NotPossibleError, match="cannot vanish"):
        unstick_client.vanishes(path)
    with pytest.raises(NotPossibleError, match="cannot reset"):
        unstick_client.aborts(path)
    client = unstick_client.says_nothing(path)
    with pytest.raises(NotPossibleError, match="cannot vanish"):
        client.vanish()
    with pytest.raises(NotPossibleError, match="cannot reset"):
        client.reset()
    assert client.end is None


def test_unix_nobody_there(tmp_path: Path, unstick_client: Clients) -> None:
    assert unstick_client.reads_all(str(tmp_path / "nobody")).ended() is End.REFUSED


def test_nobody_there(unstick_client: Clients) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        address = unused.getsockname()
    assert unstick_client.reads_all(address).ended() is End.REFUSED


def test_any_script(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.does(server.address, Send(b"one"), Read(3), HalfClose(), Hold())
    connection = server.accepts()
    assert connection.reads(b"one") == b"one"
    connection.sock.sendall(b"abcdef")
    assert connection.sock.recv(1) == b""
    assert client.received == b"abc"


def test_vanishes_after_its_fin(server: Server, unstick_client: Clients) -> None:
    """The story: the server still has a response, and nobody is there any more."""
    client = unstick_client.does(server.address, HalfClose(), Vanish(), Hold())
    connection = server.accepts()
    assert connection.sock.recv(1) == b""
    client.until(lambda client: client.report().doing == "hold")
    connection.sock.sendall(b"x" * 5000)
    lost = told(connection, "retransmits", 2)
    assert (lost.state, lost.unacked > 0) == ("CLOSE-WAIT", True)


def test_do_turns_a_bad_client_good(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.never_reads(server.address, rcvbuf=8192)
    connection = server.accepts()
    connection.fills()
    client.do(Read())
    client.until(lambda client: client.bytes_read == connection.sent, within_s=20)
    client.do(Send(b"second"), Hold())
    connection.reads(b"second")
    client.close()
    with pytest.raises(RuntimeError, match="no more: closed by the client"):
        client.do(Read())


def test_lossy_on_loopback_without_root(server: Server, unstick_client: Clients) -> None:
    """Each side's kernel makes up for what is lost."""
    client = unstick_client.does(server.address, Lose(0.3), Read(), keep=None)
    connection = server.accepts()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(60):
        connection.sock.sendall(b"x" * 1000)
    connection.sock.shutdown(socket.SHUT_WR)
    assert client.ended(60) is End.EOF
    assert len(client.received) == 60_000


def test_server_reset_is_noticed_by_one_that_never_reads(
    server: Server, unstick_client: Clients
) -> None:
    client = unstick_client.never_reads(server.address)
    connection = server.accepts()
    assert connection.sock.recv(1) == b"G"  # the rest lies unread: closing resets
    connection.sock.close()
    assert client.ended() is End.RESET
    assert client.state() == "CLOSED"


def test_server_fin_is_noticed_and_not_answered(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.never_reads(server.address)
    connection = server.accepts()
    connection.reads()
    connection.sock.close()
    client.until(lambda client: client.report().fin_s is not None)
    assert (client.end, client.state()) == (None, "CLOSE-WAIT")
