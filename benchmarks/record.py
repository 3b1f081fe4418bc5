"""Real traffic for the benchmarks, recorded between two network namespaces of its own.

*bulk*: few connections, full packets, a little loss. *web*: many short ones, 96 bytes of each
packet. *mix*: pcapng of three interfaces at once, so that nearly every packet is captured twice.
*small*: the first 300 packets of web. Needs root, and what a recording's ``tools`` names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

CLIENT, SERVER = f"usb-c{os.getpid()}", f"usb-s{os.getpid()}"
BULK = (
    # iperf3's arguments: many streams up, some down, many over IPv6, a single one
    ("10.99.0.100", "-P", "8", "-n", "350M"),
    ("10.99.0.100", "-P", "4", "-R", "-n", "400M"),
    ("fd99::100", "-P", "16", "-n", "350M"),
    ("10.99.0.100", "-P", "1", "-n", "300M"),
)
WEB = (
    # wrk's connections, seconds, and what it asks for
    (100, 5, "http://10.99.0.100:8001/s"),
    (200, 4, "http://10.99.0.100:8005/s"),
    (300, 3, "http://[fd99::100]:8001/s"),
    (200, 3, "http://10.99.0.100:8001/m"),
    (100, 2, "http://10.99.0.100:8100/m"),
    (400, 3, "http://10.99.0.100:8005/s"),
)
NGINX = """
worker_processes 2; worker_rlimit_nofile 60000; daemon off; pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 20000; }}
http {{ access_log off; keepalive_timeout 5s;
{servers} }}
"""
LISTEN = (
    " server {{ listen [::]:{port} ipv6only=off backlog=60000; root {folder}/www;"
    " keepalive_requests {requests}; }}\n"
)


class Recording(NamedTuple):
    """What is recorded: by which programs, into which kind of file, and the traffic."""

    tools: tuple[str, ...]
    suffix: str
    recorder: tuple[str, ...]  # {file} is filled in
    traffic: Callable[[Path], None]

    def command(self, path: Path) -> list[str]:
        return [word.format(file=path) for word in self.recorder]


def cannot_record(name: str, folder: Path) -> str | None:
    """Why this machine cannot record it; None if it can."""
    if name == "small":
        return None if (folder / "web.pcap").exists() else "it is cut from web.pcap"
    if os.geteuid() != 0:
        return "root is needed for network namespaces"
    missing = [tool for tool in RECORDED[name].tools if shutil.which(tool) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


def record(name: str, folder: Path) -> Path:
    """Record it into ``folder``."""
    if name == "small":
        path = folder / "small.pcap"
        run("tcpdump", "-r", str(folder / "web.pcap"), "-c", "300", "-w", str(path))
        return path
    wanted = RECORDED[name]
    path = folder / f"{name}.{wanted.suffix}"
    with (
        hosts(),
        tempfile_next_to(path) as unfinished,
        background(CLIENT, *wanted.command(unfinished)),
    ):
        time.sleep(2)
        wanted.traffic(folder)
        time.sleep(3)
    return path


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)


def inside(host: str, *command: str) -> None:
    run("ip", "netns", "exec", host, *command)


@contextmanager
def tempfile_next_to(path: Path) -> Iterator[Path]:
    """A name to write to, which becomes ``path`` if all went well."""
    unfinished = path.with_suffix(".part")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def background(host: str, *command: str) -> Iterator[None]:
    with subprocess.Popen(
        ("ip", "netns", "exec", host, *command),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def hosts() -> Iterator[None]:
    """Two namespaces and the cable between them, with one packet in 2,000 lost."""
    try:
        for host, other in ((CLIENT, "va"), (SERVER, "vb")):
            run("ip", "netns", "add", host)
            inside(host, "ip", "link", "set", "lo", "up")
            if other == "va":
                inside(host, "ip", "link", "add", "va", "type", "veth", "peer", "name", "vb")
            else:
                inside(CLIENT, "ip", "link", "set", "vb", "netns", SERVER)
        for host, device, last in ((CLIENT, "va", "1"), (SERVER, "vb", "100")):
            inside(host, "ip", "addr", "add", f"10.99.0.{last}/24", "dev", device)
            inside(host, "ip", "addr", "add", f"fd99::{last}/64", "dev", device, "nodad")
            inside(host, "ip", "link", "set", device, "up")
            offloads = [
                word for one in ("gro", "gso", "tso", "tx", "rx", "sg") for word in (one, "off")
            ]
            inside(host, "ethtool", "-K", device, *offloads)
            loss = (
                "table inet t { chain i { type filter hook input priority 0;"
                " meta l4proto tcp numgen random mod 2000 < 1 drop; }; }"
            )
            inside(host, "nft", loss)
        time.sleep(1)
        yield
    finally:
        for host in (CLIENT, SERVER):
            subprocess.run(("ip", "netns", "del", host), check=False, capture_output=True)


def shaped(rate: str) -> None:
    """Both ends send so fast at most: who records keeps up."""
    for host, device in ((CLIENT, "va"), (SERVER, "vb")):
        shape = ("root", "tbf", "rate", rate, "burst", "64k", "latency", "40ms")
        inside(host, "tc", "qdisc", "add", "dev", device, *shape)


def transfer(server: str, port: int, *arguments: str) -> None:
    """iperf3 between the client and this host."""
    with background(server, "iperf3", "-s", "-1", "-p", str(port)):
        time.sleep(1)
        inside(CLIENT, "iperf3", "-p", str(port), "-c", *arguments)


def bulk(_: Path) -> None:
    shaped("800mbit")
    for port, arguments in enumerate(BULK, 5201):
        transfer(SERVER, port, *arguments)


def web(folder: Path) -> None:
    with serving(folder):
        for one in WEB:
            ask(*one)


def mix(folder: Path) -> None:
    shaped("400mbit")
    transfer(SERVER, 5201, "10.99.0.100", "-P", "4", "-n", "170M")
    with serving(folder):
        ask(50, 2, "http://10.99.0.100:8005/m")
    transfer(CLIENT, 5301, "127.0.0.1", "-n", "40M")


def ask(connections: int, seconds: int, url: str) -> None:
    inside(CLIENT, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url)


@contextmanager
def serving(folder: Path) -> Iterator[None]:
    """nginx with a small and a larger file, at three ports that differ in requests a connection."""
    www = folder / "www"
    www.mkdir(exist_ok=True)
    folder.chmod(0o755)
    (www / "s").write_bytes(os.urandom(1300))
    (www / "m").write_bytes(os.urandom(20_000))
    servers = "".join(
        LISTEN.format(port=port, folder=folder.resolve(), requests=requests)
        for port, requests in ((8001, 1), (8005, 5), (8100, 100))
    )
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder.resolve(), servers=servers))
    with background(SERVER, "nginx", "-c", str(config.resolve())):
        time.sleep(1)
        yield


NETWORK = ("ip", "ethtool", "nft")
TCPDUMP = ("tcpdump", "-i", "va", "-B", "400000", "-w", "{file}")
DUMPCAP = ("dumpcap", "-q", "-B", "256", "-w", "{file}")
INTERFACES = ("-i", "any", "-y", "LINUX_SLL2", "-f", "tcp", "-i", "va", "-f", "tcp")
RECORDED = {
    "bulk": Recording(
        (*NETWORK, "tc", "tcpdump", "iperf3"), "pcap", (*TCPDUMP, "-s", "0", "tcp"), bulk
    ),
    "web": Recording(
        (*NETWORK, "tcpdump", "nginx", "wrk"), "pcap", (*TCPDUMP, "-s", "96", "tcp"), web
    ),
    "mix": Recording(
        (*NETWORK, "tc", "dumpcap", "iperf3", "nginx", "wrk"),
        "pcapng",
        (*DUMPCAP, *INTERFACES, "-i", "lo", "-f", "tcp"),
        mix,
    ),
}
NAMES = (*RECORDED, "small")
