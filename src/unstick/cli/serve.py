"""``unstick serve``: the cache node, and ``unstick serve ctl``, which talks to a running one."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from unstick.cli import FAILED, OK, output
from unstick.cli.parser import EXIT_PLAIN, Formatter, Parser, number
from unstick.cli.stopping import stop_on_signals
from unstick.errors import UnstickError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.node.server import Node
    from unstick.node.settings import Address, Settings

ABOUT = """\
An HTTP/1.1 caching reverse proxy with a thread a connection. It delivers as
Varnish did in 2015 (blocking: SO_SNDTIMEO and one writev of the whole object),
or by what clients acknowledge, ended by a policy (progress). Its access log says
how each request ended and how many bytes its client has acknowledged.
"""
EXAMPLES = """\
  unstick serve --origin http://127.0.0.1:8000
  unstick serve --origin demo:100M --delivery blocking --send-timeout 600
  unstick serve --origin http://app:8000 --policy 'idle=120 silent=30 rate=200/60s'
  unstick serve ctl requests
  unstick serve ctl cancel 7
"""
SEE = "unstick lab"
LISTEN = "127.0.0.1:8080"


def fill(parser: Parser) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXIT_PLAIN, see=SEE)
    parser.add_argument(
        "--origin", metavar="URL", help="http://HOST:PORT, or demo:SIZE for one that is built in"
    )
    parser.add_argument(
        "--listen", metavar="ADDR", default=LISTEN, help=f"HOST:PORT (default: {LISTEN})"
    )
    parser.add_argument(
        "--delivery", choices=("progress", "blocking"), default="progress", help="default: progress"
    )
    parser.add_argument(
        "--policy", metavar="P", default="", help="of progress (default: idle=60 silent=30)"
    )
    parser.add_argument(
        "--send-timeout", metavar="S", default="600", help="of blocking, seconds (default: 600)"
    )
    parser.add_argument(
        "--memory", metavar="SIZE", default="1G", help="what is stored, at most (default: 1G)"
    )
    parser.add_argument("--metrics", metavar="ADDR", help="HOST:PORT for /metrics (default: none)")
    parser.add_argument("--control", metavar="PATH", help="the control socket, if not the usual")
    below = parser.add_subparsers(dest="what", metavar="ctl", required=False)
    ctl = below.add_parser(
        "ctl", help="talk to a running node", formatter_class=Formatter, allow_abbrev=False
    )
    ctl.add_argument(
        "--control",
        metavar="PATH",
        default=argparse.SUPPRESS,  # or it would undo what stands before ctl
        help="its socket, if you run several nodes",
    )
    words = ctl.add_subparsers(dest="word", metavar="COMMAND", required=True)
    for name, (summary, fill_one, _) in WORDS.items():
        part = words.add_parser(
            name, help=summary, formatter_class=Formatter, allow_abbrev=False, description=summary
        )
        fill_one(part)
        for one in (ctl, part):
            if hasattr(one, "color"):
                one.color = False


def run(options: Namespace) -> int:
    if options.what == "ctl":
        return WORDS[options.word][2](options)
    if options.origin is None:
        raise UsageError("serve: --origin is missing", "http://HOST:PORT, or demo:100M to try it")
    settings = settings_of(options)
    try:
        from unstick.node.server import Node
    except ModuleNotFoundError as error:
        raise UnstickError(
            f"unstick serve needs {error.name}", "pip install 'unstick[serve]'"
        ) from error
    import sys

    return serve(Node(settings, sys.stdout))


def serve(node: Node) -> int:
    """Until SIGTERM or SIGINT; a second one does not wait for anybody."""
    told = stop_on_signals()
    node.start()
    node.journal.say(node.hello())
    told.wait()
    node.journal.say(f"stopping={len(node.register)} patience={node.patience_s:g}")
    node.journal.say(f"stopped reset={node.stop()}")
    return OK


def settings_of(options: Namespace) -> Settings:
    """Raises UsageError, PolicyError."""
    from unstick.node.settings import Mode, Settings
    from unstick.progress.policy import Policy, seconds, size

    timeout, memory = seconds("send-timeout", options.send_timeout), size("memory", options.memory)
    if not timeout or not memory:
        raise UsageError("--send-timeout and --memory: more than nothing")
    return Settings(
        options.origin,
        address_of(options.listen),
        Mode(options.delivery),
        Policy.parse(options.policy),
        timeout,
        memory,
        None if options.metrics is None else address_of(options.metrics),
        options.control,
    )


def address_of(text: str) -> Address:
    """``127.0.0.1:8080``, ``[::1]:8080``, ``:8080`` for every IPv4 address of this host."""
    host, colon, port = text.rpartition(":")
    if not (colon and port.isascii() and port.isdigit() and int(port) < 65536):
        raise UsageError(f"{text}: not an address", "HOST:PORT, such as 127.0.0.1:8080")
    return host.strip("[]") or "0.0.0.0", int(port)


# --- ctl -----------------------------------------------------------------------------------------


def fill_requests(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.epilog = "examples:\n  unstick serve ctl requests\n"


def run_requests(options: Namespace) -> int:
    import json

    rows = asked(options, do="requests")["requests"]
    if options.format == "json":
        output.write_lines(None, [json.dumps(rows, indent=1)])
    else:
        output.write_lines(None, listed(rows))
    return OK


def listed(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Two lines a request: its numbers, and what is to be said of it."""
    if not rows:
        yield "no request is under way"
    else:
        yield f"{'id':>6}  {'age':>8}  {'sent':>12}  {'acked':>12}  {'state':<11}  client"
    for row in rows:
        yield (
            f"{row['id']:>6}  {row['age_s']:>6.1f} s  {row['sent']:>12}  {row['acked']:>12}  "
            f"{row['state']:<11}  {row['client']}"
        )
        yield f"        {row['method']} {row['target']}: {row['doing']}"
        if row["verdict"]:
            yield f"        {row['verdict']}"


def fill_cancel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=number, metavar="ID", help="of unstick serve ctl requests")
    parser.epilog = "examples:\n  unstick serve ctl cancel 7\n"


def run_cancel(options: Namespace) -> int:
    if asked(options, do="cancel", id=options.id)["cancelled"]:
        output.write_lines(None, [f"request {options.id} is reset"])
        return OK
    from unstick.cli.run import say

    say(f"there is no request {options.id}", "unstick serve ctl requests")
    return FAILED


def asked(options: Namespace, **words: object) -> dict[str, Any]:
    from pathlib import Path

    from unstick.node.control import ask, found_path

    return ask(Path(options.control) if options.control else found_path(), **words)


WORDS = {
    "requests": ("every request under way", fill_requests, run_requests),
    "cancel": ("end one request, now", fill_cancel, run_cancel),
}
