"""C types of classify.py. Both builds give the same numbers, bit for bit."""

cimport cython

cdef long long ACK_FLAG, FIN, HALF, MASK, NONE, RST, SYN
cdef long long KIND_RST, KIND_SYN, KIND_SYN_ACK, KIND_FIN, KIND_DATA, KIND_ACK, KIND_SIGNED
cdef long long KIND_OTHER
cdef long long SEQ_OLD, SEQ_BELOW, SEQ_BELOW_CLOSED, SEQ_LEFT, SEQ_UNACKED, SEQ_LAST
cdef long long SEQ_LEFT_LAST, SEQ_EXACT, SEQ_EXACT_CLOSED, SEQ_EXACT_UNACKED
cdef long long SEQ_EXACT_UNACKED_CLOSED, SEQ_ABOVE, SEQ_INSIDE, SEQ_SACK_EDGE, SEQ_RIGHT_EDGE
cdef long long SEQ_SACK_RIGHT_EDGE, SEQ_BEYOND, SEQ_PAWS, SEQ_UNKNOWN
cdef long long ACK_NONE, ACK_ANCIENT, ACK_OLD, ACK_CURRENT, ACK_NEW, ACK_NEW_FIN, ACK_FUTURE
cdef long long ACK_UNKNOWN

cdef long long seq_delta(long long a, long long b) noexcept nogil

cpdef long long classify_kind(long long flags, long long length, long long is_signed) noexcept nogil

@cython.locals(start=cython.longlong, room=cython.longlong, at_sack_edge=cython.bint)
cpdef long long classify_seq(
    long long kind,
    long long seq,
    long long length,
    long long paws_failed,
    long long rcv_nxt,
    long long last_ack,
    long long right_edge,
    long long sack_edge,
) noexcept nogil

cdef long long _at_or_below(long long start, long long unacked, long long room) noexcept nogil

@cython.locals(past=cython.longlong)
cpdef long long classify_ack(
    long long flags,
    long long ack,
    long long snd_una,
    long long snd_nxt,
    long long max_window,
    long long fin_sent,
) noexcept nogil
