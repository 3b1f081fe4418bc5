"""``unstick lab``: real hosts, a fault between them, and the explanation held against the truth."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from unstick.cli import FOUND, OK, lab_conformance, lab_from, lab_matrix, lab_probe, output
from unstick.cli.parser import Formatter, Parser, number
from unstick.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from unstick.lab.folder import Record
    from unstick.lab.scenario import Scenario
    from unstick.report.look import Look

EXITS = """\
exit status:
  0    done; of a run: the explanation and the truth are as the scenario says
  1    of a run: they differ
  2    could not do it: one line says why, a hint says what to do
"""
ABOUT = """\
Real hosts (network namespaces), real TCP stacks (the kernel's), real servers,
and between them a middlebox whose fault is chosen. What each end saw is
captured, explained, and compared with what the kernels say.

Runs need root; nothing leaves the namespaces, and nothing is left of them.
"""
EXAMPLES = """\
  sudo unstick lab run office
  sudo unstick lab run pipelined --server varnish --wait --keep stuck
  unstick lab replay stuck
  unstick lab list
"""
SEE = "unstick explain, unstick compare, unstick demo"


def fill(parser: Parser) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXITS, see=SEE)
    below = parser.add_subparsers(dest="what", metavar="COMMAND", required=True)
    for name, (summary, fill_one, _) in PARTS.items():
        part = below.add_parser(
            name, help=summary, formatter_class=Formatter, allow_abbrev=False, description=summary
        )
        if hasattr(part, "color"):
            part.color = False
        fill_one(part)


def run(options: Namespace) -> int:
    return PARTS[options.what][2](options)


# --- list ----------------------------------------------------------------------------------------


def fill_list(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "examples:\n  unstick lab list\n"


def run_list(options: Namespace) -> int:
    from unstick.lab.scenarios import SCENARIOS

    look = output.look(None)
    output.write_lines(None, listed(list(SCENARIOS.values()), look))
    return OK


def listed(scenarios: list[Scenario], look: Look) -> Iterator[str]:
    for one in scenarios:
        yield f"{look.paint(one.name, 'bold')} ({one.watch_s:g} s at most)"
        yield from look.wrap(one.story, "    ")


# --- run -----------------------------------------------------------------------------------------


def fill_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help="one of unstick lab list")
    parser.add_argument("--server", metavar="S", help="instead of the scenario's own")
    parser.add_argument(
        "--sysctl",
        action="append",
        default=[],
        metavar="K=V",
        help="a setting of the server's host, such as net.ipv4.tcp_retries2=8",
    )
    parser.add_argument("-6", dest="ipv6", action="store_true", help="over IPv6")
    parser.add_argument(
        "--keep", metavar="DIR", help="keep everything that was seen in this new folder"
    )
    parser.add_argument(
        "--wait", action="store_true", help="until the server's host has let go of the connection"
    )
    parser.add_argument("--seed", type=number, default=1, metavar="N", help="of all chance (1)")
    parser.epilog = (
        "examples:\n"
        "  sudo unstick lab run office\n"
        "  sudo unstick lab run office -6 --keep office-6\n"
        "  sudo unstick lab run stop-reading --server nginx --wait\n"
        "  sudo unstick lab run vanish-in-flight --sysctl net.ipv4.tcp_retries2=5 --wait\n\n"
        + EXITS
    )


def run_run(options: Namespace) -> int:
    from pathlib import Path

    from unstick.lab.state import passing_folder

    scenario = chosen(options.scenario)
    if options.keep is None:
        with passing_folder() as passing:
            return play_in(passing, scenario, options)
    folder = Path(options.keep)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is there already", "name a new folder")
    return play_in(folder, scenario, options)


def play_in(folder: Path, scenario: Scenario, options: Namespace) -> int:
    """Plays, tells, explains, compares."""
    from unstick.lab import telling
    from unstick.lab.errors import require_root
    from unstick.lab.hosts import ADDRESSES
    from unstick.lab.runner import Order, play
    from unstick.lab.scenario import loosened

    require_root()  # before anything is printed
    look = output.look(None)
    server = options.server
    if server is not None:
        checked_server(server)
    order = Order(
        folder,
        server,
        settings(options.sysctl),
        6 if options.ipv6 else 4,
        options.seed,
        options.wait,
    )
    addresses = {side: families[order.family] for side, families in ADDRESSES.items()}
    shown = scenario if server is None else loosened(scenario, server)
    output.write_lines(None, telling.setup(shown, addresses, look))
    record = play(
        scenario, order, lambda event: output.write_lines(None, telling.event_lines(event, look))
    )
    status = tell_verdict(folder, record, look)
    if options.keep:
        output.write_lines(None, ["", *look.wrap(f"Everything that was seen: {folder}/README.md")])
    return status


def tell_verdict(folder: Path, record: Record, look: Look, keep: bool = True) -> int:
    """The explanation of the server's capture, then how it agrees with the truth."""
    from unstick.checks import NAMES
    from unstick.lab import folder as folders
    from unstick.lab import telling
    from unstick.lab.verdict import judge
    from unstick.report.model import to_json
    from unstick.report.text import text

    verdict = judge(record.scenario, record.paths(folder), record.seen)
    if keep:
        for name, diagnosis in (
            ("findings.json", verdict.diagnosis),
            ("findings-client.json", verdict.client_diagnosis),
        ):
            (folder / name).write_text(to_json(diagnosis, NAMES), encoding="utf-8")
        folders.write_readme(folder, record, telling.truths(verdict.checked))
    lines = ["", look.paint("What unstick explain says of the server's capture", "bold"), ""]
    output.write_lines(None, [*lines, *text(verdict.diagnosis, NAMES, look), ""])
    output.write_lines(None, telling.compared(verdict.checked, verdict.between, look))
    return OK if verdict.holds else FOUND


def chosen(name: str) -> Scenario:
    """Raises UsageError with the nearest name."""
    from unstick.lab.scenarios import SCENARIOS

    if name in SCENARIOS:
        return SCENARIOS[name]
    near = get_close_matches(name, SCENARIOS, n=1)
    hint = f"did you mean {near[0]}?" if near else "unstick lab list"
    raise UsageError(f"there is no scenario {name!r}", hint)


def checked_server(name: str) -> None:
    from unstick.lab.servers import SERVERS

    if name not in SERVERS:
        raise UsageError(f"there is no server {name!r}", ", ".join(SERVERS))


def settings(words: list[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    for name, equals, value in pairs:
        if not (name and equals and value):
            raise UsageError(f"--sysctl {name}: a name and a value, with = between them")
    return {name: value for name, _, value in pairs}


# --- replay --------------------------------------------------------------------------------------


def fill_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="what lab run --keep DIR has made")
    parser.epilog = "examples:\n  unstick lab replay stuck\n\n" + EXITS


def run_replay(options: Namespace) -> int:
    from pathlib import Path

    from unstick.lab import telling
    from unstick.lab.folder import read

    folder = Path(options.folder)
    record = read(folder)
    look = output.look(None)
    output.write_lines(None, telling.setup(record.scenario, record.facts["addresses"], look))
    for event in record.seen.events:
        output.write_lines(None, telling.event_lines(event, look))
    return tell_verdict(folder, record, look, keep=False)


# --- shell ---------------------------------------------------------------------------------------


def fill_shell(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help="one of unstick lab list")
    parser.add_argument("--server", metavar="S", help="instead of the scenario's own")
    parser.add_argument("-6", dest="ipv6", action="store_true", help="over IPv6")
    parser.epilog = (
        "examples:\n  sudo unstick lab shell office\n"
        "  sudo unstick lab shell stop-reading --server nginx\n"
    )


def run_shell(options: Namespace) -> int:
    from unstick.lab.runner import Order
    from unstick.lab.scenario import loosened
    from unstick.lab.standing import shell, stand
    from unstick.lab.state import passing_folder

    scenario = chosen(options.scenario)
    if options.server is not None:
        checked_server(options.server)
        scenario = loosened(scenario, options.server)
    with passing_folder() as folder:
        stand(scenario, Order(folder, family=6 if options.ipv6 else 4), shell())
    return OK


# --- doctor --------------------------------------------------------------------------------------


def fill_doctor(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "examples:\n  sudo unstick lab doctor\n"


def run_doctor(options: Namespace) -> int:
    from unstick.lab.doctor import examine, remedies

    look = output.look(None)
    found = examine()
    lines = []
    for one in found:
        sign = look.paint("ok     ", "green") if one.there else look.paint("MISSING", "red")
        says = look.wrap(one.says, " " * 30)
        first = f"{sign}  {one.what:<20} {says[0].strip()}"
        lines += [first, *says[1:]] if len(first) < 80 else [f"{sign}  {one.what}", *says]
    commands = remedies(found)
    if commands:
        lines += ["", "What is missing comes with:", *(f"  {one}" for one in commands)]
    output.write_lines(None, lines)
    return OK if all(one.there for one in found if one.needed) else FOUND


# --- clean ---------------------------------------------------------------------------------------


def fill_clean(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "examples:\n  sudo unstick lab clean\n"


def run_clean(options: Namespace) -> int:
    from unstick.lab.state import clean, clean_folders

    lines = [f"removed the folder {path}" for path in clean_folders()]
    lines += [f"removed what run {one.name} had left" for one in clean()]
    output.write_lines(None, lines or ["nothing is left of earlier runs"])
    return OK


PARTS: dict[
    str, tuple[str, Callable[[argparse.ArgumentParser], None], Callable[[Namespace], int]]
] = {
    "list": ("every scenario, with its story", fill_list, run_list),
    "run": ("play one, explain its capture, compare with the truth", fill_run, run_run),
    "replay": ("the same again from a kept folder; needs no root", fill_replay, run_replay),
    "shell": ("the hosts up, and a prompt on the client", fill_shell, run_shell),
    "matrix": (lab_matrix.SUMMARY, lab_matrix.fill, lab_matrix.run),
    "probe": ("this kernel's law, measured cell by cell", lab_probe.fill, lab_probe.run),
    "doctor": ("what this machine lacks, and what installs it", fill_doctor, run_doctor),
    "clean": ("remove what a killed run left", fill_clean, run_clean),
    "from": (
        "one end of a captured connection, played against this kernel",
        lab_from.fill,
        lab_from.run,
    ),
    "conformance": (
        "others' packetdrill scripts against a profile; needs no root",
        lab_conformance.fill,
        lab_conformance.run,
    ),
}
