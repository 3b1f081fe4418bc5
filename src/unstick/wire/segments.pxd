cimport cython
from unstick.wire.octets cimport note, s64, u16, u32

cdef Py_ssize_t TCP_CUT, TCP_HEADER_LENGTH
cdef Py_ssize_t ACK, CAPTURED, CHECKSUM, ENCAPSULATION, FLAGS, FRAME, INTERFACE, IP_ID
cdef Py_ssize_t IP_VERSION, LENGTH, MSS, NOTICES, OPTIONS, PAYLOAD_HASH, SACK_1_LEFT, SACK_COUNT
cdef Py_ssize_t SEGMENT_WIDTH, SEQ, SIDE, SLOT, SOURCE_HIGH, SOURCE_LOW, SOURCE_PORT
cdef Py_ssize_t TARGET_HIGH, TARGET_LOW, TARGET_PORT, TIME_NS, TSECR, TSVAL, TTL, URGENT, WINDOW
cdef Py_ssize_t WINDOW_SCALE
cdef Py_ssize_t RECORD_AT, RECORD_ENCAPSULATION, RECORD_END, RECORD_FRAME, RECORD_INTERFACE
cdef Py_ssize_t RECORD_IP, RECORD_NOTICES, RECORD_STOP, RECORD_TIME_NS
cdef long long FOLD, PRIME_1, PRIME_2, PRIME_3, PRIME_4, PRIME_5, PRIME_6
cdef Py_ssize_t PRINT
cdef long long BRIEF, HASHED, MASK, NONE
cdef unsigned long long MASK_64, FNV_START, FNV_PRIME
cdef long long NOTICE_CUT_HEADER, NOTICE_CUT_OPTIONS, NOTICE_IN_ICMP
cdef long long OPTION_AO, OPTION_DAMAGED, OPTION_FAST_OPEN, OPTION_MD5, OPTION_MPTCP, OPTION_MSS
cdef long long OPTION_OTHER, OPTION_SACK, OPTION_SACK_PERMITTED, OPTION_TIMESTAMPS
cdef long long OPTION_USER_TIMEOUT, OPTION_WINDOW_SCALE
cdef Py_ssize_t SHORTEST, HASHED_BYTES
cdef long long SCALE_LIMIT, TIMESTAMPS_ALONE

@cython.locals(value=cython.ulonglong)
cdef long long payload_hash(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end
) noexcept nogil

cdef long long option_bit(
    const unsigned char[::1] buf, Py_ssize_t at, long long kind, long long size
) noexcept nogil

@cython.locals(bit=cython.longlong, blocks=cython.Py_ssize_t, i=cython.Py_ssize_t)
cdef long long read_option(
    const unsigned char[::1] buf, Py_ssize_t at, long long kind, long long size, long long[::1] row,
    Py_ssize_t base
) noexcept nogil

@cython.locals(kind=cython.longlong, size=cython.longlong)
cdef long long read_options(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t stop, Py_ssize_t end, long long seen,
    long long[::1] row, Py_ssize_t base
) noexcept nogil

cdef inline bint bears_timestamps(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, Py_ssize_t stop
) noexcept nogil

cdef bint put_ipv4_at_once(const unsigned char[::1] buf, Py_ssize_t at, long long[::1] row,
    Py_ssize_t base) noexcept nogil

cdef bint put_ipv6_at_once(const unsigned char[::1] buf, Py_ssize_t at, long long[::1] row,
    Py_ssize_t base) noexcept nogil

@cython.locals(i=cython.Py_ssize_t)
cdef inline void put_no_options(long long[::1] row, Py_ssize_t base) noexcept nogil

@cython.locals(seen=cython.longlong)
cdef inline void put_options(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t stop, Py_ssize_t end,
    long long[::1] row, Py_ssize_t base, long long detail
) noexcept nogil

@cython.locals(flags_window=cython.longlong)
cdef inline long long print_of(
    const long long[::1] row, Py_ssize_t base, long long checksum
) noexcept nogil

@cython.locals(value=cython.longlong)
cdef inline long long folded(
    long long seq, long long ack, long long flags_window, long long checksum_ip_id,
    long long tsval, long long length
) noexcept nogil

cdef void put_rest(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t payload, Py_ssize_t end,
    long long[::1] row, Py_ssize_t base, long long detail
) noexcept nogil

cdef inline void put_ipv4(
    const unsigned char[::1] buf, Py_ssize_t at, long long[::1] row, Py_ssize_t base
) noexcept nogil

cdef inline void put_ipv6(
    const unsigned char[::1] buf, Py_ssize_t at, long long[::1] row, Py_ssize_t base
) noexcept nogil

@cython.locals(bits=cython.longlong, header=cython.Py_ssize_t, checksum=cython.longlong,
    flags=cython.longlong, seq=cython.longlong, ack=cython.longlong, window=cython.longlong,
    length=cython.longlong, identity=cython.longlong, tsval=cython.longlong)
cdef inline void put_tcp(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, Py_ssize_t stop,
    long long[::1] row, Py_ssize_t base, long long detail
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, end=cython.Py_ssize_t, stop=cython.Py_ssize_t, header=cython.Py_ssize_t,
    base=cython.Py_ssize_t, ip=cython.Py_ssize_t
)
cpdef Py_ssize_t fill(
    const unsigned char[::1] buf, long long[::1] record, long long[::1] segments, Py_ssize_t filled,
    long long detail, long long[::1] anomalies
) noexcept nogil
