"""C types of shelf.py. Both builds give the same numbers, bit for bit."""

cimport cython


cdef long long CELL_BYTES, CODES, CODE_NONE, CODE_WHOLE, CONNECTION_WIDTH, DELTA_KINDS, EIGHTH
cdef long long META_DELTAS, M_CELLS_FREE, M_CELL_FREE, NONE, REACH

@cython.locals(at=cython.Py_ssize_t, kind=cython.longlong, group=cython.longlong,
    head=cython.longlong, mask=cython.longlong, bit=cython.longlong, value=cython.longlong,
    code=cython.longlong)
cpdef long long pack(long long[::1] t, Py_ssize_t row, long long[::1] fresh,
    const unsigned char[::1] kinds, unsigned char[::1] stage, long long[::1] m) noexcept nogil

@cython.locals(byte=cython.longlong)
cdef long long _write_far(unsigned char[::1] stage, Py_ssize_t at, long long value) noexcept nogil

@cython.locals(at=cython.Py_ssize_t, kind=cython.longlong, group=cython.longlong,
    mask=cython.longlong, bit=cython.longlong)
cpdef void unpack(long long[::1] t, Py_ssize_t row, long long[::1] fresh,
    const unsigned char[::1] kinds, unsigned char[::1] stage, long long[::1] m) noexcept nogil

@cython.locals(code=cython.longlong, shift=cython.longlong, part=cython.longlong)
cdef long long _read(unsigned char[::1] stage, Py_ssize_t at, long long[::1] t, Py_ssize_t place,
    long long[::1] m, long long kind) noexcept nogil

@cython.locals(value=cython.longlong, byte=cython.longlong, part=cython.longlong)
cdef long long _read_whole(unsigned char[::1] stage, Py_ssize_t at, long long[::1] t,
    Py_ssize_t place) noexcept nogil

@cython.locals(first=cython.longlong, cell=cython.longlong, at=cython.Py_ssize_t,
    end=cython.longlong, byte=cython.longlong)
cpdef long long store(unsigned char[::1] stage, long long size, unsigned char[::1] b,
    long long[::1] links, long long[::1] m) noexcept nogil

@cython.locals(cell=cython.longlong, at=cython.Py_ssize_t, byte=cython.longlong)
cpdef void fetch(unsigned char[::1] stage, long long first, unsigned char[::1] b,
    long long[::1] links) noexcept nogil

@cython.locals(cell=cython.longlong)
cpdef void discard(long long first, long long[::1] links, long long[::1] m) noexcept nogil
