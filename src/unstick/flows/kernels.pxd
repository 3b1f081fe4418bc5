# C types of kernels.py (see docs/decisions). Every local is listed: nogil refuses what is not.
cimport cython

from unstick.flows.ends cimport (end_of, sender_is_high, sender_of)
from unstick.flows.hashing cimport (prefetch, tag_of)

cdef Py_ssize_t FRAMES_BEFORE, FREE_SLOT, KNOWN, REPLACED_ROOM, STREAM_ROOM
cdef Py_ssize_t SUCCESSOR_FRAME, SUCCESSOR_NS, FRAME, TIME_NS
cdef Py_ssize_t BASE_LOW, CLIENT, NUMBER, PORTS, STREAM_WIDTH
cdef Py_ssize_t LOW_KEY, HIGH_KEY, LOW_ADDRESS_HIGH, LOW_ADDRESS_LOW, HIGH_ADDRESS_HIGH
cdef Py_ssize_t HIGH_ADDRESS_LOW
cdef Py_ssize_t INDEX_ROOM, INDEX_USED, MAX_STREAMS, NEXT_NUMBER, NEXT_SLOT
cdef Py_ssize_t REFUSED_OPENINGS, REFUSED_SEGMENTS, REPLACED_COUNT, SALT
cdef long long STRANGER, FULL, COMPILED, AHEAD, ROWS_AHEAD, NEAR, GRAVE, NO_SLOT, SLOT_MASK

cdef Py_ssize_t ACK, FLAGS, IP_VERSION, NOTICES, SEGMENT_WIDTH, SEQ, SIDE, SLOT
cdef Py_ssize_t SOURCE_HIGH, SOURCE_LOW, SOURCE_PORT, TARGET_HIGH, TARGET_LOW, TARGET_PORT
cdef long long SALT_STEP, ACK_FLAG, MASK, NONE, NOTICE_CUT_HEADER, NOTICE_IN_ICMP, SYN

@cython.locals(at=cython.Py_ssize_t, slot=cython.longlong)
cdef Py_ssize_t _find(
    const long long[::1] index, Py_ssize_t mask, const long long[::1] streams,
    const long long[::1] segments, Py_ssize_t base, long long tag
) noexcept nogil

@cython.locals(tag=cython.longlong)
cdef inline void _prepare(
    long long[::1] segments, Py_ssize_t base, const long long[::1] index, Py_ssize_t mask,
    long long secret
) noexcept nogil

cdef void _look_ahead(
    const long long[::1] segments, Py_ssize_t base, const long long[::1] index, Py_ssize_t mask,
    const long long[::1] streams
) noexcept nogil

@cython.locals(word=cython.longlong)
cdef Py_ssize_t _come_home(long long[::1] index, Py_ssize_t at, Py_ssize_t home) noexcept nogil

cdef long long _client(
    const long long[::1] segments, Py_ssize_t base, long long sender
) noexcept nogil

@cython.locals(slot=cython.longlong, row=cython.Py_ssize_t, low=cython.Py_ssize_t,
               high=cython.Py_ssize_t, low_port=cython.Py_ssize_t, high_port=cython.Py_ssize_t,
               following=cython.longlong)
cdef long long _open(
    const long long[::1] segments, long long[::1] streams, long long[::1] counters,
    Py_ssize_t base, long long sender
) noexcept nogil

cdef long long _is_full(
    const long long[::1] counters, long long known, long long refused
) noexcept nogil

@cython.locals(frame=cython.longlong)
cdef void _succeed(
    const long long[::1] segments, long long[::1] streams, long long[::1] counters,
    long long[::1] replaced, Py_ssize_t base, Py_ssize_t slot
) noexcept nogil

@cython.locals(opening=cython.longlong)
cdef void _learn(
    const long long[::1] segments, long long[::1] streams, Py_ssize_t base,
    Py_ssize_t mine, Py_ssize_t other
) noexcept nogil

cdef long long _starts_stream(
    const long long[::1] segments, const long long[::1] streams, Py_ssize_t base, Py_ssize_t mine
) noexcept nogil

cdef long long _refuse(
    const long long[::1] segments, long long[::1] counters, Py_ssize_t base
) noexcept nogil

@cython.locals(mine=cython.Py_ssize_t, known=cython.longlong, refused=cython.longlong)
cdef long long _consider(
    const long long[::1] segments, long long[::1] streams, long long[::1] counters,
    long long[::1] replaced, Py_ssize_t base, long long sender, long long slot
) noexcept nogil

cdef void _point(long long[::1] index, Py_ssize_t at, long long tag, long long slot) noexcept nogil

@cython.locals(row=cython.Py_ssize_t, end=cython.Py_ssize_t, ready=cython.Py_ssize_t,
               base=cython.Py_ssize_t, sender=cython.longlong, tag=cython.longlong,
               at=cython.Py_ssize_t, slot=cython.longlong, stream=cython.Py_ssize_t,
               secret=cython.longlong)
cpdef long long assign(
    long long[::1] segments, Py_ssize_t first, Py_ssize_t count, long long[::1] index,
    Py_ssize_t mask, long long[::1] streams, long long[::1] counters, long long[::1] replaced
) noexcept nogil
