"""The command as a process: what is imported, pipes, terminals, encodings."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from unstick.cli.progress import Progress, line

ROOT = Path(__file__).parents[2]
DROPPED = ("NO_COLOR", "COLUMNS", "LC_ALL", "PYTHONIOENCODING")
FAKE = """
import os
import sys
from types import ModuleType
from tests.report import factory
fake = ModuleType("unstick.diagnose")
engine = os.environ.get("ENGINE", "compiled")
fake.explain = lambda paths, **options: factory.story()._replace(engine=engine)
def streams(paths, **options):
    while True:
        yield factory.ROW
fake.streams = fake.stream_pieces = streams
sys.modules["unstick.diagnose"] = fake
from unstick.cli import main
sys.exit(main())
"""


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in DROPPED}
    return {**kept, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "TERM": "xterm", **more}


def process(*arguments: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", FAKE, *arguments],
        env=environment(**env),
        capture_output=True,
        timeout=60,
        check=False,
    )


def on_terminal(*arguments: str, **env: str) -> str:
    """What the command writes to a terminal of 100 columns."""
    import fcntl
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    child = subprocess.Popen(
        [sys.executable, "-c", FAKE, *arguments],
        env=environment(**env),
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    seen = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # Linux says so when the last writer is gone
            break
        if not piece:
            break
        seen += piece
    os.close(leader)
    child.wait(60)
    return seen.decode().replace("\r\n", "\n")


def imported(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_version_imports_nothing() -> None:
    ours = imported("from unstick.cli import main; main(['--version'])")
    assert {name for name in ours if name.startswith("unstick")} == {
        "unstick",
        "unstick.cli",
        "unstick.version",
    }
    assert not ours & {"argparse", "typing", "dataclasses", "re"}


def test_explain_does_not_import_other_commands() -> None:
    names = imported("from unstick.cli import main; main(['help', 'explain'])")
    assert not names & {
        "unstick.cli.streams",
        "unstick.cli.profiles",
        "unstick.tcp",
        "unstick.wire",
        "ipaddress",
        "json",
        "rich",
        "tempfile",
    }


def test_pipe_is_never_coloured() -> None:
    done = process("explain", "/dev/null")
    assert done.returncode == 1
    assert b"\x1b" not in done.stdout
    assert "├─ RST seq 276 ──" in done.stdout.decode()


def test_terminal_is_coloured_and_the_page_stays_narrow() -> None:
    seen = on_terminal("explain", "/dev/null")
    assert "\x1b[1m\x1b[31mERROR\x1b[0m" in seen


@pytest.mark.parametrize("off", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colour_can_be_switched_off(off: dict[str, str]) -> None:
    seen = on_terminal("explain", "/dev/null", **off)
    assert "\x1b" not in seen
    assert max(map(len, seen.splitlines())) <= 79


def test_file_is_never_coloured(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    on_terminal("explain", "-o", str(target), "/dev/null")
    assert b"\x1b" not in target.read_bytes()


@pytest.mark.parametrize(
    "where", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C"}]
)
def test_ascii_where_arrows_cannot_be_shown(where: dict[str, str]) -> None:
    done = process("explain", "/dev/null", **where)
    assert done.returncode == 1
    assert b"|- RST seq 276 --" in done.stdout
    assert done.stdout.isascii()


def test_reader_that_leaves_is_not_an_error() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", FAKE, "streams", "--format", "csv", "/dev/null"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait(60) == 141


def test_interrupt_ends_with_one_line() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", FAKE, "streams", "--format", "csv", "/dev/null"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()  # it runs
    child.send_signal(signal.SIGINT)
    _, error = child.communicate(timeout=60)
    assert error == b"unstick: interrupted\n"
    assert child.returncode == 130


def test_plain_engine_is_mentioned_to_a_person_once() -> None:
    seen = on_terminal("explain", "/dev/null", ENGINE="plain")
    assert seen.count("running uncompiled") == 1
    assert b"uncompiled" not in process("explain", "/dev/null", ENGINE="plain").stderr


def test_full_disk_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = process("explain", "-o", "/dev/full", "/dev/null")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("unstick: ")
    assert b"Traceback" not in done.stderr


def test_closed_standard_output_is_one_line() -> None:
    done = subprocess.run(
        ["bash", "-c", '"$0" -m unstick profiles >&-', sys.executable],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "unstick: standard output is closed"


class Screen:
    """A stream that remembers."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def fileno(self) -> int:
        raise OSError("not a terminal")


def test_progress_waits_a_second_and_leaves_no_trace() -> None:
    now = [0.0]
    screen = Screen()
    watched = Progress(screen, lambda: now[0])  # type: ignore[arg-type]
    watched(10, 100, 1)
    assert screen.text == ""
    now[0] = 2.0
    watched(50, 100, 1000)
    assert "50%" in screen.text
    assert "500 packets/s" in screen.text
    assert "2.0 s left" in screen.text
    watched.clear()
    last = screen.text.split("\r")
    assert last[-1] == ""
    assert last[-2].strip() == ""


def test_progress_line_without_a_known_end() -> None:
    assert line(4_100_000, None, 1234, 2.0) == "4.1 MB  617 packets/s  1,234 packets"
