"""The command line: one file a command, each thin, each loaded only when it is asked for.

1. Findings, rules and texts are made elsewhere; here are only arguments, files and exit statuses.
2. Nothing heavy is imported at the top: ``unstick --version`` loads this file and no other.
3. 0: nothing found. 1: findings of severity error or warning. 2: could not do it. 130: interrupted.
"""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False  # typing costs 5 ms, a tenth of what a small capture may take
if TYPE_CHECKING:
    from collections.abc import Sequence

OK = 0
FOUND = 1
FAILED = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count
READER_LEFT = 141  # 128 + SIGPIPE: `unstick streams ... | head`

SELDOM = 50_000
"""New objects until Python looks for cycles among them. Nearly all that a command makes lives to
its end: at the usual 700, a twentieth of a short run is spent on looking."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status. Never raises, never prints a traceback for
    anything the user can mend."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if argv is None:  # the process is ours
        gc.set_threshold(SELDOM)
    try:
        if arguments[:1] in (["--version"], ["-V"]):
            from unstick.version import VERSION

            print(f"unstick {VERSION}", flush=True)
            return OK
        from unstick.cli.run import run

        status = run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        if argv is None:
            gc.freeze()  # all that is left goes with the process: no looking for cycles in it
    except KeyboardInterrupt:
        print("unstick: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _stop_writing()
        return READER_LEFT
    except SystemExit as left:  # argparse leaves this way after --help
        return left.code if isinstance(left.code, int) else FAILED
    except Exception as error:
        from unstick.cli.run import report_failure

        return report_failure(error)
    return status


def _stop_writing() -> None:
    """The reader of our output is gone. Python would complain about that once more at exit."""
    import os

    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # not a real file: nothing will be flushed to it
        sys.stdout = None
