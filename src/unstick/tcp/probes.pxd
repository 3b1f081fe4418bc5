"""C types of probes.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (seq_delta)
from unstick.tcp.notes cimport (note)

cdef long long C_MARKS, EPISODE_PROBES, FIN, FLAGS, FRAME, LENGTH, MARK_KEEPALIVE
cdef long long MARK_ZERO_WINDOW, NONE, NOTE_WIDTH, NOTE_ZERO_WINDOW, N_COUNT, N_END_FRAME
cdef long long N_END_NS, N_FRAME, N_NS, RST, SEQ, SYN, S_KEEP_ANSWERED, S_KEEP_COUNT
cdef long long S_KEEP_FRAME, S_KEEP_GAP_NS, S_KEEP_LAST_FRAME, S_KEEP_LAST_NS, S_KEEP_NS, S_KEEP_TOTAL
cdef long long S_LAST_ACK, S_SND_NXT, S_WINDOW, S_ZERO_ANSWERS, S_ZERO_ANSWER_FRAME
cdef long long S_ZERO_ANSWER_NS, S_ZERO_FRAME, S_ZERO_NS, S_ZERO_PROBES, S_ZERO_PROBE_FRAME
cdef long long S_ZERO_PROBE_NS, S_ZERO_UNANSWERED, S_ZERO_WINDOWS, TIME_NS, WINDOW

@cython.locals(index=cython.longlong, at=cython.Py_ssize_t)
cpdef void watch_window(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(place=cython.longlong)
cpdef bint is_window_probe(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

cpdef bint is_keepalive(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

cpdef void probe(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t peer) noexcept nogil

cpdef void keep_alive(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me) noexcept nogil

cpdef void heard(long long[::1] t, Py_ssize_t peer) noexcept nogil
