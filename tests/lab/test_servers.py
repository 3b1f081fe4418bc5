"""Servers of the lab before they are started: what they need, what installs it, how they are laid
out. That they serve is shown by runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from unstick.lab import doctor, needs
from unstick.lab.errors import LabError
from unstick.lab.processes import Crew
from unstick.lab.pythons import environment
from unstick.lab.pythons.recipes import RECIPES, recipe
from unstick.lab.servers import SERVERS
from unstick.lab.servers.base import Place
from unstick.lab.servers.pythons import PYTHONS, lab_name, lay_out, log


def test_names_can_be_typed_and_are_unique() -> None:
    assert len(SERVERS) >= 8 + len(PYTHONS)
    assert all(name.replace("-", "").replace(".", "").isalnum() for name in SERVERS)
    assert [one.name for one in PYTHONS] == [lab_name(one) for one in RECIPES]


def test_what_is_missing_is_named_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(needs, "where", lambda program: None)
    monkeypatch.setattr(needs, "find_spec", lambda name: None)
    monkeypatch.setitem(needs.FINDERS, "this", needs.lacking_here)
    monkeypatch.setitem(needs.FINDERS, "servers", lambda modules: modules)
    brings = {
        "nginx": "apt-get install --no-install-recommends nginx-light",
        "blocking": "pip install 'unstick[serve]'",
        "waitress": environment.installing(),
    }
    for name, command in brings.items():
        with pytest.raises(LabError) as told:
            needs.require(SERVERS[name])
        assert told.value.hint == command
    needs.require(SERVERS["raw"])  # needs nothing
    commands = doctor.remedies(list(doctor.servers()))
    assert len(commands) == 3
    assert "apache2 haproxy lighttpd nginx-light varnish" in commands[0]


def test_nothing_is_told_where_nothing_is_missing() -> None:
    here = doctor.Line("ip", True, "namespaces", "iproute2")
    gone = doctor.Line("ss", False, "ends what is left", "iproute2")
    assert doctor.remedies([here]) == []
    assert doctor.remedies([here, gone]) == [needs.from_debian("iproute2")]


def test_another_python_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(environment.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert str(tmp_path / "unstick" / "servers") in environment.installing()
    own = tmp_path / "unstick" / "servers" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.touch()
    assert environment.python() == str(own)
    with pytest.raises(LabError) as told:
        environment.versions()  # an empty file is no Python
    assert environment.VARIABLE in str(told.value.hint)
    monkeypatch.setenv(environment.VARIABLE, "other")
    assert environment.python() == "other"


@pytest.mark.parametrize("policy", [None, "idle=5 silent=4"])
def test_a_python_server_gets_the_guard_only_where_it_is_asked_for(
    policy: str | None, tmp_path: Path
) -> None:
    with Crew() as crew:
        place = Place(crew, "none", tmp_path, "10.9.2.2", 8080, tls=False)
        lay_out(recipe("tornado"), place, policy)
    text = (tmp_path / "serve_tornado.py").read_text("utf-8")
    assert 'listen(8080, "10.9.2.2")' in text
    assert ("from unstick.progress import install" in text) is (policy is not None)
    assert (tmp_path / "unstick").exists() is (policy is not None)
    if policy is not None:
        assert policy in text
        assert (tmp_path / "unstick" / "progress").is_dir()


def test_of_a_traceback_the_last_line_is_told(tmp_path: Path) -> None:
    said = "Booting worker with pid: 7\nGET /\nTraceback (most recent call last):\n  File\n\n"
    said += "BrokenPipeError: [Errno 32]\n"
    (tmp_path / "python.log").write_text(said)
    assert log(tmp_path) == ["GET /", "BrokenPipeError: [Errno 32]"]
    assert log(tmp_path / "nowhere") == []
