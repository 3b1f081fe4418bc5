"""Several files of one rotation are one capture: frame numbers that know their file.

Inside, numbers go on through the files, so that later is always larger. What people see is the
number within its file, and, if there are several, which file.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from unstick.named import NamedTuple


class Rotation(NamedTuple):
    """``before[i]`` packets stand in the files before file ``i`` (``before[0]`` is 0)."""

    names: tuple[str, ...]
    before: tuple[int, ...]

    def locate(self, frame: int) -> tuple[int, int]:
        """Index of the file and the frame number in it."""
        index = max(0, bisect_left(self.before, int(frame)) - 1)
        return index, int(frame) - self.before[index]

    def within(self, frames: Sequence[int], capture: int) -> tuple[int, ...]:
        """Those of these frames that stand in file ``capture``, by their numbers there."""
        found = (self.locate(frame) for frame in frames)
        return tuple(local for index, local in found if index == capture)

    def frame_type(self) -> Callable[[int], int]:
        """What turns a running number into one that prints as people see it."""
        if len(self.names) < 2:
            return int
        rotation = self

        class RotationFrame(int):
            """An int that prints as its number within its file: ``2:107`` is frame 107 of the
            second file."""

            def __format__(self, spec: str) -> str:
                index, local = rotation.locate(self)
                return f"{index + 1}:{local:{spec}}"

            def __str__(self) -> str:
                return format(self, "")

        return RotationFrame
