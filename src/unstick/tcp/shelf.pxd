"""C types of shelf.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.words cimport (copy_octets, copy_words, get_four, put_four, same_words)

cdef long long CELL_BYTES, CODE_FAR, CODE_NONE, CONNECTION_WIDTH, DELTA_KINDS, HALF, MASK, META_DELTAS, MIDDLE
cdef long long M_CELLS_FREE, M_CELL_FREE, NONE, REACH, WORD

@cython.locals(at=cython.Py_ssize_t, kind=cython.longlong, group=cython.Py_ssize_t,
    column=cython.Py_ssize_t, value=cython.longlong, code=cython.longlong)
cpdef long long pack(long long[::1] t, Py_ssize_t row, long long[::1] fresh,
    const unsigned char[::1] kinds, unsigned char[::1] stage, long long[::1] m) noexcept nogil

@cython.locals(at=cython.Py_ssize_t, kind=cython.longlong, group=cython.Py_ssize_t,
    column=cython.Py_ssize_t, code=cython.longlong)
cpdef void unpack(long long[::1] t, Py_ssize_t row, long long[::1] fresh,
    const unsigned char[::1] kinds, unsigned char[::1] stage, long long[::1] m) noexcept nogil

cdef long long _write_far(unsigned char[::1] stage, Py_ssize_t at, long long value,
    long long[::1] m, long long kind) noexcept nogil

@cython.locals(value=cython.longlong)
cdef long long _read_far(unsigned char[::1] stage, Py_ssize_t at, long long[::1] m,
    long long kind) noexcept nogil

cdef long long _signed(long long half) noexcept nogil

@cython.locals(first=cython.longlong, cell=cython.longlong, at=cython.Py_ssize_t)
cpdef long long store(unsigned char[::1] stage, long long size, unsigned char[::1] b,
    long long[::1] links, long long[::1] m) noexcept nogil

@cython.locals(cell=cython.longlong, at=cython.Py_ssize_t)
cpdef void fetch(unsigned char[::1] stage, long long first, unsigned char[::1] b,
    long long[::1] links) noexcept nogil

@cython.locals(cell=cython.longlong)
cpdef void discard(long long first, long long[::1] links, long long[::1] m) noexcept nogil
