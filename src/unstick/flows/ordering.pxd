"""C types of ordering.py. Both builds give the same numbers, bit for bit."""

cimport cython

cdef long long DIGIT, NO_SLOT, NUMBER, STREAM_WIDTH

@cython.locals(slot=cython.Py_ssize_t, count=cython.longlong, most=cython.longlong,
    number=cython.longlong, shift=cython.longlong)
cpdef long long by_number(const long long[::1] streams, long long used, long long free,
    long long[::1] slots, long long[::1] spare, long long[::1] counts) noexcept nogil

@cython.locals(digit=cython.longlong, i=cython.Py_ssize_t, first=cython.longlong,
    size=cython.longlong)
cdef void _deal(const long long[::1] streams, const long long[::1] hand, long long[::1] piles,
    long long[::1] counts, long long count, long long shift) noexcept nogil
