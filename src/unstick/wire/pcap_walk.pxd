cimport cython

cdef Py_ssize_t ANOMALY_COUNT, ANOMALY_DETAIL, ANOMALY_FIRST_FRAME, ANOMALY_WIDTH
cdef Py_ssize_t CAPTURED_ABOVE_LENGTH, TIME_FRACTION
cdef Py_ssize_t RECORD_AT, RECORD_CAPTURED, RECORD_DEPTH, RECORD_ENCAPSULATION, RECORD_END
cdef Py_ssize_t RECORD_FRAGMENT, RECORD_FRAME, RECORD_INTERFACE, RECORD_IP, RECORD_LAYER
cdef Py_ssize_t RECORD_LENGTH, RECORD_LINK, RECORD_NOTICES, RECORD_OFFSET, RECORD_STOP
cdef Py_ssize_t RECORD_TIME_NS, RECORD_WIDTH
cdef Py_ssize_t STATE_AT, STATE_BIG, STATE_BYTES, STATE_FINAL, STATE_FIRST_TIME_NS
cdef Py_ssize_t STATE_FRACTION, STATE_FRAME, STATE_HEADER, STATE_LAYER, STATE_LINK, STATE_NEED
cdef Py_ssize_t STATE_STOPPED, STATE_SWAPPED, STATE_TIME_NS
cdef long long NANOSECONDS, NONE, PACKET_LIMIT, STOPPED_DAMAGED, STOPPED_FULL, STOPPED_NEED
cdef long long PLAUSIBLE_CHAIN, UNUSUAL_CHAIN

@cython.locals(at=cython.Py_ssize_t)
cdef void note(
    long long[::1] anomalies, Py_ssize_t kind, long long frame, long long detail
) noexcept nogil

@cython.locals(a=cython.longlong, b=cython.longlong, c=cython.longlong, d=cython.longlong)
cdef long long u32(const unsigned char[::1] buf, Py_ssize_t at, long long big) noexcept nogil

@cython.locals(
    big=cython.longlong, captured=cython.longlong, length=cython.longlong,
    odd_fraction=cython.bint,
)
cdef long long header_fits(
    const unsigned char[::1] buf, Py_ssize_t at, long long[::1] state, bint strict
) noexcept nogil

@cython.locals(header=cython.longlong, captured=cython.longlong, _i=cython.Py_ssize_t)
cdef long long chain_fits(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, long long[::1] state,
    long long chain, bint strict
) noexcept nogil

@cython.locals(header=cython.longlong, undecided=cython.longlong, fits=cython.longlong)
cpdef long long resync(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, long long[::1] state
) noexcept nogil

@cython.locals(
    big=cython.longlong, captured=cython.longlong, length=cython.longlong,
    below=cython.longlong, swapped=cython.longlong, fits=cython.longlong,
    header=cython.longlong, fraction=cython.longlong,
)
cdef long long unusual(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, long long[::1] state,
    long long captured, long long[::1] anomalies
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, big=cython.longlong, header=cython.longlong,
    fraction=cython.longlong, time_ns=cython.longlong, total=cython.longlong,
    frame=cython.longlong, swapped=cython.longlong, count=cython.Py_ssize_t,
    stopped=cython.longlong, below=cython.longlong, captured=cython.longlong,
    length=cython.longlong,
)
cpdef Py_ssize_t walk(
    const unsigned char[::1] buf, Py_ssize_t end, long long[::1] state, long long[::1] records,
    Py_ssize_t capacity, long long[::1] anomalies
) noexcept nogil

cdef void fill(
    long long[::1] records, Py_ssize_t base, long long frame, long long time_ns, long long offset,
    long long captured, long long length, long long[::1] state
) noexcept nogil
