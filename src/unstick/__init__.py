"""unstick finds, explains, reproduces and cures TCP connections that will not die.

Importing this package loads nothing else: names are imported when they are asked for.
"""

from __future__ import annotations

from unstick.version import VERSION

__version__ = VERSION

__all__ = ["__version__"]
