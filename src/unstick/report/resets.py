"""Resets in words: where each one fell, what the stack should do with it, what was seen instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from unstick.diagnosis import ProfileChoice, ResetVerdict, contradicts, some_stack_does
from unstick.report.human import by_version, count_text
from unstick.report.look import Look

GROUPS_SHOWN = 3  # runs of equal resets told in full; -v tells all

SHOULD = {
    "honoured": "end the connection",
    "refused-silently": "drop it without a word",
    "refused-challenged": "answer with a challenge ACK and go on",
    "undecidable": "not decidable from this capture",
}
SHORT = {
    "honoured": "honour it",
    "refused-silently": "drop it silently",
    "refused-challenged": "challenge it",
    "undecidable": "cannot be told",
}
OBSERVED = {
    "honoured": "obey",
    "refused": "not obey",
    "unknown": "not shown by this capture",
}
ORIGINS = {
    "endpoint": None,
    "another-host": "It was not sent by the host whose address it carries.",
    "unknown": None,
}
NUMBERED = "a reset takes its number from the segment it answers"
GUESSED = (
    "a reset with any other number than the expected one may be a stranger's guess: to refuse it "
    "is what protects connections (RFC 5961)"
)
LABEL = 15  # columns of the words on the left


def reset_lines(
    resets: Sequence[ResetVerdict],
    profile: ProfileChoice,
    look: Look,
    verbose: bool,
    *,
    name_stream: bool = False,
    files: int = 1,
) -> Iterator[str]:
    """Resets in the order of their frames; equal neighbours are told once.

    ``name_stream`` says of which connection each one is; where a capture has several ``files``,
    frames are named with their file.
    """
    groups = list(runs(resets))
    shown = groups if verbose else groups[:GROUPS_SHOWN]
    for number, group in enumerate(shown):
        if number:
            yield ""
        stream = f"Stream {group[0].stream}: " if name_stream else ""
        file = f"{group[0].capture + 1}:" if files > 1 else ""
        yield from look.wrap(stream + _where(group, file), "  ")
        yield from _told(group, profile, look)
    if len(groups) > len(shown):
        left = sum(count(group) for group in groups[len(shown) :])
        yield ""
        yield f"  and {count_text(left, 'more reset')} (-v tells all)"


def runs(resets: Iterable[ResetVerdict]) -> Iterator[list[ResetVerdict]]:
    """Neighbouring resets that say the same and met the same."""
    group: list[ResetVerdict] = []
    for reset in resets:
        if group and _sameness(group[0]) != _sameness(reset):
            yield group
            group = []
        group.append(reset)
    if group:
        yield group


def _sameness(reset: ResetVerdict) -> tuple[object, ...]:
    return (
        (reset.capture, reset.stream, reset.sender, reset.seq_raw, reset.offset),
        (reset.verdict, reset.rule, reset.observed, reset.origin),
    )


def count(group: Iterable[ResetVerdict]) -> int:
    """How many resets these records stand for."""
    return sum(reset.repeated for reset in group)


def _told(group: list[ResetVerdict], profile: ProfileChoice, look: Look) -> Iterator[str]:
    first = group[0]
    told = [
        ("answers", _answers(first)),
        ("should", f"{SHOULD[first.verdict]}, by {profile.name} ({first.rule}, {first.cite})"),
        ("did", _did(first)),
        ("so", _so(group, profile)),
        ("why", _why(first)),
        *_stacks(first),
        ("sent by", _origin(first)),
    ]
    for label, words in told:
        if words:
            yield from look.wrap(words, f"    {label:<{LABEL}}")


def _did(reset: ResetVerdict) -> str:
    because = f": {reset.observed_because}" if reset.observed_because else ""
    return OBSERVED[reset.observed] + because


def _so(group: list[ResetVerdict], profile: ProfileChoice) -> str | None:
    """What follows when the receiver did not do what its stack should."""
    against = [one for one in group if contradicts(one.verdict, one.observed)]
    if not against:
        return None
    if not any(some_stack_does(one.profiles, one.observed) for one in against):
        return (
            "No stack known here would have gone on: the reset was lost behind the capture point, "
            "or something on the receiver's host, such as a firewall, took it."
        )
    if profile.fits:
        who = f"The receiver is not {profile.name}: it acts as {_alike(profile)} would. Or"
    else:
        who = f"The receiver is not {profile.name} nor any stack known here; or"
    return f"{who} something on its host, such as a firewall, took the reset before TCP saw it."


def _alike(profile: ProfileChoice) -> str:
    """The stacks that fit, those of the same family by name, the others by their number."""
    fits = sorted(profile.fits or (), key=by_version)
    family = profile.name.partition("-")[0]
    kin = [name for name in fits if name.partition("-")[0] == family]
    others = len(fits) - len(kin)
    if not kin:
        return _listed(fits)
    if not others:
        return _listed(kin)
    return _listed([*kin, f"{others} other stack{'' if others == 1 else 's'}"])


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _where(group: list[ResetVerdict], file: str) -> str:
    """``Frame 326, RST from the client: seq 276, but the server expects 277: one too low.``"""
    first, last = group[0], group[-1]
    receiver = "server" if first.sender == "client" else "client"
    if count(group) == 1:
        frames = f"Frame {file}{first.frame}, RST"
    else:
        end = last.frame if last.last_frame is None else last.last_frame
        frames = f"Frames {file}{first.frame} to {file}{end}, {count_text(count(group), 'RST')}"
    seq = f"seq {first.seq_raw}" if first.seq is None else f"seq {first.seq}"
    return f"{frames} from the {first.sender}: {seq}, {_distance(first, receiver)}."


def _distance(reset: ResetVerdict, receiver: str) -> str:
    if reset.offset is None or reset.rcv_nxt is None:
        return f"and what the {receiver} expects is not known"
    if reset.offset == 0:
        return f"exactly what the {receiver} expects"
    size = abs(reset.offset)
    too = "too low" if reset.offset < 0 else "too high"
    return (
        f"but the {receiver} expects {reset.rcv_nxt}: {'one' if size == 1 else f'{size:,}'} {too}"
    )


def _answers(reset: ResetVerdict) -> str | None:
    """Which segment the reset was the answer to: a host resets with SEQ = the ACK it was sent."""
    frame, spread = reset.answers_frame, reset.answers_range
    if spread is not None and reset.answers_count > 1:
        many = f"{count_text(reset.answers_count, 'segment')} with ACK {reset.seq}"
        best = "" if frame is None else f"frame {frame}, or another "
        return f"{best}of the {many} (frames {spread[0]} to {spread[1]}); {NUMBERED}"
    if frame is not None:
        return f"frame {frame}, which has ACK {reset.seq}; {NUMBERED}"
    return None


def _why(reset: ResetVerdict) -> str | None:
    """Why a stack is right to refuse it. Said where one of them did."""
    refused = reset.observed == "refused" or reset.verdict.startswith("refused")
    return GUESSED if refused and reset.offset else None


def _stacks(reset: ResetVerdict) -> Iterator[tuple[str, str]]:
    """Every known stack under what it does with this reset."""
    label = "stacks"
    for verdict, short in SHORT.items():
        names = [name for name, theirs in reset.profiles.items() if theirs == verdict]
        names.sort(key=by_version)
        if len(names) == len(reset.profiles) > 1:
            yield label, f"all {len(names)} known here {short}"
        elif names:
            yield label, f"{short}: {', '.join(names)}"
            label = ""


def _origin(reset: ResetVerdict) -> str | None:
    if reset.origin == "endpoint":
        return None
    parts = (ORIGINS.get(reset.origin), reset.origin_evidence)
    return " ".join(part for part in parts if part) or None


def profile_lines(profile: ProfileChoice, look: Look) -> Iterator[str]:
    """Which stack was assumed, how we know it, and whether the capture agrees."""
    how = "as you asked" if profile.chosen == "user" else "the default"
    words = f"Judged as {profile.name}, {how} ({profile.known_from})."
    frames = profile.contradicted_by
    if frames:
        more = f" and {len(frames) - 1:,} more" if len(frames) > 1 else ""
        words += f" Frame {frames[0]}{more} contradicts that."
        if profile.fits:
            words += f" What was seen fits {_alike(profile)}; --profile NAME judges by another."
    yield from look.wrap(words, "  ")
