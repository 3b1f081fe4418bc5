"""Linux 3.6 to 4.6: RFC 5961 arrives. The other Linux profiles start from these rows.

Linux differs from the RFC before any blind attack is thought of: its window begins at the last
ACK it sent (``rcv_wup``), not at RCV.NXT, and includes its right edge (``tcp_sequence()``).
"""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile, Source
from unstick.tcp.rules import (
    ANY_SYN,
    AT_RIGHT_EDGE,
    BELOW_NEXT,
    NEXT,
    NEXT_CLOSED,
    NOT_ACCEPTABLE,
    PAST_NEXT,
    PEER_CLOSED,
    RECEIVED,
    SYNCHRONIZED_STATES,
    WITH_TEXT,
    Amendment,
    Rule,
    any_but,
    only,
)
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq, State

RST = only(Kind.RST)
SYN_RECEIVED, TIME_WAIT = only(State.SYN_RECEIVED), only(State.TIME_WAIT)
LIVE = SYNCHRONIZED_STATES & ~TIME_WAIT
OUTSIDE = only(Seq.OLD, Seq.BELOW, Seq.BELOW_CLOSED, Seq.BEYOND)
"""tcp_sequence(): end before rcv_wup, or start after the right edge."""

REQUEST, MINI = "Linux tcp_check_req()", "Linux tcp_timewait_state_process()"
VALIDATE, STATE = "Linux tcp_validate_incoming()", "Linux tcp_rcv_state_process()"
QUEUE = "Linux tcp_data_queue()"

SIGNED = Amendment(
    source="source: tcp_v4_inbound_md5_hash(): MD5 not expected, but seen",
    replaces=("signed-unseen",),
    rows=(
        # Mini-sockets do not look: what is under the option decides.
        Rule(
            "signed-time-wait",
            Action.UNDECIDABLE,
            MINI,
            states=TIME_WAIT,
            kinds=only(Kind.SIGNED),
        ),
        Rule(
            "signed-unexpected",
            Action.DROP,
            "Linux tcp_inbound_md5_hash()",
            kinds=only(Kind.SIGNED),
        ),
    ),
)

REQUESTS = Amendment(
    source="source: tcp_check_req() of 6.18: the ACK number before the window, no exact match",
    before="time-wait-syn",
    rows=(
        Rule(
            "request-syn-again",
            Action.ACCEPT,
            REQUEST,
            states=SYN_RECEIVED,
            kinds=only(Kind.SYN),
            seqs=only(Seq.BELOW, Seq.BELOW_CLOSED),
        ),
        Rule(
            "request-rst-bad-ack",
            Action.DROP,
            REQUEST,
            states=SYN_RECEIVED,
            kinds=RST,
            acks=NOT_ACCEPTABLE,
        ),
        Rule(
            "request-bad-ack",
            Action.REPLY_RST,
            REQUEST,
            states=SYN_RECEIVED,
            acks=NOT_ACCEPTABLE,
        ),
        Rule(
            "request-ack-unknown",
            Action.UNDECIDABLE,
            REQUEST,
            states=SYN_RECEIVED,
            acks=only(Ack.UNKNOWN),
        ),
        # tcp_in_window(): RCV.NXT always; the right edge only for a segment without length.
        Rule(
            "request-rst-outside",
            Action.DROP,
            REQUEST,
            states=SYN_RECEIVED,
            kinds=RST,
            seqs=BELOW_NEXT | only(Seq.BEYOND),
        ),
        Rule(
            "request-rst",
            Action.RESET,
            REQUEST,
            states=SYN_RECEIVED,
            kinds=RST,
            seqs=any_but(Seq.PAWS, Seq.UNKNOWN),
        ),
        Rule(
            "request-outside",
            Action.ACK,
            REQUEST,
            states=SYN_RECEIVED,
            seqs=BELOW_NEXT | only(Seq.BEYOND),
        ),
        Rule(
            "request-outside-with-text",
            Action.ACK,
            REQUEST,
            states=SYN_RECEIVED,
            kinds=WITH_TEXT | ANY_SYN,
            seqs=AT_RIGHT_EDGE,
        ),
        Rule(
            "request-syn",
            Action.REPLY_RST_AND_RESET,
            REQUEST,
            states=SYN_RECEIVED,
            kinds=ANY_SYN,
            seqs=any_but(Seq.PAWS, Seq.UNKNOWN),
        ),
    ),
)

