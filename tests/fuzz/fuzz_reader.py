"""An atheris target: any bytes as a capture, both engines, which must agree.

Run it by hand or with ``make fuzz`` (README.md beside this file); pytest does not.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "src")]

from tests.wire.test_hostile_input import SAMPLES, agree  # noqa: E402 - the path comes first

CORPUS = Path(__file__).parent / "corpus"
"""Made on the first run from the samples of the tests; what the fuzzer finds is added."""


def main() -> int:
    try:
        atheris: Any = import_module("atheris")
    except ImportError:
        print("atheris is not installed: pip install --group fuzz", file=sys.stderr)
        return 2
    CORPUS.mkdir(exist_ok=True)
    for index, data in enumerate(SAMPLES.values()):
        (CORPUS / f"sample-{index}").write_bytes(data)
    # The plain engine runs the same code as the compiled one: it guides the fuzzer.
    atheris.instrument_all()
    atheris.Setup([*sys.argv, str(CORPUS)], agree)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
