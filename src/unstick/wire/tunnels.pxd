cimport cython
from unstick.wire.octets cimport note

cdef Py_ssize_t TUNNEL_DAMAGED
cdef Py_ssize_t RECORD_AT, RECORD_ENCAPSULATION, RECORD_END, RECORD_FRAME, RECORD_LAYER
cdef Py_ssize_t RECORD_NOTICES
cdef Py_ssize_t ETHERTYPE_AT, UDP_PORT_AT
cdef long long MASK, NOTICE_IN_ICMP, TUNNEL_TAG
cdef long long LAYER_ERSPAN, LAYER_ERSPAN_3, LAYER_ETHERIP, LAYER_ETHERNET
cdef long long LAYER_GENEVE, LAYER_GRE, LAYER_GTP, LAYER_ICMP, LAYER_ICMPV6, LAYER_IPV4
cdef long long LAYER_IPV6, LAYER_MPLS, LAYER_NOTHING, LAYER_PPP, LAYER_RAW
cdef long long LAYER_TEREDO, LAYER_UDP, LAYER_VXLAN, LAYER_VXLAN_GPE

@cython.locals(encapsulation=cython.longlong)
cdef void wrap(long long[::1] record, long long at, long long kind, long long number) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, end=cython.Py_ssize_t, kind=cython.longlong, number=cython.longlong
)
cdef long long open_udp(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record
) noexcept nogil

@cython.locals(number=cython.longlong)
cdef long long open_vxlan(
    const unsigned char[::1] buf, long long[::1] record, Py_ssize_t at, long long kind
) noexcept nogil

@cython.locals(
    end=cython.Py_ssize_t, size=cython.Py_ssize_t, number=cython.longlong, following=cython.longlong
)
cdef long long open_gtp(
    const unsigned char[::1] buf, long long[::1] record, Py_ssize_t at
) noexcept nogil

@cython.locals(end=cython.Py_ssize_t)
cdef long long open_teredo(
    const unsigned char[::1] buf, long long[::1] record, Py_ssize_t at
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, end=cython.Py_ssize_t, size=cython.Py_ssize_t, flags=cython.longlong,
    layer=cython.longlong, sequence=cython.Py_ssize_t, number=cython.longlong
)
cdef long long open_gre(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record
) noexcept nogil

@cython.locals(at=cython.Py_ssize_t, kind=cython.longlong, quoting=cython.bint)
cdef long long open_icmp(
    const unsigned char[::1] buf, long long[::1] record, long long layer
) noexcept nogil

cdef long long open_one(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long layer
) noexcept nogil

@cython.locals(layer=cython.longlong)
cdef long long open_tunnel(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long[::1] anomalies
) noexcept nogil
