"""``NamedTuple`` that costs a start of the program little: tuples whose members have names.

To type checkers it is ``typing.NamedTuple``, and so it is to whoever uses it: ``_replace``,
``_asdict``, ``_fields``, ``_make``. Only how a class comes to be is different. ``typing`` itself
takes 4 ms to import and compiles every annotation; a frozen dataclass takes ten times as long to
make as the tuple, and ``dataclasses`` imports ``inspect``. A run over a small capture makes fifty
such classes and has 80 ms for everything.
"""

from __future__ import annotations

from collections import namedtuple
from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NamedTuple

__all__ = ["NOTHING", "NamedTuple"]

NOTHING: Mapping[Any, Any] = MappingProxyType({})
"""The default of a member that maps: no entry, and none can be added."""

OF_THE_CLASS = frozenset({"__module__", "__qualname__", "__annotations__"})


class _Making(type):
    """Turns a class body of annotated names into a ``collections.namedtuple`` with its methods."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, body)
        members = tuple(body["__annotations__"])
        defaults = [body[one] for one in members if one in body]
        make: Any = namedtuple  # mypy wants literals there
        made = make(name, members, defaults=defaults, module=body["__module__"])
        for key, value in body.items():
            if key not in body["__annotations__"] and key not in OF_THE_CLASS:
                setattr(made, key, value)
        return made


if not TYPE_CHECKING:

    class NamedTuple(metaclass=_Making):
        """Members are annotated names, those with defaults last. Methods and properties are kept;
        there is no further inheritance, and no ``super()`` in methods."""
