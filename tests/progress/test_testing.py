"""The kit as a package: loading it is cheap, and every name it promises is there."""

from __future__ import annotations

import tomllib
from importlib import import_module

import pytest

from tests.house import REPOSITORY
from tests.test_house import loaded_by
from unstick.progress import testing

PLUGIN = "unstick.progress.testing.plugin"


@pytest.mark.parametrize("name", testing.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(testing, name) is not None
    assert name in dir(testing)


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="does_not_exist"):
        _ = testing.does_not_exist


def test_the_plugin_loads_nothing_of_the_kit() -> None:
    """Everybody's test run pays for it, also where no test uses it."""
    extra = loaded_by(f"import pytest, {PLUGIN}") - loaded_by("import pytest")
    kit = {name for name in extra if name.startswith("unstick.progress.testing.")}
    assert kit == {PLUGIN}
    assert not extra & {"ssl", "asyncio", "selectors", "http.client", "email"}


def test_the_plugin_is_registered() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"unstick": PLUGIN}
    assert import_module(PLUGIN).unstick_client
