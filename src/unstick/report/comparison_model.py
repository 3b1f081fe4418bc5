"""``unstick.compare/1``: a comparison as plain data, for machines.

1. Keys and their order are the contract (docs/compare-1.schema.json holds every output to it).
2. Unknown is null, never 0 and never a missing key.
3. Frames are 1-based and per capture, "A" or "B"; times are ISO 8601 by that capture's clock,
   lengths of time are nanoseconds.
"""

from __future__ import annotations

from typing import Any

from unstick.compare.model import (
    Clocks,
    Closing,
    ClosingEvent,
    ClosingLine,
    Comparison,
    Direction,
    End,
    Injected,
    Pair,
    Paths,
    Place,
    Rewrite,
    Stop,
)
from unstick.report.human import iso_time
from unstick.report.model import capture_record
from unstick.version import VERSION

SCHEMA = "unstick.compare/1"
Record = dict[str, Any]


def record(comparison: Comparison) -> Record:
    """The whole comparison as one dict, keys in the order of the contract."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "kind": comparison.kind,
        "differs": comparison.differs,
        "headlines": list(comparison.headlines),
        "because": comparison.because,
        "profile": comparison.profile,
        "captures": {"A": capture_record(comparison.a), "B": capture_record(comparison.b)},
        "connections": {
            "in_both": len(comparison.pairs),
            "only_in_A": comparison.only_a,
            "only_in_B": comparison.only_b,
        },
        "clocks": None if comparison.clocks is None else _clocks(comparison.clocks),
        "pairs": [_pair(pair) for pair in comparison.pairs],
        "paths": None if comparison.paths is None else _paths(comparison.paths),
        "limits": list(comparison.limits),
    }


def _clocks(clocks: Clocks) -> Record:
    return {
        "offset_ns": clocks.offset_ns,
        "offset_least_ns": clocks.low_ns,
        "offset_most_ns": clocks.high_ns,
        "one_way_ns": clocks.gap_ns,
        "packets_A_to_B": clocks.samples[0],
        "packets_B_to_A": clocks.samples[1],
        "drift_ppm": clocks.drift_ppm,
    }


def _place(place: Place | None) -> Record | None:
    if place is None:
        return None
    return {"capture": place.capture, "frame": place.frame, "time": iso_time(place.ns)}


def _pair(pair: Pair) -> Record:
    return {
        "A": _end(pair.a),
        "B": _end(pair.b),
        "matched_by": pair.matched_by,
        "near_client": pair.near_client,
        "differs": pair.troubled,
        "directions": [_direction(each) for each in pair.directions],
        "rewritten": [_rewrite(one) for one in pair.rewritten],
    }


def _end(end: End) -> Record:
    return {
        "stream": end.stream,
        "client": end.client,
        "client_port": end.client_port,
        "server": end.server,
        "server_port": end.server_port,
        "first": _place(end.first),
        "last": _place(end.last),
        "segments": end.segments,
    }


def _direction(each: Direction) -> Record:
    return {
        "from": each.sender,
        "near": each.near,
        "far": each.far,
        "sent": dict(each.sent),
        "arrived": dict(each.arrived),
        "lost": dict(each.lost),
        "unjudged": dict(each.unjudged),
        "partly": each.partly,
        "missed_by_far": each.missed_by_far,
        "missed_by_near": each.missed_by_near,
        "duplicated": each.duplicated,
        "regrouped": each.regrouped,
        "lost_frames": {kind: list(frames) for kind, frames in each.examples.items()},
        "injected": [_injected(one) for one in each.injected],
        "stopped": None if each.stop is None else _stop(each.stop),
    }


def _injected(one: Injected) -> Record:
    return {
        "kind": one.kind,
        "count": one.count,
        "frames": list(one.frames),
        "seq": one.seq,
        "ttl": one.ttl,
        "usual_ttl": one.usual_ttl,
        "contradicted": one.contradicted,
        "certain": one.certain,
    }


def _stop(stop: Stop) -> Record:
    return {
        "proven": stop.proven,
        "last_sent": _place(stop.last_near),
        "last_arrived": _place(stop.last_far),
        "first_unseen": _place(stop.first_unseen),
        "last_unseen": _place(stop.last_unseen),
        "sent_after": dict(stop.after),
        "judged": dict(stop.judged),
    }


def _rewrite(one: Rewrite) -> Record:
    return {
        "what": one.what,
        "of": one.sender,
        "A": one.a,
        "B": one.b,
        "matters": one.matters,
        "frame_A": one.frames[0],
        "frame_B": one.frames[1],
    }


def _paths(paths: Paths) -> Record:
    return {
        "good": paths.good,
        "bad": paths.bad,
        "difference": paths.difference,
        "outcome": paths.outcome,
        "A": _closing(paths.a, paths.alike[0]),
        "B": _closing(paths.b, paths.alike[1]),
        "steps": [_line(line) for line in paths.lines],
    }


def _closing(one: Closing, alike: int) -> Record:
    return {
        "stream": one.stream,
        "client": one.client,
        "client_port": one.client_port,
        "server": one.server,
        "server_port": one.server_port,
        "client_state": one.client_state,
        "server_state": one.server_state,
        "stuck_side": one.stuck_side,
        "findings": list(one.findings),
        "words": one.words,
        "alike": alike,
    }


def _line(line: ClosingLine) -> Record:
    return {
        "A": None if line.a is None else _event(line.a),
        "B": None if line.b is None else _event(line.b),
        "differs": line.differs,
        "first": line.first,
    }


def _event(event: ClosingEvent) -> Record:
    return {
        "token": event.token,
        "text": event.text,
        "from": event.sender,
        "frame": event.frame,
        "last_frame": event.last_frame,
        "time": iso_time(event.ns),
        "times": event.times,
    }
