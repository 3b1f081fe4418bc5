"""``python -m tests.tcp.golden [--update]``: compare the golden surfaces, or write them anew."""

from __future__ import annotations

import sys

from tests.tcp import golden
from unstick.tcp.profiles import NAMES


def main(arguments: list[str]) -> int:
    """1 if a surface differs and was not to be written."""
    stale = [
        name
        for name in NAMES
        if not golden.path_of(name).exists()
        or golden.path_of(name).read_text() != golden.surface(name)
    ]
    for name in stale:
        if "--update" in arguments:
            golden.path_of(name).write_text(golden.surface(name))
        print(f"{golden.path_of(name).name} {'written' if '--update' in arguments else 'differs'}")
    return int(bool(stale) and "--update" not in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
