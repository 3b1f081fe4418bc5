"""One script against one profile: each segment that comes in is judged, and the answer compared.

Compared are: whether an answer follows at once and of which kind, its numbers, the error the
program then sees, and states that the script asserts. Not compared: when data, FIN and
retransmissions leave, options, windows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from unstick.lab.conformance.answers import EXPECTED, WORDS, Answer
from unstick.lab.conformance.endpoint import Endpoint
from unstick.lab.conformance.script import Call, Command, Event, Script, Segment
from unstick.lab.conformance.systems import System, system
from unstick.tcp import profiles
from unstick.tcp.judge import Verdict, judge
from unstick.tcp.vocabulary import Action, State
from unstick.wire.columns import RST, SYN

AT_ONCE_S = 0.1
"""An answer comes within this: a retransmission takes 200 ms at least, a delayed ACK 40."""

RESET_ERRORS = frozenset({"ECONNRESET", "ECONNREFUSED", "EPIPE", "ECONNABORTED"})
WRITES = frozenset({"write", "writev", "send", "sendto", "sendmsg", "sendfile", "splice"})
CAUSES = WRITES | {"close", "shutdown", "connect", "setsockopt"}
"""Calls that may send something: what follows them is no answer."""

BEYOND = {
    # word in the arguments of a call: what the model has no rules for
    "FASTOPEN": "TCP Fast Open",
    "TCP_MD5SIG": "signatures that were agreed on (TCP_MD5SIG)",
    "TCP_LINGER2": "a timeout that its program has set",
    "TCP_USER_TIMEOUT": "a timeout that its program has set",
}

STATE_WORDS = {
    # as FreeBSD's sockstat and as packetdrill's tcp_info name them
    **{one.name: one for one in State},
    "SYN_RCVD": State.SYN_RECEIVED,
    "FIN_WAIT1": State.FIN_WAIT_1,
    "FIN_WAIT2": State.FIN_WAIT_2,
}
ASSERTS = re.compile(r"assert tcpi_state == TCPI_(\w+)")
COUNTED = re.compile(r"grep -c '?(\w+)'?\s*\|\s*grep '?([01])\b")
SETS = re.compile(r"sysctl\s+(?:-\w+\s+)*([\w.]+)=\"?([\w-]+)")


class NotRunError(Exception):
    """Why this script says nothing about this profile: ``reason`` can be counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Disagreement(NamedTuple):
    """Where a script and the model part. ``model`` and ``script``: what each says happens."""

    line: int
    segment: str
    state: str
    verdict: Verdict
    model: str
    script: str


class Outcome(NamedTuple):
    """``judged``: segments that came in and were agreed on."""

    judged: int
    disagreement: Disagreement | None


def run(script: Script, profile: str) -> Outcome:
    """Raises NotRunError where the script cannot tell anything about this profile."""
    return _Run(script, profile).through()


