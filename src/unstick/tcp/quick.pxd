"""C types of quick.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (seq_delta)
from unstick.tcp.sender cimport (count_payload, finish, fresh, offer, progress, take_ack)

@cython.locals(mine=cython.longlong, other=cython.longlong, fins=cython.bint, known=cython.bint)
cpdef long long calm_of(long long[::1] t, Py_ssize_t row, Py_ssize_t me,
    Py_ssize_t peer) noexcept nogil

cdef bint _is_calm_side(long long[::1] t, Py_ssize_t side) noexcept nogil

cdef bint _is_answered(long long[::1] t, Py_ssize_t client, Py_ssize_t server) noexcept nogil

cdef bint _closes(long long state) noexcept nogil

cdef bint _came(long long[::1] t, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

cdef inline bint is_next(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer) noexcept nogil

@cython.locals(more=cython.longlong, gap=cython.longlong)
cdef inline bint brings_next(long long[::1] t, long long[::1] s, long long[::1] m, Py_ssize_t base,
    Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer, long long space) noexcept nogil

@cython.locals(length=cython.longlong, end=cython.longlong, tsval=cython.longlong,
    recent=cython.longlong)
cdef inline void go_on(long long[::1] t, long long[::1] n, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me, Py_ssize_t peer, long long fin,
    bint opens_or_closes) noexcept nogil

@cython.locals(now=cython.longlong, frame=cython.longlong, gap=cython.longlong)
cdef inline void keep_books(long long[::1] t, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me) noexcept nogil

cdef inline void keep_place(long long[::1] t, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me) noexcept nogil

cdef inline void begin_row(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t row) noexcept nogil

cdef inline void begin_side(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

@cython.locals(now=cython.longlong, frame=cython.longlong)
cdef inline void count_packet(long long[::1] t, long long[::1] s, long long[::1] m,
    Py_ssize_t base, Py_ssize_t row, Py_ssize_t me) noexcept nogil

cdef inline void live_on(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

@cython.locals(ttl=cython.longlong)
cdef inline void identify(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

@cython.locals(step=cython.longlong)
cdef inline bint _jumps(long long ip_id, long long before) noexcept nogil
