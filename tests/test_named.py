"""``unstick.named``: what ``typing.NamedTuple`` makes, made without ``typing``."""

from __future__ import annotations

import pickle
import typing
from collections.abc import Mapping

import pytest

from tests.test_house import loaded_by
from unstick.named import NOTHING, NamedTuple


class Place(NamedTuple):
    """Where."""

    row: int
    column: int = 3
    marks: Mapping[str, int] = NOTHING

    @property
    def both(self) -> int:
        return self.row * self.column

    def beside(self, by: int = 1) -> Place:
        return self._replace(column=self.column + by)

    def __str__(self) -> str:
        return f"{self.row}/{self.column}"


class Usual(typing.NamedTuple):
    """Where."""

    row: int
    column: int = 3
    marks: Mapping[str, int] = NOTHING


def test_is_what_typing_makes() -> None:
    one, other = Place(2), Usual(2)
    assert tuple(one) == tuple(other)
    assert one._fields == other._fields
    assert one._asdict() == other._asdict()
    assert Place._field_defaults == Usual._field_defaults
    assert Place.__doc__ == Usual.__doc__
    assert (Place.__module__, Place.__name__) == (Usual.__module__, "Place")
    assert Place.__mro__[1:] == Usual.__mro__[1:]


def test_methods_and_properties_are_kept() -> None:
    assert Place(2).both == 6
    assert Place(2).beside().column == 4
    assert f"{Place(row=5)}" == "5/3"
    assert repr(Place(5, marks={})) == "Place(row=5, column=3, marks={})"


def test_pickles() -> None:
    assert pickle.loads(pickle.dumps(Place(7, 8, {"a": 1}))) == Place(7, 8, {"a": 1})


def test_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Place(2).row = 3  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Place(2).depth = 3  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        NOTHING["a"] = 1  # type: ignore[index]
    with pytest.raises(TypeError):
        Place(2, 3, {}, 5)  # type: ignore[call-arg]
    with pytest.raises((TypeError, ValueError), match="unexpected"):  # TypeError from 3.13 on
        Place(2)._replace(depth=1)  # type: ignore[call-arg]


def test_loads_neither_typing_nor_dataclasses() -> None:
    assert not loaded_by("import unstick.named") & {"typing", "dataclasses", "inspect", "re"}
