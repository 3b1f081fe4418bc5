"""The hot functions of reading, gathered: compiled where the build made them, or plain.

Compiled, the hot files of this folder are one module (``tools/unity.py``); plain, each function
stands in its file. Tests load the plain sources beside the compiled module by giving another way
to load.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from unstick.named import NamedTuple

HOT_FILES = (
    "octets",
    "links",
    "internet",
    "tunnels",
    "segments",
    "packets",
    "pcap_walk",
    "pcapng_walk",
)
"""Every file of this folder that is compiled where a C compiler is at hand, callees first."""

COMPILED = "unstick.wire._read"
"""What they become together."""

ENTRIES = {
    # function that the rest calls: its file
    "read_pcap": "pcap_walk",
    "resync_pcap": "pcap_walk",
    "read_pcapng": "pcapng_walk",
    "resync_pcapng": "pcapng_walk",
    "take": "packets",
    "fill": "segments",
}

Kernel = Callable[..., int]


class WireKernels(NamedTuple):
    """The functions that do the work; what they promise stands in their files."""

    read_pcap: Kernel
    resync_pcap: Kernel
    read_pcapng: Kernel
    resync_pcapng: Kernel
    take: Kernel
    fill: Kernel


def installed(name: str) -> ModuleType:
    """The compiled module, or, where there is none, the source of this name."""
    try:
        return import_module(COMPILED)
    except ImportError:
        return import_module(name)


def load_kernels(load: Callable[[str], ModuleType] = installed) -> WireKernels:
    """The kernels, from the modules that ``load`` gives for the names of the hot files."""
    kernels = source_kernels(load)
    segments = load("unstick.wire.segments")
    if not str(segments.__file__).endswith(".py"):
        return kernels
    from unstick.wire.plain import PcapLoop, PcapngLoop

    return kernels._replace(
        read_pcap=PcapLoop(segments, kernels.read_pcap, kernels.take),
        read_pcapng=PcapngLoop(segments, kernels.read_pcapng, kernels.take),
    )


def source_kernels(load: Callable[[str], ModuleType] = installed) -> WireKernels:
    """As ``load_kernels``, without what makes plain ones faster (plain.py): the hot files alone."""
    return WireKernels(
        **{
            function: getattr(load(f"unstick.wire.{file}"), function)
            for function, file in ENTRIES.items()
        }
    )
