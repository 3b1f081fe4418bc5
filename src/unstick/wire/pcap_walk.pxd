cimport cython
from unstick.wire.octets cimport note, u32_of
from unstick.wire.packets cimport take

cdef Py_ssize_t CAPTURED_ABOVE_LENGTH, TIME_FRACTION
cdef Py_ssize_t STATE_AT, STATE_BIG, STATE_BYTES, STATE_FINAL, STATE_FIRST_TIME_NS
cdef Py_ssize_t STATE_FRACTION, STATE_FRAME, STATE_HEADER, STATE_LAYER, STATE_NEED
cdef Py_ssize_t STATE_STOPPED, STATE_SWAPPED, STATE_TIME_NS
cdef long long BRIEF, NANOSECONDS, OTHER, PACKET_LIMIT
cdef long long STOPPED_DAMAGED, STOPPED_FRAGMENT, STOPPED_FULL, STOPPED_NEED
cdef long long PLAUSIBLE_CHAIN, UNUSUAL_CHAIN

@cython.locals(
    big=cython.longlong, captured=cython.longlong, length=cython.longlong, odd_fraction=cython.bint
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
cpdef long long resync_pcap(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, long long[::1] state
) noexcept nogil

cdef long long need(long long[::1] state, long long upto) noexcept nogil

@cython.locals(
    big=cython.longlong, captured=cython.longlong, length=cython.longlong, below=cython.longlong,
    swapped=cython.longlong, fits=cython.longlong, header=cython.longlong, fraction=cython.longlong
)
cdef long long unusual(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, long long[::1] state,
    long long captured, long long[::1] anomalies
) noexcept nogil

@cython.locals(big=cython.longlong, swapped=cython.longlong)
cpdef Py_ssize_t read_pcap(
    const unsigned char[::1] buf, Py_ssize_t end, long long[::1] state,
    const unsigned char[::1] lookup, long long[::1] record, long long[::1] segments,
    Py_ssize_t filled, Py_ssize_t capacity, long long detail, long long[::1] anomalies
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, header=cython.longlong, layer=cython.longlong, time_ns=cython.longlong,
    total=cython.longlong, frame=cython.longlong, stopped=cython.longlong, below=cython.longlong,
    captured=cython.longlong, length=cython.longlong, took=cython.longlong
)
cdef inline Py_ssize_t _read(
    const unsigned char[::1] buf, Py_ssize_t end, long long[::1] state,
    const unsigned char[::1] lookup, long long[::1] record, long long[::1] segments,
    Py_ssize_t filled, Py_ssize_t capacity, long long detail, long long[::1] anomalies,
    long long big, long long swapped
) noexcept nogil
