"""``python -m tests.progress.soak --minutes 30``: plays the soak, prints its table.

Exit status 1 if anybody was ended who kept to the policy, or was not who broke it. Needs some 900
descriptors at full numbers (``ulimit -n``); with root it runs in namespaces of its own, else on
loopback.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import warnings

from tests.progress.soak.playing import Plan, play
from tests.progress.soak.report import by_habit, complaints, silent_by_chance, table
from unstick.progress.errors import PolicyWarning


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    warnings.simplefilter("ignore", PolicyWarning)
    logging.getLogger("unstick.progress").propagate = False  # thousands of verdicts
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    plan = Plan(options.minutes * 60, options.idle, options.silent, options.share)
    result = play(plan, lambda text: print(text, file=sys.stderr, flush=True))
    print("\n".join(table(result)))
    print(f"\nThe naive sender ended {'; '.join(by_habit(result)) or 'nobody'}.")
    for one in silent_by_chance(result):
        print(f"By chance nothing reached one of {one.habit.name} for {one.unread_s:.0f} s: ended.")
    print(f"Left in the kernel: {len(result.in_kernel) or 'nothing'}.")
    wrong = list(complaints(result))
    for complaint in wrong:
        print(complaint, file=sys.stderr)
    return 1 if wrong else 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="tests.progress.soak", description=__doc__)
    made.add_argument("--minutes", type=float, default=30.0, help="how long (30)")
    made.add_argument("--idle", type=float, default=60.0, metavar="S", help="the policy's (60)")
    made.add_argument("--silent", type=float, default=30.0, metavar="S", help="the policy's (30)")
    made.add_argument("--share", type=float, default=1.0, help="of the crowd's numbers (1)")
    return made


if __name__ == "__main__":
    sys.exit(main())