class _Run:
    def __init__(self, script: Script, profile: str) -> None:
        self.events, self.profile = script.events, profile
        self.system = system(profile)
        self.endpoint = Endpoint()
        self.listener = ""
        self.firsts = {True: 0, False: 0}  # numbers of the SYNs that came in, that went out
        self.closed = False  # the program has closed its socket
        self.written = 1  # bytes its program has handed over, and its SYN
        self.challenged_s: float | None = None
        self.judged: list[tuple[Event, Verdict, State]] = []
        incoming = [at for at, one in enumerate(self.events) if is_inbound(one)]
        if not incoming:
            raise NotRunError("no segment comes in: there is nothing to judge")
        check_settings(self.events[: incoming[-1]], self.system)

    def through(self) -> Outcome:
        for at in range(len(self.events)):
            event = self.numbered(self.events[at])
            self.opens(event.what)
            if isinstance(event.what, Call):
                self.called(event.what)
            elif isinstance(event.what, Command):
                if self.judged and (found := self.asserted(event.what)) is not None:
                    return Outcome(len(self.judged) - 1, found)
            elif not event.what.inbound:
                if (found := self.sent(event)) is not None:
                    return Outcome(len(self.judged), found)
            elif (found := self.arrived(event, self.answer(at))) is not None:
                return Outcome(len(self.judged) - 1, found)
        return Outcome(len(self.judged), None)

    def opens(self, what: object) -> None:
        """The number of a SYN is kept where it begins a connection."""
        if not isinstance(what, Segment) or not what.flags & SYN:
            return
        if not what.inbound or self.endpoint.state in (State.LISTEN, State.SYN_SENT):
            self.firsts[what.inbound] = what.seq or 0

    def numbered(self, event: Event) -> Event:
        """With the numbers on the wire: a script gives those of a SYN as they are, and all others
        relative to the SYN of their side."""
        segment = event.what
        if not isinstance(segment, Segment):
            return event
        if segment.flags & SYN:
            return event
        mine, other = self.firsts[segment.inbound], self.firsts[not segment.inbound]
        moved = replace(
            segment,
            seq=None if segment.seq is None else segment.seq + mine,
            ack=None if segment.ack is None else segment.ack + other,
            sack_edge=None if segment.sack_edge is None else segment.sack_edge + other,
        )
        return replace(event, what=moved)

    def called(self, call: Call) -> None:
        endpoint, name = self.endpoint, call.name
        for word, reason in BEYOND.items():
            if any(word in one for one in call.arguments):
                raise NotRunError(reason)
        if name == "listen":
            self.listener = call.descriptor
            endpoint.listens()
        elif name == "connect":
            if endpoint.state not in (State.CLOSED, State.SYN_SENT):
                raise NotRunError("several connections")
            endpoint.state = State.CLOSED
        elif name == "close" and call.descriptor == self.listener:
            endpoint.stops_listening()
        elif name == "close":
            self.closed = True
            if endpoint.state is State.SYN_SENT:
                endpoint.end()
        elif name in WRITES:
            self.written += max(0, call.result or 0)
        elif name == "getsockopt" and "SO_RCVBUF" in call.arguments:
            # A listener's buffer says nothing of its SYN-RECEIVED connections (syncache).
            known = self.system.window_is_buffer and call.descriptor != self.listener
            told = re.fullmatch(r"\[(\d+)\]", "".join(call.arguments[3:4]))
            if known and told is not None:
                endpoint.buffer_bytes = int(told[1])

    def sent(self, event: Event) -> Disagreement | None:
        """What the endpoint sends of its own: a connection that was reset sends nothing."""
        segment, endpoint = event.what, self.endpoint
        assert isinstance(segment, Segment)
        gone = endpoint.state in (State.CLOSED, State.LISTEN) and not segment.flags & (SYN | RST)
        if gone and self.judged:
            last = self.judged[-1][1].action
            if last in (Action.RESET, Action.REPLY_RST_AND_RESET):
                return self.parted("the connection is over", f"it sends on: {segment.text}")
        if segment.flags & RST and not self.judged:
            endpoint.end()
        endpoint.sends(segment)
        return None

    def answer(self, at: int) -> Answer:
        """What follows event ``at``, until the next segment comes in."""
        start = self.events[at]
        segments: list[Segment] = []
        error: str | None = None
        at_once = True
        for event in map(self.numbered, self.events[at + 1 :]):
            if is_inbound(event):
                break
            if None not in (event.at_s, start.at_s):
                at_once = at_once and event.at_s - start.at_s < AT_ONCE_S  # type: ignore[operator]
            if isinstance(event.what, Segment) and at_once:
                segments.append(event.what)
            elif isinstance(event.what, Call):
                at_once = at_once and event.what.name not in CAUSES
                if at_once or event.what.name not in CAUSES:
                    error = error or error_in(event.what)
        listening = any(is_outbound(one) for one in self.events[at + 1 :])
        return Answer(tuple(segments), error, listening)

    def arrived(self, event: Event, answer: Answer) -> Disagreement | None:
        segment, endpoint = event.what, self.endpoint
        assert isinstance(segment, Segment)
        before = endpoint.state
        self.sent_unlisted(segment)
        verdict = judge(endpoint.snapshot(segment), self.profile)
        self.judged.append((event, verdict, before))
        if verdict.action is Action.NEW_CONNECTION:
            self.firsts[True] = segment.seq or 0
        if verdict.action is Action.UNDECIDABLE:
            raise NotRunError(f"the model does not decide it ({verdict.rule_name})")
        endpoint.take(segment, verdict.action)
        reset = bool(answer.segments and answer.segments[0].flags & RST)
        if verdict.action is Action.ACCEPT and self.closed and segment.length and reset:
            raise NotRunError("text for a socket that its program has closed")
        wrong = self.error_differs(verdict.action, answer)
        limited = verdict.action in (Action.CHALLENGE, Action.ACK) and self.is_limited(event)
        if answer.segments or (answer.listening and not limited):
            wrong = wrong or EXPECTED[verdict.action](endpoint, segment, answer)
        return None if wrong is None else self.parted(WORDS[verdict.action], wrong)

    def sent_unlisted(self, segment: Segment) -> None:
        """Scripts need not list what is sent: an ACK of what was written was sent before."""
        ack, sent = segment.ack, self.endpoint.snd_nxt
        most = self.written + self.firsts[False]
        if ack is not None and sent is not None and sent < ack <= most:
            self.endpoint.snd_nxt = ack

    def is_limited(self, event: Event) -> bool:
        """Whether the stack's limit on challenge ACKs may keep this one back."""
        limit_ms = profiles.profile(self.profile).numbers.challenge_per_socket_ms
        last_s, self.challenged_s = self.challenged_s, event.at_s
        if limit_ms is None or last_s is None or event.at_s is None:
            return False
        return (event.at_s - last_s) * 1000 < limit_ms

    def error_differs(self, action: Action, answer: Answer) -> str | None:
        reset = action in (Action.RESET, Action.REPLY_RST_AND_RESET)
        if answer.error is None or reset == (answer.error in RESET_ERRORS):
            return None
        if answer.error == "0":
            return "the program sees no error: it goes on"
        return f"the program is told {answer.error}" if answer.error in RESET_ERRORS else None

    def asserted(self, command: Command) -> Disagreement | None:
        """A state that the script asserts here; of a listener that is not told from its absence."""
        state = State.CLOSED if self.endpoint.state is State.LISTEN else self.endpoint.state
        for wanted, holds in states_in(command.text):
            if (state is (State.CLOSED if wanted is State.LISTEN else wanted)) != holds:
                there = "is" if holds else "is not"
                says = f"it is in {self.endpoint.state.rfc_name} then"
                return self.parted(says, f"it {there} in {wanted.rfc_name}")
        return None

    def parted(self, model: str, script: str) -> Disagreement:
        event, verdict, state = self.judged[-1]
        assert isinstance(event.what, Segment)
        return Disagreement(event.line, event.what.text, state.rfc_name, verdict, model, script)


