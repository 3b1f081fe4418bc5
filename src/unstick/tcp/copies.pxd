"""C types of copies.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.classify cimport (seq_delta)

cdef long long ACK, ACK_FLAG, PRINT, COPY_BARE_NS, COPY_NS, C_COPIES, C_PACKETS
cdef long long ELSEWHERE_NS, FIN, FLAGS, INTERFACE, IP_ID, LENGTH, MASK, NONE, RST, SEQ
cdef long long SYN, S_COPY_1, S_PACKETS, S_LAST_ACK, S_LAST_NS, S_NEW_INTERFACE, S_RESETS
cdef long long S_RST_LAST_SEQ, S_SND_NXT, TIME_NS

@cython.locals(print_=cython.longlong, now=cython.longlong, bare=cython.bint,
    reach=cython.longlong, slot=cython.Py_ssize_t, at=cython.Py_ssize_t)
cpdef bint is_copy(long long[::1] t, long long[::1] s, Py_ssize_t base, Py_ssize_t row,
    Py_ssize_t me, Py_ssize_t peer) noexcept nogil

cpdef void remember(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

@cython.locals(at=cython.Py_ssize_t)
cdef void _remember(long long[::1] t, Py_ssize_t me, long long print_,
    long long now) noexcept nogil

@cython.locals(flags=cython.longlong, known=cython.longlong, space=cython.longlong,
    end=cython.longlong)
cdef bint _seen_elsewhere(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil

cpdef void remember_interface(long long[::1] t, long long[::1] s, Py_ssize_t base,
    Py_ssize_t me) noexcept nogil
