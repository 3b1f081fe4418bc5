cimport cython
from unstick.wire.internet cimport walk_ip
from unstick.wire.links cimport peel
from unstick.wire.octets cimport (ask_to_write, u16)
from unstick.wire.segments cimport (bears_timestamps, fill, put_ipv4, put_ipv4_at_once, put_ipv6,
    put_ipv6_at_once, put_tcp)
from unstick.wire.tunnels cimport open_tunnel

cdef Py_ssize_t ENCAPSULATION, FRAME, INTERFACE, NOTICES, SEGMENT_WIDTH, TIME_NS
cdef Py_ssize_t RECORD_AT, RECORD_DEPTH, RECORD_ENCAPSULATION, RECORD_END, RECORD_FRAGMENT
cdef Py_ssize_t RECORD_FRAME, RECORD_INTERFACE, RECORD_IP, RECORD_LAYER, RECORD_LENGTH
cdef Py_ssize_t RECORD_NOTICES, RECORD_OFFSET, RECORD_STOP, RECORD_TIME_NS
cdef Py_ssize_t HEADER_AT, SHORTEST, TYPE_INDEX_AT, UDP_PORT_AT
cdef long long LAYER_FIRST_TUNNEL, LAYER_FRAGMENT, LAYER_IPV4, LAYER_LAST_LINK
cdef long long LAYER_LAST_NETWORK, LAYER_NOTHING, LAYER_RAW, LAYER_TCP
cdef long long ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_VLAN, OTHER, PROTOCOL_TCP, PROTOCOL_UDP
cdef long long BRIEF, COMPILED, ROWS_AHEAD, VLAN_TAG

@cython.locals(
    encapsulation=cython.longlong, size=cython.Py_ssize_t, index=cython.Py_ssize_t,
    ethertype=cython.longlong, took=cython.longlong
)
cdef inline long long quick(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, Py_ssize_t at, Py_ssize_t end,
    Py_ssize_t stop, long long layer, long long[::1] segments, Py_ssize_t base, long long detail
) noexcept nogil

@cython.locals(after=cython.Py_ssize_t, usual=cython.bint)
cdef inline long long quick_ipv4(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, Py_ssize_t at, Py_ssize_t end,
    Py_ssize_t stop, long long[::1] segments, Py_ssize_t base, long long detail
) noexcept nogil

@cython.locals(after=cython.Py_ssize_t, usual=cython.bint)
cdef inline long long quick_ipv6(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, Py_ssize_t at, Py_ssize_t end,
    Py_ssize_t stop, long long[::1] segments, Py_ssize_t base, long long detail
) noexcept nogil

cdef inline long long quick_other(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, Py_ssize_t at, Py_ssize_t end,
    Py_ssize_t stop, long long protocol
) noexcept nogil

@cython.locals(header=cython.Py_ssize_t)
cdef inline long long quick_tcp(
    const unsigned char[::1] buf, Py_ssize_t at, Py_ssize_t end, Py_ssize_t stop,
    long long[::1] segments, Py_ssize_t base, long long detail
) noexcept nogil

cdef void place(
    long long[::1] record, long long frame, long long time_ns, long long offset, long long captured,
    long long length, long long layer, long long interface
) noexcept nogil

@cython.locals(layer=cython.longlong)
cdef long long decode(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long[::1] segments, Py_ssize_t filled, long long detail, long long[::1] anomalies
) noexcept nogil

@cython.locals(base=cython.Py_ssize_t, stop=cython.Py_ssize_t, took=cython.longlong)
cpdef inline long long take(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long frame, long long time_ns, Py_ssize_t at, Py_ssize_t captured, Py_ssize_t length,
    long long layer, long long interface, long long[::1] segments, Py_ssize_t filled, long long detail,
    long long[::1] anomalies
) noexcept nogil
