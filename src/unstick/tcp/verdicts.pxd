"""C types of verdicts.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (classify_ack, classify_kind, classify_seq, seq_delta)
from unstick.tcp.answers cimport (trace_answer)
from unstick.tcp.notes cimport (needs, note, state_of)

cdef long long M_LONG_WAY, S_ZERO_FRAME, S_WAITING_NOTE, S_CHALLENGE_NOTE, S_KEEP_COUNT, PSH
cdef long long WINDOW, STATE_ESTABLISHED, C_PACKETS, S_LADDER_COUNT
cdef long long SIGNED, ACK, ACKS, ACK_FLAG, ACTION_ACCEPT, ACTION_DROP, ACTION_RESET, C_MARKS, FIN
cdef long long FLAGS, FRAME, KINDS, LENGTH, MARK_ODD_ACK, MARK_REFUSED, MARK_RESET
cdef long long MARK_SIGNED, MARK_SYN, M_PAWS, M_SIGNATURES, NONE, NOTE_ODD_ACK, NOTE_RESET
cdef long long NOTE_SIGNED, NOTE_SYN, NOTE_WIDTH, N_ACTION, N_CELL, N_COUNT, N_END_FRAME
cdef long long N_END_NS, N_SEQ, OPTIONS, OPTION_AO, OPTION_MD5, REVIVE_NS, RST, RUN_NOTES, SEQ
cdef long long SEQS, SEQ_BEYOND, SEQ_RIGHT_EDGE, SEQ_UNKNOWN, SIDE_ALIVE_AFTER_RESET
cdef long long SIDE_GUESSED, SIDE_SIGNED, STATE_CLOSED, STATE_LISTEN, STATE_SYN_SENT, SYN
cdef long long S_FIN_SEQ, S_FLAGS, S_ISS, S_LAST_ACK, S_RCV_NXT, S_RESET_NOTE, S_RESET_NS
cdef long long S_RIGHT_EDGE, S_RTT_LEAST_NS, S_RUN_LENGTH, S_RUN_NOTE, S_SACK_EDGE, S_SCALE
cdef long long S_SND_NXT, S_STATE, S_STATE_BEFORE_RESET, S_TS_RECENT, S_WAITING_NOTE, S_WINDOW
cdef long long S_WINDOW_MOST, TIME_NS, TSVAL, SIDE_SYN_SEEN, S_PACKETS, S_RESETS, S_SYN_COUNT

@cython.locals(state=cython.longlong, signed=cython.longlong, flags=cython.longlong,
    following=cython.longlong, unexpected=cython.bint, length=cython.longlong,
    kind=cython.longlong, seq=cython.longlong, ack=cython.longlong,
    reach=cython.longlong)
cpdef long long cell_of(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

cdef long long _too_old(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t peer) noexcept nogil

@cython.locals(cell=cython.longlong, action=cython.longlong, flags=cython.longlong,
    kind=cython.longlong, index=cython.longlong, odd=cython.bint, usual=cython.bint)
cpdef void judge(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] r,
    long long[::1] m, const unsigned char[::1] actions, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(flags=cython.longlong)
cdef bint _opens(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(at=cython.Py_ssize_t)
cdef bint _repeats(long long[::1] t, long long[::1] n, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me, long long cell) noexcept nogil

@cython.locals(ahead=cython.longlong, edge=cython.longlong)
cdef bint _is_odd_ack(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

cdef void _reset(long long[::1] t, Py_ssize_t peer, long long now, long long index) noexcept nogil

@cython.locals(wait=cython.longlong)
cpdef void revive(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

cpdef bint is_stray(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

cpdef bint is_plain(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

cpdef void leave(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil
