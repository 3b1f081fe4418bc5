cimport cython
from unstick.wire.octets cimport note, u32_of
from unstick.wire.packets cimport take

cdef Py_ssize_t BLOCK_DAMAGED, BLOCK_LENGTH, CAPTURED_ABOVE_LENGTH, INTERFACE_UNKNOWN
cdef Py_ssize_t TIME_MISSING, TIME_RANGE
cdef Py_ssize_t INTERFACE_BEFORE, INTERFACE_DIVIDE, INTERFACE_FIRST_FRAME, INTERFACE_LAYER
cdef Py_ssize_t INTERFACE_LIMIT, INTERFACE_MULTIPLY, INTERFACE_OFFSET_NS
cdef Py_ssize_t INTERFACE_PACKETS, INTERFACE_SNAPLEN, INTERFACE_UNITS, INTERFACE_WIDTH
cdef Py_ssize_t STATE_AT, STATE_BIG, STATE_BYTES, STATE_FINAL, STATE_FIRST_INTERFACE
cdef Py_ssize_t STATE_FIRST_TIME_NS, STATE_FRAME, STATE_INTERFACES, STATE_NEED, STATE_STOPPED
cdef Py_ssize_t STATE_TIME_NS
cdef long long HALF, NANOSECONDS, NONE, OTHER, WORD
cdef long long BLOCK_LIMIT, PACKET_LIMIT, SKIP_LIMIT, TIME_LIMIT_NS
cdef long long STOPPED_BLOCK, STOPPED_DAMAGED, STOPPED_FRAGMENT, STOPPED_FULL, STOPPED_NEED
cdef long long STOPPED_SKIP
cdef long long BLOCK_SECTION, BLOCK_INTERFACE, BLOCK_PACKET, BLOCK_SIMPLE, BLOCK_STATISTICS
cdef long long BLOCK_ENHANCED, BLOCK_JOURNAL, BLOCK_CUSTOM, BLOCK_CUSTOM_UNCOPIED, LAST_COMMON_BLOCK

cdef long long length_fits(long long kind, long long total) noexcept nogil

@cython.locals(
    big=cython.longlong, kind=cython.longlong, magic=cython.longlong, total=cython.longlong
)
cdef long long block_fits(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, long long[::1] state
) noexcept nogil

@cython.locals(undecided=cython.longlong, fits=cython.longlong)
cpdef long long resync_pcapng(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, long long[::1] state
) noexcept nogil

@cython.locals(
    before=cython.longlong, frame=cython.longlong, units=cython.longlong, time_ns=cython.longlong,
    seconds=cython.longlong, below=cython.longlong
)
cdef long long time_of(
    long long high, long long low, long long[::1] interfaces, Py_ssize_t row, long long[::1] state,
    long long[::1] anomalies
) noexcept nogil

@cython.locals(big=cython.longlong, interface=cython.longlong)
cdef Py_ssize_t interface_row(
    const unsigned char[::1] buf, Py_ssize_t at, long long kind, long long[::1] state,
    long long[::1] anomalies
) noexcept nogil

@cython.locals(
    big=cython.longlong, frame=cython.longlong, row=cython.Py_ssize_t, length=cython.longlong,
    captured=cython.longlong, offset=cython.Py_ssize_t, time_ns=cython.longlong,
    high=cython.longlong, low=cython.longlong
)
cdef long long packet(
    const unsigned char[::1] buf, Py_ssize_t at, long long kind, long long total,
    long long[::1] state, long long[::1] interfaces, const unsigned char[::1] lookup,
    long long[::1] record, long long[::1] segments, Py_ssize_t filled, long long detail,
    long long[::1] anomalies
) noexcept nogil

cdef void counted(
    long long[::1] state, long long time_ns, long long length, long long[::1] interfaces,
    Py_ssize_t row
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, big=cython.longlong, stopped=cython.longlong, kind=cython.longlong,
    total=cython.longlong, took=cython.longlong
)
cpdef Py_ssize_t read_pcapng(
    const unsigned char[::1] buf, Py_ssize_t end, long long[::1] state, long long[::1] interfaces,
    const unsigned char[::1] lookup, long long[::1] record, long long[::1] segments,
    Py_ssize_t filled, Py_ssize_t capacity, long long detail, long long[::1] anomalies
) noexcept nogil

cdef long long packet_fits(
    const unsigned char[::1] buf, Py_ssize_t at, long long kind, long long total, Py_ssize_t end,
    long long[::1] state, long long[::1] anomalies
) noexcept nogil

cdef long long other_block(
    long long kind, long long total, Py_ssize_t at, Py_ssize_t end, long long[::1] state
) noexcept nogil

@cython.locals(fits=cython.longlong)
cdef long long mismatch(
    const unsigned char[::1] buf, Py_ssize_t at, long long total, Py_ssize_t end,
    long long[::1] state, long long[::1] anomalies
) noexcept nogil
