"""The two engines: hot files compiled ahead of time, or the same files as plain Python.

A hot file is a ``.py`` with a ``.pxd`` beside it. Imports find the compiled module where the build
made one. ``load_plain`` loads the sources instead, so that tests (and ``UNSTICK_ENGINE=plain``)
can run both in one process. No room but ``diagnose`` and the tests needs this one.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

HOT = (
    "unstick.wire.octets",
    "unstick.wire.links",
    "unstick.wire.internet",
    "unstick.wire.tunnels",
    "unstick.wire.segments",
    "unstick.wire.packets",
    "unstick.wire.pcap_walk",
    "unstick.wire.pcapng_walk",
    "unstick.flows.hashing",
    "unstick.flows.ends",
    "unstick.flows.forgetting",
    "unstick.flows.ordering",
    "unstick.flows.kernels",
    "unstick.tcp.classify",
    "unstick.tcp.clocks",
    "unstick.tcp.notes",
    "unstick.tcp.copies",
    "unstick.tcp.answers",
    "unstick.tcp.handshake",
    "unstick.tcp.ladder",
    "unstick.tcp.sender",
    "unstick.tcp.quick",
    "unstick.tcp.probes",
    "unstick.tcp.verdicts",
    "unstick.tcp.receiver",
    "unstick.tcp.course",
    "unstick.tcp.words",
    "unstick.tcp.shelf",
    "unstick.tcp.seats",
    "unstick.tcp.summary",
    "unstick.tcp.ordinary",
    "unstick.tcp.kernels",
    "unstick.report.lines",
)
"""Every hot module, imported ones before those that import them."""

JOINED = {
    "unstick.wire.packets": "unstick.wire._read",
    "unstick.wire.pcap_walk": "unstick.wire._read",
    "unstick.wire.pcapng_walk": "unstick.wire._read",
    "unstick.wire.segments": "unstick.wire._read",
    "unstick.flows.kernels": "unstick.flows._assign",
    "unstick.tcp.kernels": "unstick.tcp._walk",
    "unstick.tcp.seats": "unstick.tcp._walk",
    "unstick.tcp.summary": "unstick.tcp._walk",
    "unstick.tcp.ordinary": "unstick.tcp._walk",
}
"""Hot modules that Python calls, and the compiled module in which the build joins them with those
they call (``tools/unity.py``)."""


class Engine:
    """``modules`` maps the full name of each hot module to the module to use."""

    __slots__ = ("modules", "name")

    def __init__(self, name: str, modules: dict[str, ModuleType]) -> None:
        self.name = name  # "compiled" | "plain"
        self.modules = modules

    def __getitem__(self, name: str) -> ModuleType:
        return self.modules[f"unstick.{name}"]


def load() -> Engine:
    """The engine of this installation: compiled if the build made it, unless
    ``UNSTICK_ENGINE=plain`` asks otherwise."""
    if os.environ.get("UNSTICK_ENGINE") == "plain":
        return load_plain()
    modules = {name: _compiled_if_possible(name) for name in JOINED}
    if all(is_compiled(module) for module in modules.values()):
        return Engine("compiled", modules)
    return Engine("plain", _quickened(modules))


def _compiled_if_possible(name: str) -> ModuleType:
    try:
        return importlib.import_module(JOINED[name])
    except ImportError:
        return importlib.import_module(name)


def is_compiled(module: ModuleType) -> bool:
    """Was this module loaded from a compiled extension?"""
    origin = module.__spec__.origin if module.__spec__ else None
    return bool(origin) and str(origin).endswith(tuple(EXTENSION_SUFFIXES))


class _SourceOnly:
    """Finds hot modules as source files, and nothing else."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in HOT:
            return None
        import importlib.util

        source = os.path.join(os.path.dirname(__file__), *name.split(".")[1:]) + ".py"
        return importlib.util.spec_from_file_location(name, source)


def load_plain() -> Engine:
    """The hot files from their sources, whatever else is loaded. The modules that other code has
    imported stay as they are."""
    held = {name: sys.modules.pop(name) for name in HOT if name in sys.modules}
    finder = _SourceOnly()
    sys.meta_path.insert(0, finder)
    try:
        modules = {name: importlib.import_module(name) for name in HOT}
    finally:
        sys.meta_path.remove(finder)
        for name in HOT:
            sys.modules.pop(name, None)
        sys.modules.update(held)
        for name, module in held.items():
            parent, _, child = name.rpartition(".")
            setattr(sys.modules[parent], child, module)
    return Engine("plain", _quickened(modules))


def _quickened(modules: dict[str, ModuleType]) -> dict[str, ModuleType]:
    """Plain modules with what does the same faster in Python in its place. The loops of the plain
    engine are chosen where their tables are (``wire.kernels``, ``flows.streams``,
    ``tcp.walker``)."""
    from unstick.tcp.plain_shelf import pack

    vars(modules["unstick.tcp.seats"])["pack"] = pack
    return modules
