"""C types of receiver.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (seq_delta)

cdef long long ACK, ACK_FLAG, FIN, FLAGS, LENGTH, MASK, NONE, RST, SEQ, SIDE_FIN_DELIVERED
cdef long long SIDE_SYN_SEEN, STATE_CLOSED, STATE_CLOSE_WAIT, STATE_CLOSING, STATE_ESTABLISHED
cdef long long STATE_FIN_WAIT_1, STATE_FIN_WAIT_2, STATE_LAST_ACK, STATE_LISTEN
cdef long long STATE_SYN_RECEIVED, STATE_SYN_SENT, STATE_TIME_WAIT, SYN, S_FIN_ACKED_FRAME
cdef long long S_FIN_SEQ, S_FLAGS, S_GAP_1_LEFT, S_HOLES, S_ISS, S_LAST_ACK, S_RCV_NXT
cdef long long S_SND_NXT, S_STATE, S_TS_RECENT, TSVAL

@cython.locals(flags=cython.longlong)
cpdef void open_states(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

cpdef void close_sender(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

@cython.locals(flags=cython.longlong, end=cython.longlong)
cpdef void receive(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(after=cython.longlong)
cdef void _receive_syn(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

@cython.locals(gap=cython.Py_ssize_t, left=cython.Py_ssize_t)
cdef void _arrive(long long[::1] t, long long start, long long end,
    Py_ssize_t peer) noexcept nogil

@cython.locals(gap=cython.Py_ssize_t, at=cython.Py_ssize_t)
cdef void _shift_ranges(long long[::1] t, Py_ssize_t peer, long long used) noexcept nogil

@cython.locals(gap=cython.Py_ssize_t, at=cython.Py_ssize_t, held_left=cython.longlong,
    held_right=cython.longlong)
cdef void _keep_range(long long[::1] t, long long start, long long end,
    Py_ssize_t peer) noexcept nogil

@cython.locals(awaited=cython.bint)
cpdef void deliver_fin(long long[::1] t, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(state=cython.longlong)
cdef void _receive_fin(long long[::1] t, Py_ssize_t peer) noexcept nogil

@cython.locals(state=cython.longlong)
cpdef void acknowledged(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil
