"""The two engines: the same modules, compiled and plain, side by side in one process."""

from __future__ import annotations

import sys

import pytest

from tests.house import SOURCE
from unstick import engine
from unstick.wire.kernels import HOT_FILES


def test_every_hot_file_is_listed_once() -> None:
    hot = [
        ".".join(("unstick", *pxd.relative_to(SOURCE).with_suffix("").parts))
        for pxd in SOURCE.rglob("*.pxd")
    ]
    assert sorted(engine.HOT) == sorted(hot)
    in_wire = [name for name in engine.HOT if name.startswith("unstick.wire.")]
    assert sorted(f"unstick.wire.{name}" for name in HOT_FILES) == sorted(in_wire)


def test_plain_engine_is_made_of_sources() -> None:
    plain = engine.load_plain()
    assert plain.name == "plain"
    assert plain.modules.keys() == set(engine.HOT)
    for module in plain.modules.values():
        assert not engine.is_compiled(module)
        assert str(module.__file__).endswith(".py")


def test_loading_the_plain_engine_leaves_the_other_in_place() -> None:
    before = engine.load()
    imported = {name: sys.modules.get(name) for name in engine.HOT}
    plain = engine.load_plain()
    assert {name: sys.modules.get(name) for name in engine.HOT} == imported
    after = engine.load()
    assert after.modules == before.modules
    for name, module in after.modules.items():
        if engine.is_compiled(module):
            assert plain.modules[name] is not module


def test_plain_engine_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSTICK_ENGINE", "plain")
    assert engine.load().name == "plain"


def test_an_engine_gives_its_modules_by_short_name() -> None:
    loaded = engine.load()
    assert loaded["flows.kernels"] is loaded.modules["unstick.flows.kernels"]
