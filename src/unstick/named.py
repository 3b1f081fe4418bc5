"""``NamedTuple`` that costs a start of the program little: tuples whose members have names.

To type checkers it is ``typing.NamedTuple``, and so it is to whoever uses it: ``_replace``,
``_asdict``, ``_fields``, ``_make``. Only how a class comes to be is different. ``typing`` itself
takes 4 ms to import and compiles every annotation; ``collections.namedtuple`` compiles a function
for every class, and a frozen dataclass takes ten times as long. A run over a small capture makes
fifty such classes and has 80 ms for everything: here the function that makes tuples is compiled
when the first one is made.
"""

from __future__ import annotations

from collections import namedtuple
from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, NamedTuple

__all__ = ["NOTHING", "NamedTuple"]

NOTHING: Mapping[Any, Any] = MappingProxyType({})
"""The default of a member that maps: no entry, and none can be added."""

ONE: Any = namedtuple("ONE", "member")
MEMBER: Callable[[int, str | None], Any] = type(ONE.member)
"""What reads a member by its place, in C."""


def _make(cls: type[Any], values: Iterable[Any]) -> Any:
    """A tuple of these values, in the order of the members."""
    made = tuple.__new__(cls, values)
    if len(made) != len(cls._fields):
        raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
    return made


def _replace(self: Any, /, **values: Any) -> Any:
    """The same tuple with these members changed."""
    made = self._make(map(values.pop, self._fields, self))
    if values:
        raise ValueError(f"Got unexpected field names: {list(values)!r}")
    return made


def _asdict(self: Any) -> dict[str, Any]:
    """Members by name."""
    return dict(zip(self._fields, self, strict=True))


def _repr(self: Any) -> str:
    members = map("{}={!r}".format, self._fields, self)
    return f"{type(self).__name__}({', '.join(members)})"


def _getnewargs(self: Any) -> tuple[Any, ...]:
    """For copies and pickles."""
    return tuple(self)


METHODS = {
    "_make": classmethod(_make),
    "_replace": _replace,
    "_asdict": _asdict,
    "__repr__": _repr,
    "__getnewargs__": _getnewargs,
}


def _maker(cls: Any) -> Any:
    """The ``__new__`` of the class, compiled: a call of it costs a tuple and no more."""
    members = "".join(f"{name}, " for name in cls._fields)
    made: Any = eval(f"lambda _cls, {members}: _new(_cls, ({members}))", {"_new": tuple.__new__})
    made.__name__, made.__qualname__ = "__new__", f"{cls.__qualname__}.__new__"
    made.__defaults__ = tuple(cls._field_defaults.values())
    return made


def _first(cls: Any, /, *values: Any, **named: Any) -> Any:
    """``__new__`` of a class that has made no tuple yet."""
    cls.__new__ = staticmethod(_maker(cls))
    return cls.__new__(cls, *values, **named)


class _Making(type):
    """Turns a class body of annotated names into a tuple with its methods."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, body)
        members = tuple(body.get("__annotations__", ()))
        defaults = {one: body.pop(one) for one in members if one in body}
        if tuple(defaults) != members[len(members) - len(defaults) :]:
            raise TypeError(f"{name}: a member without a default follows one that has one")
        own = {
            "__slots__": (),
            "__new__": _first,
            "__match_args__": members,
            "_fields": members,
            "_field_defaults": defaults,
        }
        places = {member: MEMBER(at, None) for at, member in enumerate(members)}
        return type(name, (tuple,), {**METHODS, **own, **places, **body})


if not TYPE_CHECKING:

    class NamedTuple(metaclass=_Making):
        """Members are annotated names, those with defaults last. Methods and properties are kept;
        there is no further inheritance."""
