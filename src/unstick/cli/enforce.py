"""``unstick enforce``: ends connections of other programs by a policy, or says which it would."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator

from unstick.cli import FAILED, FOUND, OK, output
from unstick.cli.parser import Parser, number
from unstick.cli.stopping import stop_on_signals
from unstick.errors import UnstickError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.enforce.enforcer import Enforcer, Event
    from unstick.enforce.settings import Settings
    from unstick.progress.policy import Policy

EXITS = """\
exit status:
  0    stopped by SIGTERM or Ctrl-C; --once: nothing to end
  1    --once: something was ended, or would be with --kill
  2    could not do it: one line says why, a hint says what to do
"""
ABOUT = """\
Watches the connections at these ports, whatever program has them, and ends
those whose peer breaks the policy: it takes nothing (idle), is not heard of
(silent), or is too slow (rate). Measured by what the peer acknowledges, so that
a slow reader lives. Only the very connection that was judged is ended, never
another one with the same addresses.

Without --kill it ends nothing and tells what it would end.
"""
EXAMPLES = """\
  unstick enforce --port 80
  sudo unstick enforce --port 80 --policy 'idle=60 rate=500/60s' --kill
  sudo unstick enforce --port 8000-8010 --exe gunicorn --peer 192.0.2.0/24
  sudo unstick enforce --port 443 --netns blue --kill --log /var/log/unstick.log
  sudo unstick enforce --port 80 --once --kill --format ndjson
