cimport cython
from unstick.wire.octets cimport note

cdef Py_ssize_t LINK_CUT, LINK_PROTECTED, NESTED_TOO_DEEP
cdef Py_ssize_t RECORD_AT, RECORD_DEPTH, RECORD_ENCAPSULATION, RECORD_END, RECORD_FRAME
cdef Py_ssize_t RECORD_LAYER, RECORD_STOP
cdef Py_ssize_t ETHERTYPE_AT, FAMILY_AT, HEADER_AT, LINK_TYPE_AT, PPP_AT, TYPE_INDEX_AT
cdef long long LINK_TYPE_SIZE, PPP_SIZE, MASK
cdef long long LAYER_ARCNET_LINUX, LAYER_ETHERNET, LAYER_FDDI, LAYER_IPV4, LAYER_IPV6
cdef long long LAYER_LAST_LINK, LAYER_LLC, LAYER_MPLS, LAYER_NFLOG, LAYER_NOTHING, LAYER_NULL
cdef long long LAYER_PKTAP, LAYER_PPP, LAYER_PPPOE, LAYER_RADIOTAP, LAYER_RAW, LAYER_VLAN
cdef long long LAYER_WLAN
cdef long long DEPTH_LIMIT, VLAN_TAG, MPLS_TAG

cdef long long tagged(long long encapsulation, long long tag) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, size=cython.Py_ssize_t, index=cython.Py_ssize_t, ethertype=cython.longlong
)
cdef long long step_fixed(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long layer
) noexcept nogil

@cython.locals(at=cython.Py_ssize_t, end=cython.Py_ssize_t)
cdef long long step_llc(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, end=cython.Py_ssize_t, bottom=cython.longlong, label=cython.longlong,
    version=cython.longlong
)
cdef long long step_mpls(const unsigned char[::1] buf, long long[::1] record) noexcept nogil

@cython.locals(at=cython.Py_ssize_t, end=cython.Py_ssize_t, protocol=cython.longlong)
cdef long long step_ppp(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record
) noexcept nogil

@cython.locals(at=cython.Py_ssize_t)
cdef long long step_null(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record
) noexcept nogil

@cython.locals(at=cython.Py_ssize_t, version=cython.longlong)
cdef long long step_raw(const unsigned char[::1] buf, long long[::1] record) noexcept nogil

@cython.locals(at=cython.Py_ssize_t, end=cython.Py_ssize_t, stop=cython.longlong)
cdef long long step_short(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long layer
) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, end=cython.Py_ssize_t, size=cython.Py_ssize_t, kind=cython.longlong
)
cdef long long step_nflog(const unsigned char[::1] buf, long long[::1] record) noexcept nogil

@cython.locals(
    at=cython.Py_ssize_t, end=cython.Py_ssize_t, size=cython.Py_ssize_t, control=cython.longlong,
    flags=cython.longlong
)
cdef long long step_wlan(const unsigned char[::1] buf, long long[::1] record) noexcept nogil

@cython.locals(at=cython.Py_ssize_t, end=cython.Py_ssize_t, inner=cython.longlong)
cdef long long step_prefixed(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long layer
) noexcept nogil

cdef long long step(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long layer
) noexcept nogil

@cython.locals(layer=cython.longlong, depth=cython.longlong)
cdef long long peel(
    const unsigned char[::1] buf, const unsigned char[::1] lookup, long long[::1] record,
    long long[::1] anomalies
) noexcept nogil
