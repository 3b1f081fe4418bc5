"""Rows of streams as Parquet: types as readers expect them, values as everywhere else."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.cli.test_process import on_terminal
from tests.house import SOURCE
from tests.report import factory
from tests.tcp.segments import CAPTURES
from tests.truth.reading import files
from unstick.cli import main
from unstick.diagnose import stream_pieces, streams
from unstick.diagnosis import StreamRow
from unstick.report import parquet
from unstick.report.parquet import to_parquet
from unstick.report.streams import COLUMNS

STORY = str(SOURCE / "data" / "story.server.pcap")
TYPES = {
    "stream": "int64",
    "client": "string",
    "client_port": "uint16",
    "server": "string",
    "server_port": "uint16",
    "first_frame": "int64",
    "last_frame": "int64",
    "first_time": "timestamp[ns, tz=UTC]",
    "duration_s": "double",
    "client_packets": "int64",
    "server_packets": "int64",
    "client_bytes": "int64",
    "server_bytes": "int64",
    "client_retransmitted_segments": "int32",
    "server_retransmitted_segments": "int32",
    "client_zero_windows": "int32",
    "server_zero_windows": "int32",
    "client_resets": "int32",
    "server_resets": "int32",
    "client_state": "string",
    "server_state": "string",
    "complete": "bool",
    "stuck_side": "string",
    "stuck_for_s": "double",
    "codes": "list<element: string>",
}
"""The contract. What is stored as a dictionary is read as plain values."""

Text = pytest.CaptureFixture[str]


def written(pieces: Any) -> pq.ParquetFile:
    file = io.BytesIO()
    to_parquet(pieces, file)
    return pq.ParquetFile(io.BytesIO(file.getvalue()))


def rows_of(file: pq.ParquetFile) -> list[StreamRow]:
    """The rows as the file tells them, times in nanoseconds."""
    columns = file.read().to_pydict()
    columns["first_time"] = file.read()["first_time"].cast("int64").to_pylist()
    columns["codes"] = [tuple(codes) for codes in columns["codes"]]
    return [StreamRow(*values) for values in zip(*columns.values(), strict=True)]


def test_types_are_the_contract() -> None:
    found = {field.name: str(field.type) for field in written([factory.ROW]).schema_arrow}
    assert found == TYPES
    assert tuple(found) == COLUMNS


@pytest.mark.parametrize("capture", [STORY, *(str(CAPTURES / name) for name in files("lab"))])
def test_rows_are_those_of_every_other_format(capture: str) -> None:
    assert rows_of(written(stream_pieces([capture]))) == list(streams([capture]))


def test_rows_with_and_without_findings_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups end between any two of them, and nothing is lost there."""
    paths = [str(CAPTURES / name) for name in files("public/fixtures")[:6]] or [STORY]
    wanted = list(streams(paths))
    monkeypatch.setattr(parquet, "GROUP_ROWS", 4)
    file = written(stream_pieces(paths))
    assert rows_of(file) == [row._replace(capture=0) for row in wanted]
    assert file.num_row_groups > 1 or len(wanted) < 5


def test_groups_are_written_while_rows_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 2)
    file = io.BytesIO()
    sizes: list[int] = []

    def pieces() -> Any:
        for number in range(5):
            sizes.append(file.tell())
            yield factory.ROW._replace(stream=number)

    to_parquet(pieces(), file)
    assert sizes[2] == sizes[3] > sizes[1] == sizes[0]
    assert sizes[4] > sizes[3]
    assert pq.ParquetFile(io.BytesIO(file.getvalue())).num_row_groups == 3


def test_capture_without_a_connection_is_a_table_without_rows() -> None:
    file = written([])
    assert file.read().num_rows == 0
    assert {field.name: str(field.type) for field in file.schema_arrow} == TYPES


def test_file_and_pipe_get_the_same_bytes(tmp_path: Path, capfdbinary: Any) -> None:
    path = tmp_path / "streams.parquet"
    assert main(["streams", "--format", "parquet", "-o", str(path), STORY]) == 0
    assert main(["streams", "--format", "parquet", STORY]) == 0
    assert capfdbinary.readouterr().out == path.read_bytes()
    assert pq.read_table(path).num_rows == 1


def test_terminal_is_refused() -> None:
    seen = on_terminal("streams", "--format", "parquet", "/dev/null").splitlines()
    assert seen[0].endswith("not for a terminal")
    assert seen[1].startswith("hint: name a file with -o FILE")


def test_what_stood_there_stays_if_it_fails(tmp_path: Path, capsys: Text) -> None:
    path = tmp_path / "streams.parquet"
    path.write_bytes(b"before")
    torn = tmp_path / "torn.pcap"
    torn.write_bytes(b"no capture at all")
    assert main(["streams", "--format", "parquet", "-o", str(path), str(torn)]) == 2
    assert capsys.readouterr().err.startswith("unstick: ")
    assert path.read_bytes() == b"before"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["streams.parquet", "torn.pcap"]


def test_full_disk_is_one_line(capsys: Text) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    assert main(["streams", "--format", "parquet", "-o", "/dev/full", STORY]) == 2
    assert capsys.readouterr().err == "unstick: No space left on device\n"


def test_missing_pyarrow_is_said_before_the_capture_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: Text, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    target = tmp_path / "streams.parquet"
    assert main(["streams", "--format", "parquet", "-o", str(target), STORY]) == 2
    first, hint = capsys.readouterr().err.splitlines()
    assert first == "unstick: parquet needs pyarrow"
    assert "pip install 'unstick[arrow]'" in hint
    assert not target.exists()


@pytest.mark.long
@pytest.mark.parametrize("reader", ["pandas", "polars"])
def test_other_readers_see_times_and_strings(reader: str, tmp_path: Path) -> None:
    """Installed for make test-long: both together are 450 MB."""
    library: Any = pytest.importorskip(reader)
    path = tmp_path / "streams.parquet"
    assert main(["streams", "--format", "parquet", "-o", str(path), STORY]) == 0
    table = library.read_parquet(path)
    (row,) = streams([STORY])
    assert list(table.columns) == list(COLUMNS)
    assert table["client"][0] == row.client
    assert list(table["codes"][0]) == list(row.codes)
    assert (
        table["server_bytes"][0] - table["client_bytes"][0] == row.server_bytes - row.client_bytes
    )
    kind = str(table["first_time"].dtype)
    assert "ns" in kind
    assert "UTC" in kind
    ns = (
        table["first_time"].astype("int64")
        if reader == "pandas"
        else table["first_time"].dt.epoch("ns")
    )
    assert ns[0] == row.first_time