# --- reading what stands between segments --------------------------------------------------------


def is_inbound(event: Event) -> bool:
    return isinstance(event.what, Segment) and event.what.inbound


def is_outbound(event: Event) -> bool:
    return isinstance(event.what, Segment) and not event.what.inbound


def error_in(call: Call) -> str | None:
    """What a call told of the connection: SO_ERROR's value, or the error it failed with."""
    if call.name == "getsockopt" and "SO_ERROR" in call.arguments and len(call.arguments) > 3:
        return call.arguments[3].strip("[] ")
    return call.error if call.error in RESET_ERRORS else None


def states_in(text: str) -> list[tuple[State, bool]]:
    found = [(word, True) for word in ASSERTS.findall(text)]
    found += [(word, count == "1") for word, count in COUNTED.findall(text)]
    return [(STATE_WORDS[word], holds) for word, holds in found if word in STATE_WORDS]


def check_settings(events: Sequence[Event], assumed: System) -> None:
    """Raises NotRunError where the script sets what this profile does not stand for."""
    done: dict[str, str] = {}
    for event in events:
        if isinstance(event.what, Command):
            for name, value in SETS.findall(event.what.text):
                done.setdefault(name, value)
    for name, value in done.items():
        if value not in assumed.variables.get(name, {value}):
            raise NotRunError(f"sets {name}={value}, which this profile does not stand for")
    if assumed.needs and not any(done.get(name) == one for name, one in assumed.needs.items()):
        names = " nor ".join(assumed.needs)
        raise NotRunError(f"sets neither {names}")
