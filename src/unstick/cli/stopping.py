"""How commands that run until they are told to stop are told. It ends nothing itself."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading


def stop_on_signals() -> threading.Event:
    """Set by SIGTERM or SIGINT; a second one ends the process and waits for nobody."""
    import signal
    import threading

    stopped = threading.Event()
    signals = (signal.SIGTERM, signal.SIGINT)

    def hear(*_: object) -> None:
        for one in signals:
            signal.signal(one, signal.SIG_DFL)
        stopped.set()

    for one in signals:
        signal.signal(one, hear)
    return stopped
