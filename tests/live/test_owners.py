"""Who holds a socket: this process, its children, and what cannot be seen."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from unstick.live.owners import Holder, holders

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux")


def inode_of(sock: socket.socket) -> int:
    return os.fstat(sock.fileno()).st_ino


def test_everybody_who_holds_it_is_found() -> None:
    with socket.socket() as sock, socket.socket() as other:
        found = holders({inode_of(sock), inode_of(other), 1})
        (here,) = found[inode_of(sock)]
        assert (here.pid, here.descriptor) == (os.getpid(), sock.fileno())
        assert here.is_called(os.path.basename(os.path.realpath(sys.executable)))
        assert found.keys() == {inode_of(sock), inode_of(other)}
        command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[sock.fileno()]) as child:
            pids = [one.pid for one in holders({inode_of(sock)})[inode_of(sock)]]
            assert pids == sorted([os.getpid(), child.pid])
            child.communicate()


def test_nobody_is_asked_about_nothing() -> None:
    assert holders(set()) == {}
    assert holders({0}) == {}


def test_names(tmp_path: Path) -> None:
    """A program that was replaced on disk, and one that cannot be looked into."""
    for pid, target in ((7, "socket:[42]"), (8, "socket:[42]"), (9, "/dev/null")):
        (tmp_path / str(pid) / "fd").mkdir(parents=True)
        (tmp_path / str(pid) / "fd" / "3").symlink_to(target)
    (tmp_path / "7" / "comm").write_text("nginx\n")
    (tmp_path / "7" / "exe").symlink_to("/usr/sbin/nginx (deleted)")
    (tmp_path / "version").write_text("not a process")
    known, unknown = holders({42}, tmp_path)[42]
    assert known == Holder(7, 3, "nginx", "/usr/sbin/nginx")
    assert str(known) == "nginx[7]"
    assert known.is_called("/usr/sbin/nginx")
    assert not known.is_called("ngin")
    assert unknown == Holder(8, 3, "?", None)
    assert not unknown.is_called("nginx")
