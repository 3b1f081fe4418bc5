"""C types of course.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.handshake cimport (greet)
from unstick.tcp.quick cimport (begin_row, begin_side, brings_next, go_on, keep_books,
    keep_place)
from unstick.tcp.receiver cimport (acknowledged, close_sender, deliver_fin)
from unstick.tcp.sender cimport (advertise, fresh, progress)

cdef bint is_first_syn(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row) noexcept nogil

cdef void begin(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

cdef inline void _introduce(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(gap=cython.longlong)
cdef bint is_answer(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t peer) noexcept nogil

cdef void answer(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(calm=cython.longlong, flags=cython.longlong, space=cython.longlong)
cdef bint is_step(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

cdef void step_on(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil
