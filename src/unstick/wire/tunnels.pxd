cimport cython

cdef Py_ssize_t ANOMALY_COUNT, ANOMALY_DETAIL, ANOMALY_FIRST_FRAME, ANOMALY_WIDTH
cdef Py_ssize_t TUNNEL_DAMAGED
cdef Py_ssize_t RECORD_AT, RECORD_ENCAPSULATION, RECORD_END, RECORD_FRAME, RECORD_LAYER
cdef Py_ssize_t RECORD_NOTICES, RECORD_WIDTH
cdef Py_ssize_t ETHERTYPE_AT, UDP_PORT_AT
cdef long long MASK, NOTICE_IN_ICMP, TUNNEL_TAG
cdef long long LAYER_ERSPAN, LAYER_ERSPAN_3, LAYER_ETHERIP, LAYER_ETHERNET, LAYER_FIRST_TUNNEL
cdef long long LAYER_GENEVE, LAYER_GRE, LAYER_GTP, LAYER_ICMP, LAYER_ICMPV6, LAYER_IPV4
cdef long long LAYER_IPV6, LAYER_MPLS, LAYER_NOTHING, LAYER_PPP, LAYER_RAW, LAYER_TCP
cdef long long LAYER_TEREDO, LAYER_UDP, LAYER_VXLAN, LAYER_VXLAN_GPE

@cython.locals(at=cython.Py_ssize_t)
cdef void note(
    long long[::1] anomalies, Py_ssize_t kind, long long frame, long long detail
) noexcept nogil

@cython.locals(encapsulation=cython.longlong)
cdef void wrap(
    long long[::1] records, Py_ssize_t base, long long at, long long kind, long long number
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, end=cython.Py_ssize_t, kind=cython.longlong, number=cython.longlong
)
cdef long long open_udp(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] records,
    Py_ssize_t base
) noexcept nogil

@cython.locals(number=cython.longlong)
cdef long long open_vxlan(
    const unsigned char[::1] buf, long long[::1] records, Py_ssize_t base, Py_ssize_t at,
    long long kind
) noexcept nogil

@cython.locals(
    end=cython.Py_ssize_t, size=cython.Py_ssize_t, number=cython.longlong,
    following=cython.longlong,
)
cdef long long open_gtp(
    const unsigned char[::1] buf, long long[::1] records, Py_ssize_t base, Py_ssize_t at
) noexcept nogil

@cython.locals(end=cython.Py_ssize_t)
cdef long long open_teredo(
    const unsigned char[::1] buf, long long[::1] records, Py_ssize_t base, Py_ssize_t at
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, end=cython.Py_ssize_t, size=cython.Py_ssize_t, flags=cython.longlong,
    layer=cython.longlong, sequence=cython.Py_ssize_t, number=cython.longlong,
)
cdef long long open_gre(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] records,
    Py_ssize_t base
) noexcept nogil

@cython.locals(at=cython.Py_ssize_t, kind=cython.longlong, quoting=cython.bint)
cdef long long open_icmp(
    const unsigned char[::1] buf, long long[::1] records, Py_ssize_t base, long long layer
) noexcept nogil

cdef long long open_one(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] records,
    Py_ssize_t base, long long layer
) noexcept nogil

@cython.locals(
    opened=cython.Py_ssize_t, row=cython.Py_ssize_t, base=cython.Py_ssize_t, layer=cython.longlong
)
cpdef Py_ssize_t open_tunnels(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] records,
    Py_ssize_t count, long long[::1] anomalies
) noexcept nogil