TIME_WAITS = Amendment(
    source="source: tcp_timewait_state_process() of 6.5; measured on 6.18",
    replaces=("time-wait-syn", "time-wait-syn-unknown"),
    rows=(
        Rule(
            "time-wait-syn",
            Action.NEW_CONNECTION,
            MINI,
            states=TIME_WAIT,
            kinds=only(Kind.SYN),
            seqs=PAST_NEXT,
        ),
        Rule(
            "time-wait-unknown",
            Action.UNDECIDABLE,
            MINI,
            states=TIME_WAIT,
            seqs=only(Seq.UNKNOWN),
        ),
        # TIME-WAIT assassination (RFC 1337): sysctl tcp_rfc1337, off by default, forbids it.
        Rule("time-wait-rst", Action.RESET, MINI, states=TIME_WAIT, kinds=RST, seqs=NEXT),
        Rule("time-wait-rst-other", Action.DROP, MINI, states=TIME_WAIT, kinds=RST),
        Rule(
            "time-wait-empty",
            Action.ACCEPT,
            MINI,
            states=TIME_WAIT,
            kinds=only(Kind.ACK, Kind.OTHER),
            seqs=NEXT,
        ),
        Rule("time-wait", Action.ACK, MINI, states=TIME_WAIT),
    ),
)

FLAGS = Amendment(
    source="source: tcp_rcv_established(), tcp_rcv_state_process(); c3ae62af8e75, from 3.8 on",
    before="syn-challenged",
    rows=(
        Rule(
            "no-flags",
            Action.DROP,
            STATE,
            states=LIVE,
            kinds=only(Kind.FIN, Kind.DATA, Kind.OTHER),
            acks=only(Ack.NONE),
        ),
        # Until 4.14 and later the timestamp is looked at before the SYN; the answer looks alike.
        Rule(
            "paws-syn",
            Action.ACK,
            VALIDATE,
            states=LIVE,
            kinds=ANY_SYN,
            seqs=only(Seq.PAWS),
        ),
    ),
)

SYNS = Amendment(
    source="source: tcp_validate_incoming(), step 4, any SYN; 0c24604b68fc (3.6)",
    replaces=("syn-challenged",),
    rows=(Rule("syn-challenged", Action.CHALLENGE, "RFC 5961 4.2", states=LIVE, kinds=ANY_SYN),),
)

WINDOW = Amendment(
    source="source: tcp_sequence(): from rcv_wup, the right edge included",
    replaces=("rst-outside", "outside", "no-room"),
    rows=(
        Rule("rst-outside", Action.DROP, VALIDATE, kinds=RST, seqs=OUTSIDE),
        Rule("outside", Action.ACK, VALIDATE, seqs=OUTSIDE),
    ),
)

RESETS = Amendment(
    source="source: tcp_validate_incoming(), step 2; 282f23c6ee34 (3.6)",
    replaces=("rst-exact", "rst-in-window", "syn-received-syn"),
    rows=(
        Rule("rst-exact", Action.RESET, VALIDATE, kinds=RST, seqs=NEXT),
        Rule("rst-in-window", Action.CHALLENGE, VALIDATE, kinds=RST),
    ),
)

ACKS = Amendment(
    source="source: tcp_ack(); 354e4aa391ed (3.8); tcp_rcv_state_process() of 3.18",
    replaces=("syn-received-bad-ack", "ack-ancient", "ack-future"),
    rows=(
        # Header prediction takes in-order text before it looks how old the ACK number is.
        Rule(
            "ack-ancient-predicted",
            Action.UNDECIDABLE,
            "Linux tcp_rcv_established()",
            states=only(State.ESTABLISHED),
            kinds=only(Kind.DATA),
            seqs=only(Seq.EXACT, Seq.EXACT_UNACKED),
            acks=only(Ack.ANCIENT),
        ),
        Rule("ack-ancient", Action.CHALLENGE, "RFC 5961 5.2", acks=only(Ack.ANCIENT)),
        Rule(
            "ack-future-established",
            Action.DROP,
            "Linux tcp_ack()",
            states=only(State.ESTABLISHED),
            acks=only(Ack.FUTURE),
        ),
        # The result of tcp_ack() is not looked at: the text is taken all the same.
        Rule("ack-future", Action.ACCEPT, STATE, acks=only(Ack.FUTURE)),
    ),
)

