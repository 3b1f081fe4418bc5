"""``python -m unstick``: the same as ``unstick``."""

import sys

from unstick.cli import main

if __name__ == "__main__":
    sys.exit(main())
