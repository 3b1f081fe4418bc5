"""Captures as users name them: paths, ``-``, and globs the shell did not expand."""

from __future__ import annotations

import os
from collections.abc import Iterable

from unstick.errors import CaptureError, UsageError

WILD = frozenset("*?[")


def expand(names: Iterable[str]) -> list[str]:
    """The files meant, globs expanded in the order of their names. Raises for what is not there."""
    paths: list[str] = []
    for name in names:
        paths += [name] if name == "-" or os.path.exists(name) else _matching(name)
    if paths.count("-") > 1:
        raise UsageError("standard input can be read only once", "name - a single time")
    for path in paths:
        if os.path.isdir(path):
            raise CaptureError(path, "is a folder", f"unstick explain '{path.rstrip('/')}/*.pcap'")
    return paths


def _matching(name: str) -> list[str]:
    if not WILD.intersection(name):
        raise CaptureError(name, "no such file", _near(name))
    from glob import glob

    found = sorted(path for path in glob(name) if not os.path.isdir(path))
    if not found:
        raise CaptureError(
            name, "no file matches", "put a glob in quotes, or let the shell expand it"
        )
    return found


def _near(name: str) -> str:
    """A file in the same folder that is nearly called so."""
    from difflib import get_close_matches

    folder, base = os.path.split(name)
    where = folder or "this folder"
    try:
        there = sorted(os.listdir(folder or "."))[:10_000]
    except OSError:
        return f"{where} is not a folder that can be read"
    near = get_close_matches(base, there, n=1)
    if near:
        return f"did you mean {os.path.join(folder, near[0])}?"
    return f"{where} holds no file of a similar name"
