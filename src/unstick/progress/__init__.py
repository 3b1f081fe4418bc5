"""Sends that cannot hang: measured by what the peer acknowledged, ended by a policy, told why.

It does not speak HTTP, and it does not touch the sockets of other programs: ``unstick.enforce``
does. Importing this package loads nothing; each name loads its own file when it is asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.progress.aio import guarded as guarded
    from unstick.progress.errors import ClosedLocally as ClosedLocally
    from unstick.progress.errors import ConnectionDestroyed as ConnectionDestroyed
    from unstick.progress.errors import DeadlineExceeded as DeadlineExceeded
    from unstick.progress.errors import KernelTimeout as KernelTimeout
    from unstick.progress.errors import PeerHoarding as PeerHoarding
    from unstick.progress.errors import PeerNotReading as PeerNotReading
    from unstick.progress.errors import PeerReset as PeerReset
    from unstick.progress.errors import PeerSilent as PeerSilent
    from unstick.progress.errors import PeerStalled as PeerStalled
    from unstick.progress.errors import PeerTooSlow as PeerTooSlow
    from unstick.progress.errors import PeerUnreachable as PeerUnreachable
    from unstick.progress.errors import PolicyError as PolicyError
    from unstick.progress.errors import PolicyWarning as PolicyWarning
    from unstick.progress.errors import ProgressError as ProgressError
    from unstick.progress.errors import SendFailed as SendFailed
    from unstick.progress.installed import Installed as Installed
    from unstick.progress.installed import install as install
    from unstick.progress.meter import Meter as Meter
    from unstick.progress.outcome import Cause as Cause
    from unstick.progress.outcome import Outcome as Outcome
    from unstick.progress.outcome import Sample as Sample
    from unstick.progress.policy import DEFAULT as DEFAULT
    from unstick.progress.policy import Drain as Drain
    from unstick.progress.policy import Kill as Kill
    from unstick.progress.policy import Policy as Policy
    from unstick.progress.rounds import Stats as Stats
    from unstick.progress.sender import Sender as Sender
    from unstick.progress.sender import send as send
    from unstick.progress.tcpinfo import capabilities as capabilities
    from unstick.progress.tcpinfo import sample as sample

NAMES: dict[str, tuple[str, ...]] = {
    # file -> what it gives; the imports above say the same to type checkers
    "aio": ("guarded",),
    "errors": (
        *("ClosedLocally", "ConnectionDestroyed", "DeadlineExceeded", "KernelTimeout"),
        *("PeerHoarding", "PeerNotReading", "PeerReset", "PeerSilent", "PeerStalled"),
        *("PeerTooSlow", "PeerUnreachable", "PolicyError", "PolicyWarning", "ProgressError"),
        "SendFailed",
    ),
    "installed": ("Installed", "install"),
    "meter": ("Meter",),
    "outcome": ("Cause", "Outcome", "Sample"),
    "policy": ("DEFAULT", "Drain", "Kill", "Policy"),
    "rounds": ("Stats",),
    "sender": ("Sender", "send"),
    "tcpinfo": ("capabilities", "sample"),
}
HOME = {name: file for file, names in NAMES.items() for name in names}
FOLDERS = frozenset({"aio", "anyio", "prometheus", "testing", "trio"})
"""Asked for by name: ``unstick.progress.aio.send``."""


def __getattr__(name: str) -> object:
    if name not in HOME and name not in FOLDERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name in FOLDERS:
        return import_module(f"{__name__}.{name}")
    value: object = getattr(import_module(f"{__name__}.{HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *HOME, *FOLDERS})
