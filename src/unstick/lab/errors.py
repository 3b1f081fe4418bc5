"""What can go wrong in the lab that is not the trouble it was asked for."""

from __future__ import annotations

import os

from unstick.errors import UnstickError


class LabError(UnstickError):
    """The lab could not be built, or what it recorded is not to be trusted."""


def require_root() -> None:
    """Raises NeedsRootError."""
    if os.geteuid():
        raise NeedsRootError


class NeedsRootError(LabError):
    """Namespaces need root; the sentence says what works without."""

    def __init__(self) -> None:
        super().__init__(
            "lab run needs root: it makes network namespaces",
            "sudo unstick lab run ...; lab list, lab replay and lab doctor work without",
        )
