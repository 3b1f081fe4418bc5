"""A ``diagnose`` that reads nothing, so that the command line is tested alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from tests.report import factory
from unstick.diagnosis import Diagnosis, StreamRow


@dataclass
class Fake:
    """What the commands call. ``calls`` is how they called it; set ``result`` or ``fails``."""

    result: Diagnosis = field(default_factory=factory.story)
    fails: BaseException | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)

    def explain(self, paths: Sequence[str], **options: Any) -> Diagnosis:
        self.calls.append({"paths": list(paths), **options})
        if options["on_progress"] is not None:
            options["on_progress"](1, 2, 3)
        if self.fails is not None:
            raise self.fails
        return self.result

    def streams(self, paths: Sequence[str], **options: Any) -> Iterator[StreamRow]:
        self.calls.append({"paths": list(paths), **options})
        yield factory.ROW
        if self.fails is not None:
            raise self.fails

    def stream_pieces(self, paths: Sequence[str], **options: Any) -> Iterator[StreamRow]:
        return self.streams(paths, **options)

    def trace(self, path: str, stream: int, addresses: bool) -> str:
        self.calls.append({"path": path, "stream": stream, "addresses": addresses})
        return " 0.000  C  S  0:0(0)\n"


WORDS = {"diagnose": ("explain", "streams", "stream_pieces"), "tracing": ("trace",)}


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    made = Fake()
    for name, words in WORDS.items():
        module = ModuleType(f"unstick.{name}")
        for word in words:
            function: Callable[..., object] = getattr(made, word)
            setattr(module, word, function)
        monkeypatch.setitem(sys.modules, f"unstick.{name}", module)
    return made


@pytest.fixture
def capture(tmp_path: Any) -> str:
    """A path that exists."""
    path = tmp_path / "story.server.pcap"
    path.write_bytes(b"")
    return str(path)
