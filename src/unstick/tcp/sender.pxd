"""C types of sender.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (seq_delta)
from unstick.tcp.ladder cimport (climb, end_ladder)

cdef long long OPTION_SACK, OPTIONS, ACK, C_MARKS, FIN, FLAGS, FRAME, LENGTH, MARK_SACK, MARK_UNSEEN, MASK
cdef long long M_UNSEEN_ACKS, M_UNSEEN_FRAME, NONE, OVERTAKEN_NS, REORDERED_NS, S_TSVAL, TSVAL, SACK_1_LEFT, SACK_1_RIGHT
cdef long long SACK_COUNT, SACK_SLACK_BYTES, SEQ, SIDE_GUESSED, SIDE_SYN_SEEN, STATE_SYN_RECEIVED
cdef long long STATE_SYN_SENT, SYN, S_BYTES, S_DATA_FRAME, S_DATA_NS, S_DATA_PACKETS
cdef long long S_FIN_ACKED_FRAME, S_FIN_ACKED_NS, S_FIN_COUNT, S_FIN_FRAME, S_FIN_NS, S_FIN_SEQ
cdef long long S_FLAGS, S_ISS, S_LADDER_COUNT, S_LADDER_HEARD, S_LARGER_END, S_LARGER_LENGTH
cdef long long S_LARGEST, S_LARGEST_ACKED, S_LAST_ACK, S_LAST_ACK_FRAME, S_LAST_ACK_NS
cdef long long S_OUTSTANDING_FRAME, S_OUTSTANDING_NS, S_PACKETS, S_PROGRESS_FRAME, S_PROGRESS_NS
cdef long long S_RCV_NXT, S_RETRANSMITTED, S_RIGHT_EDGE, S_RTT_LEAST_NS, S_RTT_MOST_NS, S_RTT_NS
cdef long long S_RTT_SEQ, S_SACK_ASTRAY, S_SACK_ASTRAY_BY, S_SACK_ASTRAY_FRAME, S_SACK_EDGE
cdef long long S_SCALE, S_SND_NXT, S_STATE, S_SYN_FRAME, S_TEXT_FRAME, S_TEXT_NS, S_TEXT_UNDER
cdef long long S_UNSEEN_ACKS, S_UNSEEN_FRAME, S_WINDOW, S_WINDOW_MOST, TIME_NS, WINDOW
cdef long long WINDOW_UNSCALED

@cython.locals(ack=cython.longlong, ahead=cython.longlong)
cpdef void acknowledge(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(edge=cython.longlong, first=cython.bint)
cdef bint _may_be_unseen(long long[::1] t, Py_ssize_t me, Py_ssize_t peer,
    long long ack) noexcept nogil

@cython.locals(joined=cython.bint)
cdef bint _began_with_probe(long long[::1] t, Py_ssize_t peer, long long ahead) noexcept nogil

cdef void _miss(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(ack=cython.longlong)
cdef inline void progress(long long[::1] t, long long[::1] n, long long[::1] s, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(ack=cython.longlong, now=cython.longlong, sample=cython.longlong,
    rest=cython.longlong, last=cython.longlong, least=cython.longlong, most=cython.longlong,
    shorter=cython.bint)
cdef inline void take_ack(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

@cython.locals(came=cython.longlong)
cdef void _take_larger(long long[::1] t, long long ack, Py_ssize_t peer) noexcept nogil

cdef inline void advertise(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me) noexcept nogil

@cython.locals(window=cython.longlong, most=cython.longlong)
cdef inline void offer(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    long long scale) noexcept nogil

@cython.locals(reach=cython.longlong, edge=cython.longlong, block=cython.Py_ssize_t,
    right=cython.longlong, away=cython.longlong)
cdef void _report(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me) noexcept nogil

@cython.locals(seq=cython.longlong, length=cython.longlong, space=cython.longlong,
    end=cython.longlong)
cpdef void occupy(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] r,
    long long[::1] m, Py_ssize_t base, Py_ssize_t row, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

cdef inline void count_payload(long long[::1] t, Py_ssize_t me, long long length) noexcept nogil

cdef inline void finish(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

@cython.locals(frame=cython.longlong, now=cython.longlong, since=cython.longlong,
    since_ns=cython.longlong, timed=cython.longlong, timed_ns=cython.longlong)
cdef inline void fresh(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer, long long end, long long length) noexcept nogil

cdef bint _is_first_sight(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

cdef bint _fills_hole(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil
