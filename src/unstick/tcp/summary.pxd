"""C types of summary.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.tcp.seats cimport (peek)
from unstick.tcp.words cimport (prefetch)

cdef long long RESTED_AHEAD, COMPILED, NOWHERE, PLACE_WIDTH, P_PLACE, SHELVED, UNIT_WORDS
cdef long long USUAL_UNITS, WANTED, CLIENT, C_FIRST_FRAME, C_FIRST_NS, C_LAST_FRAME, C_LAST_NS, HIGH_ADDRESS_HIGH
cdef long long HIGH_ADDRESS_LOW, LOW_ADDRESS_HIGH, LOW_ADDRESS_LOW, NONE, NUMBER, PORTS
cdef long long ROW_WIDTH, R_CLIENT_BYTES, R_CLIENT_HIGH, R_CLIENT_LOW, R_CLIENT_PACKETS
cdef long long R_CLIENT_PORT, R_CLIENT_RESETS, R_CLIENT_RETRANSMITTED, R_CLIENT_STATE
cdef long long R_CLIENT_ZERO_WINDOWS, R_COMPLETE, R_DURATION_NS, R_FIRST_FRAME, R_FIRST_NS
cdef long long R_LAST_FRAME, R_NUMBER, R_SERVER_HIGH, R_SERVER_LOW, R_SERVER_PORT, R_VERSION
cdef long long SIDES, SIDE_WIDTH, STREAM_WIDTH, S_BYTES, S_FIN_FRAME, S_PACKETS, S_RESETS
cdef long long S_RETRANSMITTED, S_STATE, S_SYN_FRAME, S_ZERO_WINDOWS

@cython.locals(written=cython.longlong, i=cython.Py_ssize_t, slot=cython.longlong,
    at=cython.Py_ssize_t, lasted=cython.longlong, complete=cython.longlong,
    side=cython.longlong, mine=cython.Py_ssize_t)
cpdef long long summarise(long long[::1] t, long long[::1] p, long long[::1] m,
    long long[::1] fresh, long long[::1] timed, long long[::1] stage,
    long long[::1] b, long long[::1] scratch, long long[::1] streams,
    long long[::1] slots, Py_ssize_t first, Py_ssize_t count, long long[::1] rows) noexcept nogil

@cython.locals(place=cython.longlong, unit=cython.Py_ssize_t)
cdef void _look_ahead(long long[::1] p, long long[::1] b, long long[::1] streams,
    long long slot) noexcept nogil

@cython.locals(ports=cython.longlong, low=cython.longlong, high=cython.longlong,
    low_port=cython.longlong, high_port=cython.longlong)
cdef void _ends(long long[::1] streams, Py_ssize_t stream, long long[::1] rows,
    Py_ssize_t at) noexcept nogil
