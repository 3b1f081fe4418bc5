"""C types of sender.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (seq_delta)
from unstick.tcp.notes cimport (attach, find_original, release, step)

cdef long long ACK, C_MARKS, FIN, FLAGS, FRAME, LENGTH, MARK_LADDER, MARK_SACK
cdef long long MARK_UNSEEN, MASK
cdef long long M_LADDER_NOTES_MOST, M_UNSEEN_ACKS, M_UNSEEN_FRAME, NONE, NOTE_LADDER, NOTE_STEP
cdef long long NOTE_WIDTH, N_COUNT, N_END_FRAME, N_END_NS, N_KIND, RECORDER_ENTRIES
cdef long long RECORD_ENTRY_WIDTH, REORDERED_NS, R_FRAME, R_NS, SACK_1_LEFT, SACK_1_RIGHT
cdef long long SACK_COUNT, SACK_SLACK_BYTES, SEQ, SIDE, SIDE_GUESSED, STATE_SYN_SENT, SYN, S_BYTES
cdef long long S_DATA_FRAME, S_DATA_NS, S_DATA_PACKETS, S_FIN_ACKED_FRAME, S_FIN_ACKED_NS
cdef long long S_FIN_COUNT, S_FIN_FRAME, S_FIN_NS, S_FIN_SEQ, S_FLAGS, S_ISS, S_LADDER_COUNT
cdef long long S_LADDER_FRAME, S_LADDER_HEAD, S_LADDER_HEARD, S_LADDER_LAST_FRAME
cdef long long S_LADDER_LAST_NS, S_LADDER_LENGTH, S_LADDER_NOTES, S_LADDER_NS
cdef long long S_LADDER_ORIGINAL_FRAME, S_LADDER_ORIGINAL_NS, S_LADDER_SEQ, S_LADDER_TAIL
cdef long long S_LARGER_END, S_LARGER_LENGTH, S_LARGEST, S_LARGEST_ACKED, S_LAST_ACK
cdef long long S_LAST_ACK_FRAME, S_LAST_ACK_NS, S_OUTSTANDING_FRAME, S_OUTSTANDING_NS, S_PACKETS
cdef long long S_PROGRESS_FRAME, S_PROGRESS_NS, S_RCV_NXT, S_RETRANSMITTED, S_RIGHT_EDGE
cdef long long S_RTT_LEAST_NS, S_RTT_MOST_NS, S_RTT_NS, S_RTT_SEQ, S_SACK_ASTRAY, S_SACK_ASTRAY_BY
cdef long long S_SACK_ASTRAY_FRAME, S_SACK_EDGE, S_SCALE, S_SND_NXT, S_STATE, S_SYN_FRAME
cdef long long S_TEXT_FRAME, S_TEXT_NS, S_TEXT_UNDER, S_UNSEEN_ACKS, S_UNSEEN_FRAME
cdef long long S_WINDOW, S_WINDOW_MOST
cdef long long TIME_NS, WINDOW, WINDOW_UNSCALED

@cython.locals(ack=cython.longlong, ahead=cython.longlong)
cpdef void acknowledge(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(edge=cython.longlong, fresh=cython.bint)
cdef bint _may_be_unseen(long long[::1] t, Py_ssize_t me, Py_ssize_t peer,
    long long ack) noexcept nogil

cdef void _miss(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(ack=cython.longlong, now=cython.longlong, sample=cython.longlong)
cdef void _progress(long long[::1] t, long long[::1] n, long long[::1] s, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(window=cython.longlong)
cdef void _advertise(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me) noexcept nogil

@cython.locals(reach=cython.longlong, edge=cython.longlong, block=cython.Py_ssize_t,
    right=cython.longlong, away=cython.longlong)
cdef void _report(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me) noexcept nogil

@cython.locals(seq=cython.longlong, length=cython.longlong, space=cython.longlong,
    end=cython.longlong)
cpdef void occupy(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] r,
    long long[::1] m, Py_ssize_t base, Py_ssize_t row, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

cdef void _finish(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

cdef void _fresh(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer, long long end, long long length) noexcept nogil

cdef bint _is_first_sight(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

cdef bint _fills_hole(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

@cython.locals(seq=cython.longlong, serial=cython.longlong, at=cython.Py_ssize_t)
cdef void _climb(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] r,
    long long[::1] m, Py_ssize_t base, Py_ssize_t row, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

@cython.locals(head=cython.longlong, at=cython.Py_ssize_t)
cpdef void end_ladder(long long[::1] t, long long[::1] n, Py_ssize_t row,
    Py_ssize_t me) noexcept nogil
