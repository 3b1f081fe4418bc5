"""C types of handshake.py. Both builds give the same numbers, bit for bit."""

cimport cython

cdef long long OPTION_MSS, ACK, ACK_FLAG, C_MARKS, FLAGS, FRAME, MARK_SYN, MASK, MSS, NONE, OPTIONS, OPTION_AO
cdef long long OPTION_MD5, OPTION_WINDOW_SCALE, SEQ, SIDE_FIN_DELIVERED, SIDE_GUESSED, SIDE_SIGNED
cdef long long SIDE_SYN_SEEN, STATE_SYN_RECEIVED, STATE_SYN_SENT, S_FIN_ACKED_FRAME
cdef long long S_FIN_ACKED_NS, S_FIN_COUNT, S_FIN_FRAME, S_FIN_NS, S_FIN_SEQ, S_FLAGS
cdef long long S_GAP_1_LEFT, S_ISS, S_LARGER_LENGTH, S_LAST_ACK, S_LAST_ACK_FRAME, S_LAST_ACK_NS
cdef long long S_MSS, S_OPTIONS, S_OUTSTANDING_FRAME, S_OUTSTANDING_NS, S_RCV_NXT, S_RIGHT_EDGE
cdef long long S_RTT_SEQ, S_SACK_EDGE, S_SCALE, S_SND_NXT, S_STATE, S_STATE_BEFORE_RESET
cdef long long S_SYN_COUNT, S_SYN_FRAME, S_SYN_LAST_NS, S_SYN_NS, S_TS_RECENT, S_UNSEEN_ACKS
cdef long long S_UNSEEN_FRAME, S_WINDOW, S_WINDOW_MOST, TIME_NS, WINDOW_SCALE

@cython.locals(scale=cython.longlong)
cpdef void greet(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

cdef bint _fits(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me) noexcept nogil

cdef bint _answers_syn(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t peer) noexcept nogil

@cython.locals(gap=cython.Py_ssize_t)
cdef void _forget(long long[::1] t, Py_ssize_t side) noexcept nogil
