"""The public HTTP cache tests at each cache: ``python -m benchmarks.cache_tests FOLDER``.

FOLDER is a checkout of https://github.com/http-tests/cache-tests in which ``npm install`` has run;
nothing of it is part of this project. Needs ``node``. The suite's authors say what its results
are: how a cache behaves, not whether it conforms. Tests that are for browsers alone are left out,
as on cache-tests.fyi.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.caches import CACHES, Cache, Place, free_port, running, version

LIMIT_S = 900
JUDGE = """
import { readFileSync } from 'node:fs'
const [folder, file] = process.argv.slice(1)
const tests = (await import(`${folder}/tests/index.mjs`)).default
const { determineTestResult } = await import(`${folder}/test-engine/lib/results.mjs`)
const results = JSON.parse(readFileSync(file, 'utf8'))
const rows = tests.flatMap(suite => suite.tests).filter(test => !test.browser_only).map(test =>
  [test.kind || 'required', determineTestResult(tests, test.id, results, false)[2], test.id])
console.log(JSON.stringify(rows))
"""
"""The suite's own judgement: kind, sign, test."""
SIGNS = {"⛔️": "failed", "⚠️": "failed", "🔹": "setup", "↻": "setup", "⁉️": "setup", "-": "not run"}

Row = tuple[str, str, str]


def main() -> int:
    options = parser().parse_args()
    folder = Path(options.folder).resolve()
    chosen = [one for one in CACHES if one.is_there and one.name in (options.only or NAMES)]
    with tempfile.TemporaryDirectory() as scratch:
        origin = free_port()
        place = Path(scratch) / "origin"
        place.mkdir()
        server = ["node", str(folder / "test-engine/server/server.mjs")]
        words = {"protocol": "http", "port": str(origin), "pidfile": str(place / "pid")}
        environment(words, folder)
        with running(server, origin, place):
            results = {one: tested(one, Path(scratch), origin, folder) for one in chosen}
    for one, rows in results.items() if options.failures else ():
        for kind, sign, test in rows:
            if sign in SIGNS:
                print(f"{one.name}: {kind} {SIGNS[sign]}: {test}")
    print("\n".join(table(results)))
    return 0


NAMES = [one.name for one in CACHES]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks.cache_tests", description=__doc__)
    made.add_argument("folder", metavar="FOLDER", help="the suite, with its packages")
    made.add_argument("--only", action="append", choices=NAMES, help="this cache (repeatable)")
    made.add_argument("--failures", action="store_true", help="name what did not pass")
    return made


def environment(words: dict[str, str], folder: Path) -> None:
    """The suite reads its options as npm hands them on."""
    os.environ.update({f"npm_config_{key}": value for key, value in words.items()})
    os.environ.update({"npm_package_config_id": ""})
    os.chdir(folder)


def tested(cache: Cache, scratch: Path, origin: int, folder: Path) -> list[Row]:
    """Every test once, with a fresh cache."""
    place = Place(scratch / cache.name, free_port(), origin)
    place.folder.mkdir()
    os.environ.update({"npm_config_base": f"http://127.0.0.1:{place.port}"})
    print(f"{cache.name} ...", file=sys.stderr, flush=True)
    with running(cache.command(place), place.port, place.folder):
        done = subprocess.run(
            ["node", "--no-warnings", str(folder / "test-engine/cli.mjs")],
            capture_output=True,
            timeout=LIMIT_S,
            check=True,
        )
    file = place.folder / "results.json"
    file.write_bytes(done.stdout)
    judged = subprocess.run(
        ["node", "--no-warnings", "--input-type=module", "-e", JUDGE, str(folder), str(file)],
        capture_output=True,
        timeout=LIMIT_S,
        check=True,
    )
    rows: list[Row] = [tuple(row) for row in json.loads(judged.stdout)]
    return rows


def table(results: dict[Cache, list[Row]]) -> list[str]:
    """Markdown: what must hold, what an optimal cache does, and what is only asked."""
    lines = [
        "| cache | required: passed | failed | setup | optimal: passed | of | checks: yes | of |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one, rows in results.items():
        counts = Counter((kind, SIGNS.get(sign, sign)) for kind, sign, _ in rows)
        kinds = Counter(kind for kind, _, _ in rows)
        cells = (
            *(counts["required", "✅"], counts["required", "failed"], counts["required", "setup"]),
            *(counts["optimal", "✅"], kinds["optimal"], counts["check", "Y"], kinds["check"]),
        )
        lines.append(f"| {one.name} | {' | '.join(map(str, cells))} |")
    return [*lines, "", *sorted({version(one) for one in results})]


if __name__ == "__main__":
    sys.exit(main())
