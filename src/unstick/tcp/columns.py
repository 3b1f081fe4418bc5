"""Columns of the tables the walk over segments keeps: connections, their two sides, notes.

All tables are flat arrays of signed 64-bit integers. A connection row holds its own columns
(``C_``) and then two side blocks (``S_``), client first. A *note* (``N_``) is a notable segment
with a snapshot of its receiver at that moment; notes live in a pool and hang on their connection
as a linked list. The *recorder* (``R_``) is one ring of recent segments for the whole capture,
chained per connection, so that a reset can be traced back to the segment it answers without
keeping packets.

Unknown is ``NONE`` (``wire.columns``). "Frame" and "ns" come in pairs: where and when.
"""

from __future__ import annotations

# --- one connection ------------------------------------------------------------------------------
(
    C_FIRST_FRAME,
    C_FIRST_NS,
    C_LAST_FRAME,
    C_LAST_NS,
    C_PACKETS,  # without captured copies
    C_CALM,  # CALM, CALM_OPENING or CALM_CLOSING: nothing is awaited (tcp.quick); 0: something is
    C_LAST_FLAGS,  # TCP flags of the connection's last packet
    C_SEAM,  # how many seams of the file stand before its last packet
    C_SILENCE_NS,  # longest gap between two packets of the connection
    C_SILENCE_BEFORE,  # frame before it
    C_SILENCE_AFTER,  # frame after it
    C_RECORD,  # newest recorder entry of this connection
    C_ENCAPSULATION,
    C_SLOT,  # the stream in this seat; NONE: the seat is free
    C_MARKS,  # bit set MARK_*: what a check may want to look at
    C_NOTE_COUNT,
    C_COPIES,  # packets that were captured twice or more
    C_COPY_FRAME,  # the first of them
    C_NOTE_HEAD,
    C_NOTE_TAIL,
    C_NOTES_DROPPED,  # notable segments not kept because the connection had too many
    C_CLOCK_BACK,  # packets with a time before their predecessor's
    C_CLOCK_BACK_FRAME,
    C_PING_PONG,  # RST and ACK answering each other, rounds in a row
    C_PING_PONG_MOST,
    C_PING_PONG_FRAME,
) = range(26)
SIDES = 32
"""Where the client's block starts in a connection row: side blocks begin with a cache line."""

