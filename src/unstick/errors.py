"""What can go wrong with the world: files, arguments, permissions. Odd packets never raise.

Each error carries fields, composes its one sentence from them, and gives a hint (what to do).
The command line prints ``sentence`` and ``hint`` and exits with status 2.
"""

from __future__ import annotations


class UnstickError(Exception):
    """Base of every error unstick raises on purpose. ``hint`` says what to do, or is None."""

    def __init__(self, sentence: str, hint: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class CaptureError(UnstickError):
    """A capture that cannot be read at all. ``path`` is the name the user gave."""

    def __init__(self, path: str, reason: str, hint: str | None = None) -> None:
        super().__init__(f"{path}: {reason}", hint)
        self.path = path
        self.reason = reason


class FilterError(UnstickError):
    """A ``-Y`` expression that does not parse. ``column`` is the 0-based place of the word."""

    def __init__(self, expression: str, column: int, word: str, reason: str) -> None:
        pointer = " " * column + "^" * max(1, len(word))
        super().__init__(
            f"filter: {reason}\n  {expression}\n  {pointer}",
            "words: host A, net P, port N, src/dst before them, stream N, and or not ( )",
        )
        self.expression = expression
        self.column = column
        self.word = word


class NotationError(UnstickError):
    """A trace line that does not parse. ``line`` is 1-based."""

    def __init__(self, line: int, text: str, reason: str) -> None:
        super().__init__(f"trace line {line}: {reason}: {text.strip()!r}")
        self.line = line
        self.text = text


class ProfileError(UnstickError):
    """A profile or check name that does not exist."""


class UsageError(UnstickError):
    """Arguments that do not go together."""