"""
SEE = "unstick serve, unstick lab; docs/enforce.md"
POLICY = "idle=60 silent=30"
MOST = 60


def fill(parser: Parser) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXITS, see=SEE)
    which = parser.add_argument_group("which connections")
    which.add_argument(
        "--port",
        action="append",
        default=[],
        metavar="P",
        help="local ports: 80, or 80,443,8000-8010; several times if you like",
    )
    for option, says in (("local", "to these own addresses"), ("peer", "with these peers")):
        which.add_argument(
            f"--{option}", action="append", default=[], metavar="NET", help=f"only {says}"
        )
    which.add_argument(
        "--exe", action="append", default=[], metavar="NAME", help="only of programs of that name"
    )
    which.add_argument(
        "--pid", action="append", default=[], type=number, metavar="N", help="only of that process"
    )
    which.add_argument(
        "--user", action="append", default=[], metavar="NAME", help="only of that user, or user id"
    )
    which.add_argument("--netns", metavar="NAME", help="a network namespace: name, path, or a pid")
    fill_doing(parser)
    told = parser.add_argument_group("output")
    told.add_argument("--format", choices=("text", "ndjson"), default="text", help="default: text")
    told.add_argument("--log", metavar="FILE", help="append one key=value line a verdict")
    told.add_argument("--metrics", metavar="FILE", help="OpenMetrics, written anew at each look")


def fill_doing(parser: Parser) -> None:
    group = parser.add_argument_group("what it does")
    group.add_argument("--policy", metavar="P", default=POLICY, help=f"default: {POLICY}")
    either = group.add_mutually_exclusive_group()
    either.add_argument("--kill", action="store_true", help="end them")
    either.add_argument("--dry-run", action="store_true", help="only tell; so it is without --kill")
    group.add_argument(
        "--max-kills",
        metavar="N",
        default=str(MOST),
        help=f"end so many in any minute at most, or none for no limit (default: {MOST})",
    )
    group.add_argument(
        "--via",
        choices=("sock_diag", "pidfd"),
        default="sock_diag",
        help="sock_diag: the kernel ends it (default); pidfd: through its program's descriptor",
    )
    group.add_argument(
        "--once", action="store_true", help="for as long as one judgement takes, then exit"
    )
    group.add_argument(
        "--every", metavar="S", help="look at least so often (default: a quarter of a limit)"
    )


def run(options: Namespace) -> int:
    from unstick.enforce.enforcer import Enforcer
    from unstick.progress.policy import seconds

    settings = settings_of(options)
    every_s = None if options.every is None else seconds("every", options.every)
    if every_s == 0:
        raise UsageError("--every: more than nothing")
    measure = measuring(options.metrics)
    if options.netns is not None:
        from unstick.live import namespaces

        namespaces.enter(options.netns)
    enforcer = Enforcer(settings, every_s)
    try:
        enforcer.ready()
        log_to(options.log)
        return enforce(enforcer, options, measure)
    finally:
        enforcer.close()


def enforce(enforcer: Enforcer, options: Namespace, measure: Callable[[Enforcer], None]) -> int:
    from unstick.enforce import telling
    from unstick.enforce.endings import Fate
    from unstick.enforce.running import looks

    stopped = stop_on_signals()
    say = lines_of if options.format == "text" else records_of
    if options.format == "text":
        output.write_lines(None, introduced(enforcer.settings))
    held = 0
    for events in looks(enforcer, stopped, options.once):
        for event in events:
            telling.log(event)
        output.write_lines(None, say(events))
        if enforcer.held and not held and options.format == "text":
            output.write_lines(None, [f"{' ' * 10}{enforcer.held} more wait: --max-kills"])
        held = enforcer.held
        measure(enforcer)
    if options.format == "text":
        output.write_lines(None, summed_up(enforcer))
    if not options.once:
        return OK
    if enforcer.fates[Fate.REFUSED] or enforcer.fates[Fate.LEFT]:
        return FAILED
    return FOUND if enforcer.held or enforcer.fates else OK


# --- what is said --------------------------------------------------------------------------------


def introduced(settings: Settings) -> Iterator[str]:
    look = output.look(None)
    ports = shown(settings.ports)
    yield from look.wrap(f"unstick enforce: port {ports}, {settings.policy}")
    if not settings.ends:
        yield from look.wrap("ends nothing: it tells what it would end with --kill", "  ")
    elif settings.most_a_minute is None:
        yield from look.wrap(f"ends by {settings.via}, without a limit", "  ")
    else:
        most = settings.most_a_minute
        yield from look.wrap(f"ends by {settings.via}, at most {most} a minute", "  ")


def lines_of(events: list[Event]) -> Iterator[str]:
    import time

    from unstick.enforce import telling

    look = output.look(None)
    for event in events:
        at = time.strftime("%H:%M:%S", time.localtime(event.at_s))
        yield from look.wrap(telling.heading(event), f"{at}  ")
        yield from look.wrap(str(event.verdict.outcome), " " * 10)


def records_of(events: list[Event]) -> Iterator[str]:
    import json

    from unstick.enforce import telling

    for event in events:
        yield json.dumps(telling.record(event), ensure_ascii=False)


def summed_up(enforcer: Enforcer) -> Iterator[str]:
    stats = enforcer.stats
    fates = [f"{count} {fate}" for fate, count in enforcer.fates.items()]
    if enforcer.held:
        fates.append(f"{enforcer.held} wait (--max-kills)")
    said = ", ".join(fates) or "nothing to end"
    looked, there = counted(stats.looks, "look"), counted(stats.open_count, "connection")
    yield f"unstick enforce: {said}; {looked}, {there} now"


def counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def shown(ports: frozenset[int]) -> str:
    """``80,443,8000-8010``."""
    runs: list[list[int]] = []
    for port in sorted(ports):
        if runs and port == runs[-1][1] + 1:
            runs[-1][1] = port
        else:
            runs.append([port, port])
    return ",".join(str(one) if one == last else f"{one}-{last}" for one, last in runs)


# --- what is asked for ---------------------------------------------------------------------------


def settings_of(options: Namespace) -> Settings:
    """Raises UsageError, PolicyError."""
    from unstick.enforce.settings import Settings, Via, net_of, ports_of

    most = options.max_kills
    if most != "none" and not (most.isascii() and most.isdigit() and int(most) > 0):
        raise UsageError(f"--max-kills {most}: not a number from 1", "or none for no limit")
    return Settings(
        policy_of(options.policy),
        frozenset().union(*map(ports_of, options.port)),
        local=tuple(map(net_of, options.local)),
        peer=tuple(map(net_of, options.peer)),
        programs=frozenset(options.exe),
        pids=frozenset(options.pid),
        uids=frozenset(map(uid_of, options.user)),
        kill=options.kill,
        via=Via(options.via),
        most_a_minute=None if most == "none" else int(most),
    )


def policy_of(text: str) -> Policy:
    """What is doubtful about it is said in one line."""
    import warnings

    from unstick.cli.run import say
    from unstick.progress.abilities import OTHERS, honoured
    from unstick.progress.policy import Policy
    from unstick.progress.tcpinfo import capabilities

    with warnings.catch_warnings(record=True) as doubts:
        warnings.simplefilter("always")
        policy = honoured(Policy.parse(text), capabilities() | {OTHERS})
    for doubt in doubts:
        say(str(doubt.message), None)
    return policy


def uid_of(user: str) -> int:
    import pwd

    if user.isascii() and user.isdigit():
        return int(user)
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        raise UsageError(f"--user {user}: there is no such user") from None


def log_to(path: str | None) -> None:
    """Lines of verdicts into the file, which may be rotated; of what failed to stderr as well."""
    import logging
    import sys
    from logging.handlers import WatchedFileHandler

    from unstick.progress.reporting import LOGGER

    logger = logging.getLogger(LOGGER)
    logger.propagate = False
    failures = logging.StreamHandler(sys.stderr)
    failures.setLevel(logging.ERROR)
    failures.setFormatter(logging.Formatter("unstick: %(message)s"))
    logger.addHandler(failures)
    if path is not None:
        file = WatchedFileHandler(path, encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        logger.addHandler(file)


def measuring(path: str | None) -> Callable[[Enforcer], None]:
    """Writes the counters; does nothing without ``path``."""
    if path is None:
        return lambda enforcer: None
    import logging

    from unstick.progress.reporting import LOGGER

    try:
        from unstick.enforce import metrics
    except ModuleNotFoundError as error:
        raise UnstickError(
            f"--metrics needs {error.name}", "pip install 'unstick[prometheus]'"
        ) from error

    def measure(enforcer: Enforcer) -> None:
        try:
            output.write(path, [metrics.text(enforcer)])
        except OSError as error:  # a full disk ends no guard
            if enforcer.stats.looks == 1:
                raise
            logging.getLogger(LOGGER).error("--metrics %s: %s", path, error.strerror)

    return measure