# --- one side: what it sent, and what it knows of the other --------------------------------------
(
    # what every packet touches, in the order of cache lines
    S_STATE,
    S_FLAGS,  # bit set SIDE_*
    S_SND_NXT,  # highest sequence number sent, plus one (SYN and FIN count)
    S_RCV_NXT,  # next byte this side needs, if everything seen was delivered
    S_LAST_ACK,  # highest ACK number this side has put on the wire (Linux rcv_wup)
    S_RIGHT_EDGE,  # last ACK + window, the newest
    S_WINDOW,  # last advertised window in bytes, scaled
    S_SCALE,  # shift to apply to this side's window field; NONE: not known
    S_PACKETS,
    S_LAST_FRAME,
    S_LAST_NS,
    S_LIVE_FRAME,  # last packet that was not a RST
    S_LIVE_NS,
    S_TALK_FRAME,  # last packet that was neither RST nor SYN: the sign of a living connection
    S_TALK_NS,
    S_IP_ID,  # of its last packet (not a RST)
    S_TTL_LAST,  # of its last packet that was not a RST
    S_TTL_LEAST,
    S_TTL_MOST,
    S_TSVAL,  # timestamp of the last new sequence space it sent
    S_TS_RECENT,  # newest timestamp accepted from the other side
    S_NEW_INTERFACE,  # the interface that brought its newest packet
    S_LAST_ACK_FRAME,  # first frame that carried it
    S_LAST_ACK_NS,
    S_PROGRESS_FRAME,  # last time the other side acknowledged something new
    S_PROGRESS_NS,
    S_WINDOW_MOST,
    S_RTT_NS,
    S_RTT_LEAST_NS,  # from its segment to the other side's ACK, as seen at the capture
    S_RTT_MOST_NS,  # the longest round trip timed: queues make it many times the least
    S_LARGER_END,
    S_LARGEST_ACKED,  # largest payload known to have been acknowledged
    S_LARGEST,  # largest payload it sent
    S_BYTES,  # TCP payload bytes, as sent (retransmissions count)
    S_DATA_PACKETS,
    S_DATA_FRAME,  # last new data (or FIN) sent
    S_DATA_NS,
    S_TEXT_FRAME,  # last new payload sent; S_DATA_ counts a FIN, too
    S_TEXT_NS,
    S_TEXT_UNDER,  # bytes of the other side it had not acknowledged when it sent that payload
    # what begins and ends a connection
    S_ISS,  # initial sequence number, or the first one seen
    S_FIRST_FRAME,
    S_FIRST_NS,
    S_TTL,  # of its first packet
    S_OPTIONS,  # option bits of its SYN
    S_MSS,
    S_SYN_FRAME,
    S_SYN_NS,
    S_SYN_COUNT,
    S_SYN_LAST_NS,
    S_FIN_SEQ,  # sequence number of its FIN; NONE: not sent
    S_FIN_FRAME,
    S_FIN_NS,
    S_FIN_COUNT,
    S_FIN_ACKED_FRAME,  # the other side acknowledged the FIN
    S_FIN_ACKED_NS,
    # what is of use while it lives, and at rest is as it was before
    S_OUTSTANDING_FRAME,  # oldest segment that is not acknowledged, if anything is outstanding
    S_OUTSTANDING_NS,
    S_RTT_SEQ,  # being timed: acknowledged when ACK >= this
    S_LARGER_LENGTH,  # first of the largest that wait for their ACK, if larger; 0: none
    S_SACK_EDGE,  # right edge of the right-most SACK block in the newest ACK; NONE without
    S_ID_JUMPS,  # IP identifications far from the one before: a host that does not count them
    S_RETRANSMITTED,
    S_HOLES,  # data of it that arrived beyond what came before
    S_COPY_1,  # fingerprints of four packets, and when: packet n overwrites that of packet n - 4
    S_COPY_1_NS,
    S_COPY_2,
    S_COPY_2_NS,
    S_COPY_3,
    S_COPY_3_NS,
    S_COPY_4,
    S_COPY_4_NS,
    # what most connections never have
    S_STATE_BEFORE_RESET,  # to return to if the endpoint talks on after a reset
    S_WAITING_NOTE,  # note that waits for this side's next packet
    S_CHALLENGE_NOTE,  # note whose challenge ACK waits for the other side's answer
    S_ZERO_FRAME,  # this side's window is closed since; NONE: open
    S_KEEP_COUNT,  # keepalive probes it sent since the other side last spoke
    S_LADDER_COUNT,  # retransmissions, the original not counted
    S_RESETS,
    S_RST_FRAME,  # its first RST
    S_GAP_1_LEFT,  # received beyond RCV.NXT: up to three ranges, in order, NONE when unused
    S_GAP_1_RIGHT,
    S_GAP_2_LEFT,
    S_GAP_2_RIGHT,
    S_GAP_3_LEFT,
    S_GAP_3_RIGHT,
    S_RESET_NS,  # when it should have gone
    S_RESET_NOTE,  # the note whose RST this endpoint should have honoured
    S_ZERO_WINDOWS,
    S_LADDER_SEQ,  # retransmissions of one segment without progress
    S_LADDER_LENGTH,
    S_LADDER_ORIGINAL_FRAME,  # the first copy, if the recorder still had it
    S_LADDER_ORIGINAL_NS,
    S_LADDER_FRAME,  # first retransmission
    S_LADDER_NS,
    S_LADDER_LAST_FRAME,
    S_LADDER_LAST_NS,
    S_LADDER_HEARD,  # packets from the other side since the ladder began
    S_LADDER_HEAD,  # notes of its steps
    S_LADDER_TAIL,
    S_LADDER_NOTES,
    S_ZERO_NS,
    S_ZERO_PROBES,  # probes it received while closed
    S_ZERO_ANSWERS,  # closed-window ACKs it sent back
    S_ZERO_PROBE_FRAME,
    S_ZERO_PROBE_NS,
    S_ZERO_ANSWER_FRAME,
    S_ZERO_ANSWER_NS,
    S_ZERO_UNANSWERED,  # probes since the last answer
    S_KEEP_FRAME,  # the first of them
    S_KEEP_NS,
    S_KEEP_LAST_FRAME,
    S_KEEP_LAST_NS,
    S_KEEP_TOTAL,
    S_KEEP_ANSWERED,
    S_UNSEEN_ACKS,  # it acknowledged data the capture does not have
    S_UNSEEN_FRAME,
    S_RST_NS,
    S_RST_SEQS,  # RSTs and SYNs with a sequence number unlike the previous (R108)
    S_RST_LAST_SEQ,
    S_RUN_NOTE,  # note of its last RST, which more of the same are counted in
    S_RUN_LENGTH,
    S_SACK_ASTRAY,  # its packets with SACK blocks that no sequence number of the peer explains
    S_SACK_ASTRAY_FRAME,
    S_SACK_ASTRAY_BY,  # how far from its ACK number the first of them lay
    S_ANSWERED_FRAME,  # newest segment of the other side that a RST of this side answered
    S_KEEP_GAP_NS,  # pause between the first two probes of the unanswered run
) = range(127)
SIDE_WIDTH = 128
CONNECTION_WIDTH = SIDES + (2 * SIDE_WIDTH)

