"""Diagnoses made by hand, with the numbers of the story, for tests of what is printed.

The words are what the checks should say: read them as the wish of the report.
"""

from __future__ import annotations

from unstick.checks.base import Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.diagnosis import (
    AnomalyCount,
    CaptureSummary,
    Diagnosis,
    LadderLine,
    ProfileChoice,
    ResetVerdict,
    StreamRow,
)

START_NS = 1_795_404_610_605_159_000
NAMES = {
    "C201": "close-wait-unsendable",
    "R101": "reset-refused-silently",
    "R104": "reset-answers-older-segment",
    "R105": "path-forgot-connection",
    "M501": "capture-lost-packets",
}


def at(seconds: float) -> int:
    return START_NS + round(seconds * 1e6) * 1000


CAPTURE = CaptureSummary(
    path="story.server.pcap",
    format="pcap",
    compression=None,
    packets=341,
    tcp_segments=341,
    bytes=366_714,
    first_ns=START_NS,
    last_ns=at(31.917475),
    link_types=("Ethernet",),
    anomalies=(),
)

ROW = StreamRow(
    stream=0,
    client="10.9.1.2",
    client_port=37174,
    server="10.9.2.2",
    server_port=8080,
    first_frame=1,
    last_frame=341,
    first_time=START_NS,
    duration_s=31.917475,
    client_packets=93,
    server_packets=248,
    client_bytes=275,
    server_bytes=343_226,
    client_retransmitted_segments=0,
    server_retransmitted_segments=7,
    client_zero_windows=0,
    server_zero_windows=0,
    client_resets=1,
    server_resets=0,
    client_state="?",
    server_state="CLOSE-WAIT",
    complete=False,
    stuck_side="server",
    stuck_for_s=31.679944,
    codes=("C201", "R101", "R104", "R105"),
)

RESET = ResetVerdict(
    capture=0,
    stream=0,
    frame=326,
    time_ns=at(0.237531),
    sender="client",
    seq=276,
    seq_raw=3_210_000_276,
    rcv_nxt=277,
    offset=-1,
    state="CLOSE-WAIT",
    verdict="honoured",
    rule="rst-before-fin",
    cite="Linux 4.11 tcp_reset_check()",
    observed="refused",
    observed_because="the server sent the same bytes again 7 times afterwards",
    answers_frame=306,
    answers_range=(292, 306),
    answers_count=15,
    profiles={
        "rfc793": "refused-silently",
        "rfc5961": "refused-silently",
        "linux-2.6": "refused-silently",
        "linux-3.6": "refused-silently",
        "linux-4.7": "refused-silently",
        "linux-4.11": "honoured",
        "linux-6.17": "honoured",
        "freebsd": "refused-silently",
    },
    origin="endpoint",
    origin_evidence=None,
)

PROFILE = ProfileChoice(
    name="linux-6.17",
    chosen="default",
    known_from="source: Linux 6.17, net/ipv4/tcp_input.c",
    contradicted_by=(326,),
    fits=("rfc5961", "linux-3.6", "linux-4.7"),
)

LADDER = (
    LadderLine(1, at(0), "client", "SYN seq 0"),
    LadderLine(2, at(0.000049), "server", "SYN, ACK seq 0 ack 1"),
    LadderLine(4, at(0.041142), "client", "seq 1:276 (275 bytes)", "the request"),
    LadderLine(
        6,
        at(0.041482),
        "server",
        "seq 1:163675 ack 276",
        "the answer begins",
        times=177,
        last_frame=306,
    ),
    LadderLine(
        307,
        at(0.233573),
        "client",
        "FIN seq 276 ack 150643",
        "the client closes: it will send no more",
    ),
    LadderLine(
        309,
        at(0.234193),
        "server",
        "seq 286893 ack 277",
        "the server has seen the close and now expects 277",
    ),
    LadderLine(
        326,
        at(0.237531),
        "client",
        "RST seq 276",
        "one too low: it answers data sent before frame 309. The last packet from this side",
        emphasis=True,
    ),
    LadderLine(
        335,
        at(0.58147),
        "server",
        "seq 163675 again",
        "waits doubling from 0.2 s to 15.9 s; nobody answers",
        times=7,
        last_frame=341,
    ),
    LadderLine(None, at(31.917475), None, "capture ends, the server still waits"),
)

