cimport cython

cdef Py_ssize_t ANOMALY_COUNT, ANOMALY_DETAIL, ANOMALY_FIRST_FRAME, ANOMALY_WIDTH
cdef Py_ssize_t TCP_CUT, TCP_HEADER_LENGTH
cdef Py_ssize_t ACK, CAPTURED, CHECKSUM, ENCAPSULATION, FLAGS, FRAME, INTERFACE, IP_ID
cdef Py_ssize_t IP_VERSION, LENGTH, MSS, NOTICES, OPTIONS, PAYLOAD_HASH, SACK_1_LEFT, SACK_COUNT
cdef Py_ssize_t SEGMENT_WIDTH, SEQ, SIDE, SLOT, SOURCE_HIGH, SOURCE_LOW, SOURCE_PORT
cdef Py_ssize_t TARGET_HIGH, TARGET_LOW, TARGET_PORT, TIME_NS, TSECR, TSVAL, TTL, URGENT, WINDOW
cdef Py_ssize_t WINDOW_SCALE
cdef Py_ssize_t RECORD_AT, RECORD_ENCAPSULATION, RECORD_END, RECORD_FRAME, RECORD_INTERFACE
cdef Py_ssize_t RECORD_IP, RECORD_LAYER, RECORD_NOTICES, RECORD_STOP, RECORD_TIME_NS, RECORD_WIDTH
cdef long long HALF, MASK, NONE, WORD
cdef unsigned long long MASK_64, FNV_START, FNV_PRIME
cdef long long NOTICE_CUT_HEADER, NOTICE_CUT_OPTIONS, NOTICE_IN_ICMP
cdef long long OPTION_AO, OPTION_DAMAGED, OPTION_FAST_OPEN, OPTION_MD5, OPTION_MPTCP, OPTION_MSS
cdef long long OPTION_OTHER, OPTION_SACK, OPTION_SACK_PERMITTED, OPTION_TIMESTAMPS
cdef long long OPTION_USER_TIMEOUT, OPTION_WINDOW_SCALE
cdef long long LAYER_TCP
cdef Py_ssize_t SHORTEST, HASHED_BYTES
cdef long long SCALE_LIMIT

@cython.locals(at=cython.Py_ssize_t)
cdef void note(
    long long[::1] anomalies, Py_ssize_t kind, long long frame, long long detail
) noexcept nogil

@cython.locals(a=cython.longlong, b=cython.longlong, c=cython.longlong, d=cython.longlong)
cdef long long u32(const unsigned char[::1] buf, Py_ssize_t at) noexcept nogil

cdef long long s64(long long high, long long low) noexcept nogil

@cython.locals(value=cython.ulonglong)
cdef long long payload_hash(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end
) noexcept nogil

cdef long long option_bit(
    const unsigned char[::1] buf, Py_ssize_t at, long long kind, long long size
) noexcept nogil

@cython.locals(bit=cython.longlong, blocks=cython.Py_ssize_t, i=cython.Py_ssize_t)
cdef long long read_option(
    const unsigned char[::1] buf, Py_ssize_t at, long long kind, long long size,
    long long[::1] row, Py_ssize_t base
) noexcept nogil

@cython.locals(seen=cython.longlong, kind=cython.longlong, size=cython.longlong)
cdef void read_options(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t stop, Py_ssize_t end,
    long long[::1] row, Py_ssize_t base
) noexcept nogil

cdef void read_addresses(
    const unsigned char[::1] buf, Py_ssize_t at, long long[::1] row, Py_ssize_t base
) noexcept nogil

cdef void read_header(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, long long[::1] row,
    Py_ssize_t base
) noexcept nogil

@cython.locals(i=cython.Py_ssize_t)
cdef void clear_options(long long[::1] row, Py_ssize_t base) noexcept nogil

@cython.locals(
    record=cython.Py_ssize_t, source=cython.Py_ssize_t, at=cython.Py_ssize_t,
    end=cython.Py_ssize_t, stop=cython.Py_ssize_t, header=cython.Py_ssize_t,
    base=cython.Py_ssize_t,
)
cpdef Py_ssize_t fill(
    const unsigned char[::1] buf, long long[::1] records, Py_ssize_t first, Py_ssize_t last,
    long long[::1] segments, Py_ssize_t filled, bint hashed, long long[::1] anomalies
) noexcept nogil