# S_FLAGS
SIDE_SPOKE = 0x01  # at least one packet of this side was captured
SIDE_SYN_SEEN = 0x02  # ISS is from its SYN
SIDE_GUESSED = 0x04  # its numbers come from the other side's ACK only
SIDE_FIN_DELIVERED = 0x08  # the other side's FIN reached RCV.NXT
SIDE_TIMESTAMPS = 0x10  # both SYNs carried the option, or its data segments do
SIDE_ALIVE_AFTER_RESET = 0x20  # it talked on after a RST it should have honoured
SIDE_TALKED_AFTER_OWN_RST = 0x40  # it sent something else after its own RST
SIDE_SIGNED = 0x80  # its SYN carried TCP-MD5 or TCP-AO

# C_MARKS: a connection without marks is healthy; no check looks at it while it is
MARK_RESET = 0x001
MARK_REFUSED = 0x002
MARK_LADDER = 0x004  # three or more retransmissions of one segment without progress
MARK_ZERO_WINDOW = 0x008
MARK_KEEPALIVE = 0x010
MARK_SYN = 0x020  # SYN repeated, refused, challenged
MARK_ODD_ACK = 0x040
MARK_UNSEEN = 0x080
MARK_COPIES = 0x100
MARK_CLOCK = 0x200
MARK_SILENCE = 0x400
MARK_SIGNED = 0x800
MARK_SACK = 0x1000  # SACK blocks of another sequence space

# --- one note ------------------------------------------------------------------------------------
(
    N_NEXT,
    N_KIND,  # NOTE_*
    N_FRAME,
    N_NS,
    N_SIDE,  # who sent the segment
    N_FLAGS,
    N_SEQ,
    N_ACK,
    N_LENGTH,
    N_WINDOW,  # raw field
    N_OPTIONS,
    N_TTL,
    N_IP_ID,
    N_TSVAL,
    # the receiver, before the segment was applied
    N_STATE,
    N_RCV_NXT,  # without what was sent three times for want of an ACK
    N_LAST_ACK,
    N_LAST_ACK_FRAME,
    N_RIGHT_EDGE,
    N_SACK_EDGE,
    N_SND_UNA,
    N_SND_NXT,
    N_WINDOW_MOST,  # largest window the sender had advertised to this receiver
    N_TS_RECENT,
    N_CELL,  # index into the compiled law; NONE where the law was not asked
    N_ACTION,  # action | rule << 8
    # the sender, before
    N_SENDER_NXT,
    N_SENDER_ACK,
    N_SENDER_TTL_LEAST,
    N_SENDER_TTL_MOST,
    N_SENDER_IP_ID,
    N_SENDER_STATE,
    N_SENDER_FIN_SEQ,
    N_SENDER_PACKETS,
    N_RECEIVER_PACKETS,
    N_BEFORE_FRAME,  # the connection's packet before this one
    N_BEFORE_NS,
    # which segments of the receiver this one may answer (SEQ = SEG.ACK), not counting those
    # that its sender had acknowledged, or that an earlier reset answered
    N_ANSWERS_FIRST,
    N_ANSWERS_LAST,
    N_ANSWERS_BEST,  # the oldest of them: resets come in the order of what they answer
    N_ANSWERS_BEST_NS,
    N_ANSWERS_COUNT,
    # the receiver's next packet that is not a RST
    N_AFTER_FRAME,
    N_AFTER_NS,
    N_AFTER_FLAGS,
    N_AFTER_SEQ,
    N_AFTER_ACK,
    N_AFTER_LENGTH,
    N_CHALLENGED,  # 1: that packet is a bare ACK at SND.NXT, as a challenge ACK is
    # the sender's next packet after that one
    N_REPLY_FRAME,
    N_REPLY_NS,
    N_REPLY_FLAGS,
    N_REPLY_SEQ,
    # notes that stand for an episode
    N_COUNT,
    N_END_FRAME,
    N_END_NS,
    # more of the sender, before
    N_SENDER_TTL_LAST,
    N_SENDER_ID_JUMPS,
    N_SENDER_ALIVE_NS,  # when it last sent something that was no RST
    N_SENT_SINCE,  # segments of the receiver from ANSWERS_BEST to here, none a RST
) = range(60)
NOTE_WIDTH = 60

