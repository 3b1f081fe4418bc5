"""Observations put into the rows that reports print: streams and resets. No conclusions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unstick.checks.base import Finding
from unstick.diagnosis import ResetVerdict, SegmentVerdict, StreamRow
from unstick.tcp import profiles
from unstick.tcp.observed import SECOND, Connection, Endpoint, NoteKind, Reset
from unstick.wire.rotation import Rotation


def with_findings(row: StreamRow, findings: Sequence[Finding], end_ns: int) -> StreamRow:
    """The row, and what was found. ``end_ns``: the end of what is known of the connection."""
    stuck = [one for one in findings if one.stuck_side is not None and one.explained_by is None]
    since = min((one.since_ns for one in stuck if one.since_ns is not None), default=None)
    return row._replace(
        stuck_side=stuck[0].stuck_side if stuck else None,
        stuck_for_s=None if since is None else (end_ns - since) / SECOND,
        codes=tuple(sorted({one.code for one in findings})),
    )


def addressed(finding: Finding, connection: Connection) -> Finding:
    """The finding with addresses and ports in its commands: ``{address}`` and ``{port}`` are the
    stuck side's (else the server's), ``{peer}`` and ``{peer_port}`` the other's."""
    if not any(remedy.command and "{" in remedy.command for remedy in finding.remedies):
        return finding
    client, server = connection.client, connection.server
    here, there = (client, server) if finding.stuck_side == "client" else (server, client)
    words = {
        "client": client.address,
        "client_port": client.port,
        "server": server.address,
        "server_port": server.port,
        "address": here.address,
        "port": here.port,
        "peer": there.address,
        "peer_port": there.port,
    }
    remedies = tuple(
        remedy._replace(command=remedy.command and remedy.command.format_map(words))
        for remedy in finding.remedies
    )
    return finding._replace(remedies=remedies)


def localised(finding: Finding, rotation: Rotation) -> Finding:
    """The finding with frame numbers of the file its last evidence stands in. Evidence from other
    files of a rotation keeps its sentence, which names the file."""
    frames = [frame for evidence in finding.evidence for frame in evidence.frames]
    if len(rotation.names) < 2 or not frames:
        return finding
    capture, _ = rotation.locate(max(frames))
    evidence = tuple(
        one._replace(frames=rotation.within(one.frames, capture)) for one in finding.evidence
    )
    return finding._replace(capture=capture, evidence=evidence)


def state_name(endpoint: Endpoint) -> str:
    """RFC 9293 name of an end's state, "?" if it was never seen."""
    return "?" if endpoint.state is None else endpoint.state.rfc_name


def reset_verdict(connection: Connection, reset: Reset, rotation: Rotation) -> ResetVerdict:
    """A judged reset as the report prints it. Frames of other files of a rotation are left out."""
    capture, frame = rotation.locate(reset.frame)

    def local(other: int | None) -> int | None:
        if len(rotation.names) < 2:
            return other
        inside = () if other is None else rotation.within((other,), capture)
        return inside[0] if inside else None

    note = reset.note
    seq = connection.relative(note.side, note.seq)
    rcv_nxt = connection.relative(note.side, note.rcv_nxt)
    first, last = local(note.answers_first), local(note.answers_last)
    span = None if first is None or last is None else (first, last)
    return ResetVerdict(
        capture=capture,
        stream=connection.stream,
        frame=frame,
        time_ns=note.ns,
        sender=note.side.name.lower(),
        seq=seq,
        seq_raw=note.seq,
        rcv_nxt=rcv_nxt,
        offset=None if reset.below is None else -reset.below,
        state=None if note.state is None else note.state.rfc_name,
        verdict=reset.verdict,
        rule=reset.rule,
        cite=reset.cite,
        observed=reset.observed,
        observed_because=reset.observed_because,
        answers_frame=local(reset.answers_frame),
        answers_range=span,
        answers_count=note.answers_count,
        profiles=reset.profiles,
        origin=reset.origin,
        origin_evidence=reset.origin_evidence,
        repeated=max(1, note.count),
        last_frame=None if note.end is None else local(note.end.frame),
    )


JUDGED = {NoteKind.ODD_ACK: "odd ACK", NoteKind.SIGNED: "signed"}
JUDGED_KINDS = (NoteKind.SYN, *JUDGED)
"""Segments that are no reset and are judged all the same."""


def segment_verdicts(connection: Connection, rotation: Rotation) -> Iterator[SegmentVerdict]:
    """SYNs out of place, odd ACKs and signed segments of a connection, judged by its profile."""
    law = profiles.law(connection.profile)
    for note in connection.notes_of(*JUDGED_KINDS):
        if note.cell is None:
            continue
        row = law.rows[law.winners[note.cell]]
        capture, frame = rotation.locate(note.frame)
        after = () if note.after is None else rotation.within((note.after.frame,), capture)
        yield SegmentVerdict(
            capture=capture,
            stream=connection.stream,
            frame=frame,
            time_ns=note.ns,
            sender=note.side.name.lower(),
            kind=JUDGED.get(note.kind) or ("SYN, ACK" if note.has_ack else "SYN"),
            seq=connection.relative(note.side, note.seq),
            ack=connection.relative(note.receiver, note.ack) if note.has_ack else None,
            state=None if note.state is None else note.state.rfc_name,
            verdict=row.action.name.lower().replace("_", " "),
            rule=row.name,
            cite=row.cite,
            after_frame=after[0] if after else None,
            challenged=note.challenged,
        )