REMEDIES = (
    Remedy(
        "End the socket now; the application's blocked write returns with ECONNABORTED",
        Where.OPERATOR,
        Risk.DISRUPTIVE,
        "ss -K state close-wait dst 10.9.1.2 dport = 37174",
    ),
    Remedy(
        "Bound every send: set TCP_USER_TIMEOUT to 30 s on accepted sockets, so that the kernel "
        "gives up when nobody acknowledges",
        Where.APPLICATION,
        Risk.SAFE,
    ),
    Remedy(
        "Let the firewall forward every reset until the connection is really closed, or keep its "
        "entry for some seconds after the first",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
)

C201 = Finding(
    code="C201",
    severity=Severity.ERROR,
    headline="The server's socket has been stuck in CLOSE-WAIT for 31.7 s: 179.6 kB of its answer "
    "are unacknowledged and the client is silent.",
    evidence=(
        Evidence(
            "The client asked with 275 bytes, took 163.7 kB of the answer, and closed: "
            "its FIN is sequence number 276.",
            (4, 307),
            {"request_bytes": 275, "fin_seq": 276},
        ),
        Evidence(
            "The server acknowledged the FIN with 277. Its socket is in CLOSE-WAIT from here: it "
            "may still send, and it does.",
            (309,),
            {"ack": 277},
            "RFC 9293 3.6",
        ),
        Evidence(
            "Nothing was heard from the client after frame 326; the server sent the same 1,448 "
            "bytes 7 times more.",
            (326, *range(335, 342)),
            {"silent_s": 31.679944, "unacknowledged_bytes": 179_552, "retransmissions_count": 7},
        ),
    ),
    remedies=REMEDIES,
    stream=0,
    doubt="If the client did receive the data and its answers were lost before this capture "
    "point, a capture at the client would show ACKs that are missing here.",
    stuck_side="server",
    since_ns=at(0.237531),
    blames="The path: a device between the two passed the client's first reset and then forgot "
    "the connection. The server's TCP is right to refuse a reset that is one too low, and its "
    "application is wrong to wait so long.",
)
R104 = Finding(
    code="R104",
    severity=Severity.NOTE,
    headline="The client's reset answers data that was sent before the server had acknowledged "
    "the FIN, so it carries 276 instead of 277.",
    evidence=(Evidence("These segments acknowledged 276.", tuple(range(292, 307))),),
    remedies=(),
    stream=0,
    explained_by="C201",
)
R101 = Finding(
    code="R101",
    severity=Severity.WARNING,
    headline="The server refused the reset: 276 is outside its window, which begins at 277.",
    evidence=(Evidence("RST 276, while 277 was acknowledged.", (326,), {"offset": -1}),),
    remedies=(),
    stream=0,
    explained_by="C201",
)
R105 = Finding(
    code="R105",
    severity=Severity.ERROR,
    headline="After that one reset nothing came from the client, although each of the 22 later "
    "segments must have drawn another: the path stopped forwarding.",
    evidence=(Evidence("Sent after the reset, unanswered.", tuple(range(327, 342))),),
    remedies=(),
    stream=0,
    explained_by="C201",
)


def story() -> Diagnosis:
    """The server's side of the story, told as we wish it told."""
    return Diagnosis(
        profile=PROFILE,
        captures=(CAPTURE,),
        total=1,
        healthy=0,
        with_findings=1,
        undecided=0,
        findings=(C201, R104, R101, R105),
        resets=(RESET,),
        limits=("The server's socket may have been ended after this capture.",),
        rows={(0, 0): ROW},
        ladders={(0, 0): LADDER},
    )


def healthy() -> Diagnosis:
    """Nothing to tell."""
    return Diagnosis(
        profile=PROFILE._replace(contradicted_by=(), fits=None),
        captures=(CAPTURE,),
        total=12,
        healthy=11,
        with_findings=0,
        undecided=1,
        findings=(),
        resets=(),
        limits=(),
        rows={},
    )


def many(count: int = 30) -> Diagnosis:
    """The same trouble on many connections, over IPv6, in a capture with damage."""
    rows = {
        (0, stream): ROW._replace(
            stream=stream, client=f"2001:db8:1234:5678:9abc:def0:0:{stream:x}", codes=("C201",)
        )
        for stream in range(count)
    }
    finding = C201._replace(explained_by=None)
    damage = AnomalyCount("truncated-file", 1, 341, "the last packet is cut off")
    lost = Finding(
        code="M501",
        severity=Severity.NOTE,
        headline="The capture lost packets that both ends have seen.",
        evidence=(Evidence("Acknowledged, never captured.", (12, 90)),),
        remedies=(),
    )
    return story()._replace(
        captures=(CAPTURE._replace(anomalies=(damage,)),),
        total=5000,
        healthy=4900,
        with_findings=count,
        undecided=5000 - 4900 - count,
        findings=(*(finding._replace(stream=stream) for stream in range(count)), lost),
        resets=tuple(RESET._replace(frame=326 + number) for number in range(5)),
        rows=rows,
    )
