"""The hot stages of reading, gathered: which functions read a capture, compiled or plain.

Every hot file is imported by its name, so whatever build is installed is found. Tests load the
plain source beside the compiled one by giving another way to load.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from unstick.named import NamedTuple

HOT_FILES = ("pcap_walk", "pcapng_walk", "links", "internet", "tunnels", "segments")
"""Every file of this folder that is compiled where a C compiler is at hand."""


class WireKernels(NamedTuple):
    """The modules whose functions do the work. Attributes are looked up in them: a compiled and a
    plain module have the same functions."""

    pcap_walk: ModuleType
    pcapng_walk: ModuleType
    links: ModuleType
    internet: ModuleType
    tunnels: ModuleType
    segments: ModuleType

    @property
    def compiled(self) -> bool:
        """Whether every stage runs compiled."""
        files = (getattr(self, name).__file__ or "" for name in HOT_FILES)
        return not any(file.endswith(".py") for file in files)


def load_kernels(load: Callable[[str], ModuleType] = import_module) -> WireKernels:
    """The kernels that ``load`` finds by module name."""
    return WireKernels(**{name: load(f"unstick.wire.{name}") for name in HOT_FILES})