TEXT = Amendment(
    source="source: step 7; tcp_data_queue(): old text and text without room are answered at once",
    replaces=("text-after-fin",),
    rows=(
        Rule(
            "text-after-fin",
            Action.ACCEPT,
            STATE,
            states=PEER_CLOSED,
            kinds=WITH_TEXT,
            seqs=NEXT | PAST_NEXT,
        ),
        Rule("text-again", Action.ACK, QUEUE, kinds=WITH_TEXT, seqs=RECEIVED),
        Rule("no-room", Action.ACK, QUEUE, kinds=WITH_TEXT, seqs=NEXT_CLOSED | AT_RIGHT_EDGE),
    ),
)

PROFILE = Profile(
    name="linux-3.6",
    title="Linux 3.6 to 4.6",
    base="rfc5961",
    known_from="source of 3.18.117; mini-sockets: source of 6.18",
    amendments=(SIGNED, REQUESTS, TIME_WAITS, SYNS, FLAGS, WINDOW, RESETS, ACKS, TEXT),
    numbers=Numbers(
        paws=True,
        signatures=True,
        reset_text_counts=True,
        rto_min_s=0.2,
        rto_max_s=120.0,
        initial_rto_s=1.0,
        retransmission_retries_count=15,
        orphan_retries_count=8,
        syn_retries_count=6,
        syn_linear_count=0,
        synack_retries_count=5,
        fin_wait_2_timeout_s=60.0,
        time_wait_s=60.0,
        keepalive_idle_s=7200.0,
        keepalive_interval_s=75.0,
        keepalive_probes_count=9,
        challenge_per_socket_ms=None,
        challenge_per_host_per_s=100,
        answered_zero_window_limited=False,
    ),
    number_sources={
        "paws": Source("source: tcp_validate_incoming(), step 1"),
        "signatures": Source("source: tcp_inbound_md5_hash(), with CONFIG_TCP_MD5SIG"),
        "reset_text_counts": Source(
            "source: tcp_sequence() asks for the end; measured: linux-6.18.44.json"
        ),
        "rto_min_s": Source("source: TCP_RTO_MIN"),
        "rto_max_s": Source("source: TCP_RTO_MAX"),
        "initial_rto_s": Source("source: TCP_TIMEOUT_INIT (RFC 6298)"),
        "retransmission_retries_count": Source("source: tcp_retries2; measured on 6.18"),
        "orphan_retries_count": Source("source: tcp_orphan_retries(): 0 stands for 8"),
        "syn_retries_count": Source("measured on 6.18: tcp_syn_retries; 5 before 3.7"),
        "syn_linear_count": Source("tcp_syn_linear_timeouts came with 6.5", False),
        "synack_retries_count": Source("measured on 6.18: tcp_synack_retries"),
        "fin_wait_2_timeout_s": Source("source: tcp_fin_timeout; measured on 6.18"),
        "time_wait_s": Source("source: TCP_TIMEWAIT_LEN"),
        "keepalive_idle_s": Source("measured on 6.18: tcp_keepalive_time; off unless asked for"),
        "keepalive_interval_s": Source("measured on 6.18: tcp_keepalive_intvl"),
        "keepalive_probes_count": Source("measured on 6.18: tcp_keepalive_probes"),
        "challenge_per_socket_ms": Source("source: 3.18 has no limit per socket"),
        "challenge_per_host_per_s": Source("source: 282f23c6ee34, tcp_challenge_ack_limit"),
        "answered_zero_window_limited": Source("source: tcp_probe_timer(); RFC 1122 4.2.2.17"),
    },
    limits=(
        "Kernels before 3.8 take segments without any flag and ACKs of any age.",
        "A socket its program has closed answers new data with a RST; that is not visible.",
        "FIN-WAIT-2 without a program is a mini-socket with laws of its own.",
    ),
)
