cimport cython
from unstick.wire.octets cimport note

cdef Py_ssize_t ENCRYPTED, IP_CUT, IP_FRAGMENTS, IP_HEADER_LENGTH, IP_LENGTH_LONG
cdef Py_ssize_t IP_LENGTH_SHORT, IP_VERSION_ODD, NESTED_TOO_DEEP
cdef Py_ssize_t RECORD_AT, RECORD_DEPTH, RECORD_ENCAPSULATION, RECORD_END, RECORD_FRAGMENT
cdef Py_ssize_t RECORD_FRAME, RECORD_IP, RECORD_LAYER, RECORD_NOTICES, RECORD_STOP
cdef Py_ssize_t RECORD_LENGTH, RECORD_OFFSET
cdef Py_ssize_t PROTOCOL_AT
cdef long long MASK, NOTICE_IN_ICMP, NOTICE_TSO
cdef long long LAYER_AUTHENTICATION, LAYER_ENCRYPTED, LAYER_EXTENSION
cdef long long LAYER_FRAGMENT, LAYER_FRAGMENT_HEADER, LAYER_IPV4, LAYER_IPV6
cdef long long LAYER_LAST_NETWORK, LAYER_NOTHING, LAYER_TCP
cdef long long DEPTH_LIMIT, IP_IN_IP_TAG

@cython.locals(stop=cython.longlong, outer=cython.longlong)
cdef void limit(
    long long[::1] record, long long at, long long length, long long[::1] anomalies
) noexcept nogil

@cython.locals(layer=cython.longlong, encapsulation=cython.longlong)
cdef long long next_layer(
    const unsigned char[::1] lookup, long long[::1] record, Py_ssize_t protocol,
    long long[::1] anomalies
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, frame=cython.longlong, header=cython.Py_ssize_t, length=cython.longlong,
    fragment=cython.longlong, layer=cython.longlong
)
cdef long long step_ipv4(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long[::1] anomalies
) noexcept nogil

@cython.locals(at=cython.Py_ssize_t, frame=cython.longlong, length=cython.longlong)
cdef long long step_ipv6(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long[::1] anomalies
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, end=cython.Py_ssize_t, size=cython.Py_ssize_t, fragment=cython.longlong
)
cdef long long step_extension(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long layer, long long[::1] anomalies
) noexcept nogil

@cython.locals(layer=cython.longlong, depth=cython.longlong)
cdef long long walk_ip(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long[::1] anomalies
) noexcept nogil
