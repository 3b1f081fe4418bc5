cimport cython

cdef Py_ssize_t ANOMALY_COUNT, ANOMALY_DETAIL, ANOMALY_FIRST_FRAME, ANOMALY_WIDTH
cdef long long HALF, WORD

@cython.locals(at=cython.Py_ssize_t)
cdef void note(
    long long[::1] anomalies, Py_ssize_t kind, long long frame, long long detail
) noexcept nogil

cdef long long u16(const unsigned char[::1] buf, Py_ssize_t at) noexcept nogil

@cython.locals(a=cython.longlong, b=cython.longlong, c=cython.longlong, d=cython.longlong)
cdef long long u32(const unsigned char[::1] buf, Py_ssize_t at) noexcept nogil

@cython.locals(a=cython.longlong, b=cython.longlong, c=cython.longlong, d=cython.longlong)
cdef long long u32_of(const unsigned char[::1] buf, Py_ssize_t at, long long big) noexcept nogil

cdef long long s64(long long high, long long low) noexcept nogil

cdef void ask_to_write(long long[::1] table, Py_ssize_t at) noexcept nogil
