"""C types of quick.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (seq_delta)
from unstick.tcp.sender cimport (advertise, fresh, progress)

cpdef bint is_calm(long long[::1] t, Py_ssize_t row, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

cdef bint _is_calm_side(long long[::1] t, Py_ssize_t side) noexcept nogil

@cython.locals(seq=cython.longlong, more=cython.longlong, gap=cython.longlong)
cdef inline bint is_next(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(seq=cython.longlong, length=cython.longlong, end=cython.longlong,
    tsval=cython.longlong, recent=cython.longlong)
cdef inline void go_on(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(now=cython.longlong, frame=cython.longlong, gap=cython.longlong)
cdef inline void _keep_books(long long[::1] t, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me) noexcept nogil

@cython.locals(ttl=cython.longlong)
cdef inline void identify(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

@cython.locals(step=cython.longlong)
cdef inline bint _jumps(long long ip_id, long long before) noexcept nogil
