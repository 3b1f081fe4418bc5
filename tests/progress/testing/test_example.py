"""The example of the documentation is a test suite that passes, and that can fail."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import REPOSITORY

EXAMPLE = REPOSITORY / "docs" / "examples" / "testing-your-server"
PAGE = (REPOSITORY / "docs" / "testing-your-server.md").read_text("utf-8")

NAIVE = "    connection.sendall(HEAD % len(body) + body)\n"
TIMED = "    connection.settimeout(policy.idle)\n" + NAIVE

HELD = {
    "test_one_that_never_reads_is_reset",
    "test_one_that_vanishes_is_let_go",
    "test_one_that_stops_in_the_middle",
}
NEEDS_ROOT = {
    "test_one_on_a_lossy_path_gets_everything",
    "test_one_whose_network_is_gone_is_let_go",
}


def run_example(folder: Path, *, deliver: str | None = None) -> tuple[set[str], str]:
    """The names of the tests that failed, and pytest's last line."""
    suite = shutil.copytree(EXAMPLE, folder / "example", ignore=shutil.ignore_patterns("__*"))
    if deliver is not None:
        server, tests = suite / "tinyserver.py", suite / "test_tinyserver.py"
        body = re.compile(r"    with Sender\(.*?\n\n", re.DOTALL)
        text, replaced = body.subn(lambda _: deliver + "\n", server.read_text("utf-8"))
        assert replaced == 1
        server.write_text(text, "utf-8")
        # These fail by waiting in vain: not for long.
        tests.write_text(tests.read_text("utf-8").replace("LET_GO_S = 15.0", "LET_GO_S = 5.0"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=suite, capture_output=True, text=True, timeout=400)
    failed = set(re.findall(r"^FAILED test_tinyserver.py::(\w+)", done.stdout, re.MULTILINE))
    return failed, done.stdout.strip().splitlines()[-1]


def test_it_passes(tmp_path: Path) -> None:
    failed, last = run_example(tmp_path)
    assert not failed, last
    assert re.match(r"12 passed|10 passed, 2 skipped", last)


@pytest.mark.long
def test_it_fails_for_a_plain_sendall(tmp_path: Path) -> None:
    failed, _ = run_example(tmp_path, deliver=NAIVE)
    assert failed - NEEDS_ROOT == HELD | {"test_many_of_them_do_not_stop_the_service"}


@pytest.mark.long
def test_it_fails_for_a_sendall_with_a_timeout(tmp_path: Path) -> None:
    """As the page says: the workers are free, the slow client is cut, the bytes are left."""
    failed, _ = run_example(tmp_path, deliver=TIMED)
    assert failed - NEEDS_ROOT == HELD | {"test_a_slow_one_gets_everything"}
    shown = set(re.findall(r"^    FAILED (\w+)$", PAGE, re.MULTILINE))
    assert failed - NEEDS_ROOT == shown - NEEDS_ROOT


def test_code_on_the_page_is_the_examples() -> None:
    text = "".join(path.read_text("utf-8") for path in sorted(EXAMPLE.glob("*.py")))
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        assert block in text


def test_every_client_and_option_is_on_the_page() -> None:
    from unstick.progress.testing.clients import Clients, Options
    from unstick.progress.testing.networks import Network

    others = {"still_open", "report", "close", "all"}
    clients = {name for name in vars(Clients) if not name.startswith("_")} - others
    assert clients == set(re.findall(r"^\| `(\w+)\(a", PAGE, re.MULTILINE))
    for name in Options.__annotations__:
        assert f"`{name}=`" in PAGE
    for name in {name for name in vars(Network) if not name.startswith("_")}:
        assert f"`{name}(" in PAGE
