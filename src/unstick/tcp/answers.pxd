"""C types of answers.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (seq_delta)

cdef long long ACK_FLAG, AT_HOST_NS, C_RECORD, MASK, M_SERIAL, NONE, NOTE_WIDTH, N_ACK
cdef long long N_ANSWERS_BEST, N_ANSWERS_BEST_NS, N_ANSWERS_COUNT, N_ANSWERS_FIRST
cdef long long N_ANSWERS_LAST, N_FLAGS, N_NS, N_SENT_SINCE, N_SEQ, N_SIDE, RECORDER_ENTRIES
cdef long long RECORD_ENTRY_WIDTH, R_ACK, R_FRAME, R_LENGTH, R_NS, R_PREVIOUS, R_SEQ, R_SIDE
cdef long long BUSY_NS, SEARCH_STEPS, S_ANSWERED_FRAME, S_FIN_ACKED_FRAME, S_LAST_ACK
cdef long long S_LAST_FRAME, S_RTT_LEAST_NS, S_RTT_MOST_NS, S_SND_NXT, S_TALK_FRAME

@cython.locals(
    at=cython.Py_ssize_t, count=cython.longlong, sent=cython.longlong, near=cython.bint,
    first_ns=cython.longlong, last_ns=cython.longlong, serial=cython.longlong,
    steps=cython.longlong, entry=cython.Py_ssize_t)
cpdef void trace_answer(
    long long[::1] t, long long[::1] n, long long[::1] r, long long[::1] m, Py_ssize_t row,
    Py_ssize_t sender, Py_ssize_t receiver, long long index) noexcept nogil

cdef bint _acks_fin(
    long long[::1] t, long long[::1] r, Py_ssize_t sender, Py_ssize_t entry) noexcept nogil

cdef long long _earliest(long long[::1] t, Py_ssize_t receiver, long long now) noexcept nogil

@cython.locals(
    length=cython.longlong, asked=cython.longlong, end=cython.longlong, beyond=cython.longlong)
cdef bint _may_answer(
    long long[::1] t, long long[::1] n, long long[::1] r, Py_ssize_t sender, Py_ssize_t at,
    Py_ssize_t entry) noexcept nogil