# N_KIND
NOTE_RESET = 1  # a RST
NOTE_SYN = 2  # a SYN or SYN-ACK that did not open this connection
NOTE_ODD_ACK = 3  # ACK for something never sent, or far too old
NOTE_STEP = 4  # one step of a retransmission ladder
NOTE_LADDER = 5  # a ladder that ended: N_FRAME..N_END_FRAME, N_COUNT steps
NOTE_ZERO_WINDOW = 6  # a closed window that opened again
NOTE_SILENCE = 7  # nothing for a long time: N_BEFORE_FRAME..N_FRAME
NOTE_REFUSED = 8  # any other segment the law does not accept
NOTE_SIGNED = 9  # a segment with an option that was not negotiated
NOTE_KEEPALIVE = 10  # a run of keepalive probes that was answered in the end

# pool header: row 0 of the notes table
POOL_FREE = 0  # first free row, NONE: none left
POOL_FREE_COUNT = 1

# --- the recorder --------------------------------------------------------------------------------
(
    R_PREVIOUS,  # serial number of the connection's entry before this one
    R_SIDE,
    R_FRAME,
    R_NS,
    R_SEQ,
    R_ACK,  # NONE without the ACK flag
    R_LENGTH,  # octets of sequence space (payload, SYN, FIN); -1 for a RST
) = range(7)
RECORD_ENTRY_WIDTH = 8  # a cache line
RECORDER_ENTRIES = 1 << 14
"""A reset answers a segment that left at most a round trip ago: 16,384 packets of history cover
40 ms at 4 Gbit/s of full-size segments, in 1 MB."""

# meta: one small table of counters and limits the walk shares with Python
(
    M_SERIAL,  # recorder entries written so far
    M_LAST_NS,  # time of the TCP packet before
    M_CLOCK_BACK,  # TCP packets with a time before that of the one before them, of their interface
    M_CLOCK_BACK_FRAME,  # the one that went back farthest
    M_COPIES,
    M_NOTES_MOST,  # notes kept per connection
    M_LADDER_NOTES_MOST,
    M_SILENCE_NS,  # silences shorter than this are not noted
    M_UNSEEN_ACKS,  # of sides that were both captured
    M_SEGMENTS,
    M_SIGNATURES,  # 1: the profile looks at unnegotiated signatures
    M_PAWS,  # 1: the profile looks at old timestamps
    M_FRAMES_BEFORE,  # frames of the rotation's earlier files: numbers go on through all
    M_CLOCK_BACK_NS,  # how far it went back there
    M_COPY_FRAME,  # first packet that was captured twice
    M_UNSEEN_FRAME,  # first ACK of something that was never captured
    M_CLOCK_JUMP_NS,  # longest step forward between two TCP packets of the file
    M_CLOCK_JUMP_FRAME,  # the packet after it
    M_SEAMS,  # places where the file was joined from captures of different times
    M_SEATS,  # rows of the connection table
    M_SEATS_MOST,  # it never has more
    M_SEATED,  # how many of them were ever taken
    M_HAND,  # the seat that is looked at next when one is needed
    M_SEAT_FREE,  # seats given back, as a chain through C_SLOT; NONE: none
    M_UNITS,  # units of the shelf
    M_UNITS_USED,  # how many of them were ever taken
    M_OVER,  # entries ever written to the ring of connections that are over
    M_OVER_TAKEN,  # entries ever taken out
    M_OVER_ROOM,  # entries that fit
    M_NEXT,  # the seat that will be given up next, if it stays silent
    M_LONG_WAY,  # 1: every segment is judged, plain ones too (for tests: it changes nothing)
    M_LAST_INTERFACE,  # interface of the TCP packet before
) = range(32)
META_FREE = 32
"""Where the shelf keeps the chains of blocks that were given back, by units (``shelf``)."""
BLOCK_MOST = 37
"""Units of the largest block: all groups of a row as they are, and what stands before them."""
META_SEAMS = META_FREE + BLOCK_MOST + 1
"""Where the times of the last packets before the seams stand in meta, in order."""
SEAMS_MOST = 64
"""Seams whose time is kept. Of connections that end before a later one nothing is known of the
time after their last packet."""
META_CLOCKS = META_SEAMS + SEAMS_MOST
"""Where the times of the last packet of each interface stand, but for the last interface."""
CLOCKS_MOST = 64
"""Interfaces whose clock is watched: beyond these only seams are told."""
META_WIDTH = META_CLOCKS + CLOCKS_MOST

SEAM_BACK_NS = 1_000_000_000
"""Queues and interfaces put packets out of order by milliseconds; a second back is another
capture, or a clock that was set."""

SEAM_FORWARD_NS = 86_400_000_000_000
"""A day without a TCP packet: nobody captures that long in vain, but files of different years are
joined."""


def names(prefix: str) -> tuple[str, ...]:
    """Column names with this prefix (``"S_"``), ordered by index. For tests and dumps."""
    found = {value: name for name, value in globals().items() if name.startswith(prefix)}
    return tuple(found[index] for index in sorted(found))
