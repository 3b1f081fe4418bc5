"""C types of shelf.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.words cimport (carry_words, copy_words, pack_at_once, pack_eight, prefetch, same_words,
    unpack_at_once, unpack_eight)

cdef long long COMPILED, BLOCK_MOST, CONNECTION_WIDTH, C_FIRST_NS, GROUP, LARGER, META_FREE, M_UNITS_USED
cdef long long NONE, PACKED_GROUPS, PACKED_SINCE, PACKED_SIZE_SHIFT, PACKED_WIDE, UNIT_WORDS

@cython.locals(since=cython.longlong, at=cython.Py_ssize_t, used=cython.longlong,
    wide=cython.longlong, bit=cython.longlong, group=cython.Py_ssize_t,
    groups=cython.Py_ssize_t)
cpdef long long pack(long long[::1] t, Py_ssize_t row, const long long[::1] fresh,
    const long long[::1] timed, long long[::1] stage) noexcept nogil

@cython.locals(block=cython.Py_ssize_t, at=cython.Py_ssize_t, used=cython.longlong,
    wide=cython.longlong, group=cython.Py_ssize_t, size=cython.Py_ssize_t)
cpdef void unpack(long long[::1] t, Py_ssize_t row, const long long[::1] timed,
    const long long[::1] b, long long unit, long long wanted) noexcept nogil

@cython.locals(units=cython.longlong, most=cython.longlong, taken=cython.longlong,
    unit=cython.longlong, following=cython.longlong, word=cython.Py_ssize_t)
cpdef long long store(long long[::1] stage, long long size, long long[::1] b,
    long long[::1] m) noexcept nogil

@cython.locals(block=cython.Py_ssize_t, chain=cython.Py_ssize_t)
cpdef void discard(long long unit, long long[::1] b, long long[::1] m) noexcept nogil
