"""What can go wrong in the lab that is not the trouble it was asked for."""

from __future__ import annotations

import os

from unstick.errors import UnstickError


class LabError(UnstickError):
    """The lab could not be built, or what it recorded is not to be trusted."""


def require_root(command: str = "run") -> None:
    """Raises NeedsRootError; ``command`` of ``unstick lab`` is what needs it."""
    if os.geteuid():
        raise NeedsRootError(command)


class NeedsRootError(LabError):
    """Namespaces need root; the sentence says what works without."""

    def __init__(self, command: str) -> None:
        super().__init__(
            f"lab {command} needs root: it makes network namespaces",
            f"sudo unstick lab {command} ...; lab list, lab replay and lab doctor work without",
        )
