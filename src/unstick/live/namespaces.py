"""Into a network namespace: by the name ip(8) gave it, by a path, or by one of its processes."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

from unstick.errors import UnstickError

CLONE_NEWNET = 0x40000000
"""linux/sched.h"""
FOLDER = Path("/run/netns")
"""Where ip(8) keeps the names."""


class NamespaceError(UnstickError):
    """It is not there, or not ours to enter."""


def path_of(name: str) -> Path:
    """``blue``, ``/run/netns/blue``, or ``4711``, which is the namespace of that process."""
    if "/" in name:
        return Path(name)
    if name.isdigit() and not (FOLDER / name).exists():
        return Path("/proc", name, "ns", "net")
    return FOLDER / name


def enter(name: str) -> None:
    """The calling thread is in it from now on, and its sockets are that namespace's."""
    path = path_of(name)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        said = os.strerror(error.errno or 0)
        raise NamespaceError(f"--netns {name}: {path}: {said}", "ip netns list") from error
    try:
        enter_by(descriptor)
    except OSError as error:
        hint = "run it as root" if error.errno == errno.EPERM else "ip netns list"
        raise NamespaceError(f"--netns {name}: {path}: {error.strerror}", hint) from error
    finally:
        os.close(descriptor)


def enter_by(descriptor: int) -> None:
    """The same by a descriptor of it. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns() is there from Python 3.12 on
    if libc.setns(descriptor, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
