"""The sock_diag reader: recorded answers, damaged ones, and this kernel's own."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstick.progress import diag
from unstick.progress.tcpinfo import decode as decode_info

RECORDED = Path(__file__).parent / "recorded" / "sock_diag.hex"
LINES = RECORDED.read_text("ascii").splitlines()
IPV4, IPV4_END, IPV6, IPV6_END, REFUSED = (
    bytes.fromhex(line) for line in LINES if not line.startswith("#")
)

needs_linux = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="sock_diag is Linux")


# --- recorded answers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "family", "host"),
    [(IPV4, socket.AF_INET, "127.0.0.1"), (IPV6, socket.AF_INET6, "::1")],
)
def test_reads_a_recorded_answer(data: bytes, family: int, host: str) -> None:
    answer = diag.decode(data)
    assert (answer.passed, answer.done, answer.errno) == (2, False, 0)
    for one in answer.sockets:
        assert (one.family, one.state) == (family, diag.ESTABLISHED)
        assert (one.local[0], one.peer[0]) == (host, host)
        assert one.inode
        assert len(one.info) == 280
    assert len({one.cookie for one in answer.sockets}) == 2


def test_a_recorded_info_is_a_sample_that_agrees_with_the_queue() -> None:
    (owing,) = diag.decode(IPV4, owing_only=True).sockets
    sample = decode_info(owing.info)
    assert sample.outstanding
    assert sample.snd_wnd == 0
    assert sample.notsent_bytes == owing.outstanding_bytes > 1_000_000


def test_what_owes_nothing_is_counted_not_made() -> None:
    answer = diag.decode(IPV4, owing_only=True)
    assert answer.passed == 2
    assert [one.outstanding_bytes > 0 for one in answer.sockets] == [True]


def test_the_end_and_a_refusal_are_told() -> None:
    assert diag.decode(IPV4_END) == diag.Answer([], 0, True, 0)
    assert diag.decode(IPV6_END).done
    assert diag.decode(REFUSED) == diag.Answer([], 0, True, errno.EINVAL)


# --- damaged answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [IPV4, IPV4_END, IPV6, REFUSED])
def test_no_cut_is_read_beyond_its_end(whole: bytes) -> None:
    for length in range(len(whole)):
        answer = diag.decode(memoryview(whole)[:length])
        assert len(answer.sockets) <= answer.passed <= 2


@given(st.sampled_from([IPV4, IPV6, REFUSED]), st.data())
def test_damage_is_never_an_exception(whole: bytes, data: st.DataObject) -> None:
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    diag.decode(bytes(damaged))


@given(st.binary(max_size=400))
def test_noise_is_never_an_exception(noise: bytes) -> None:
    diag.decode(noise)


def test_an_attribute_longer_than_its_message_is_no_info() -> None:
    damaged = bytearray(IPV4)
    at = damaged.index(b"\x1c\x01\x02\x00")  # length 284, INET_DIAG_INFO
    damaged[at : at + 2] = b"\xff\xff"
    assert diag.decode(bytes(damaged)).sockets[0].info == b""


# --- this kernel ---------------------------------------------------------------------------------


def asked(*ports: int, states: tuple[int, ...] = diag.SENDING_STATES) -> list[diag.Seen]:
    question = diag.request(socket.AF_INET, states, ports, with_info=True)
    return [one for answer in diag.dump(question) for one in answer.sockets]


@needs_linux
def test_the_kernel_knows_a_socket_by_the_cookie_of_its_descriptor() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, peer = listener.accept()
            with accepted:
                (seen,) = asked(port)
                assert seen.peer == peer == client.getsockname()
                assert seen.cookie == int.from_bytes(accepted.getsockopt(1, 57, 8), "little")
                assert decode_info(seen.info).state == diag.ESTABLISHED
                assert [one.local[1] for one in asked(states=(diag.LISTEN,))].count(port) == 1


@needs_linux
@pytest.mark.parametrize("others", [0, 1, 2, diag.MOST_PORTS - 1, diag.MOST_PORTS])
def test_the_kernels_filter_finds_each_port_and_no_other(others: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = listener.accept()
            with accepted:
                below = [port - 1 - one for one in range(others)]
                assert port in {one.local[1] for one in asked(port, *below)}
                if others < diag.MOST_PORTS:  # a range names those between, too
                    assert {one.local[1] for one in asked(*below, port)} <= {port, *below}
                    assert port not in {one.local[1] for one in asked(*below, port + 1)}


@needs_linux
def test_a_question_the_kernel_refuses_is_an_error() -> None:
    question = bytearray(diag.request(socket.AF_INET, (1,), (7,), with_info=False))
    question[-8] = 99  # no such operation
    with pytest.raises(diag.DiagError) as caught:
        list(diag.dump(bytes(question)))
    assert caught.value.errno == errno.EINVAL
