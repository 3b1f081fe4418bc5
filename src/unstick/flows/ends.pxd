"""C types of ends.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.flows.hashing cimport key_of

cdef long long HIGH_ADDRESS_HIGH, HIGH_KEY, IP_VERSION, LOW_ADDRESS_HIGH, LOW_KEY, MASK, PORTS
cdef long long SOURCE_HIGH, SOURCE_LOW, SOURCE_PORT, STRANGER, TARGET_HIGH, TARGET_LOW, TARGET_PORT

cdef inline long long end_of(
    const long long[::1] segments, Py_ssize_t base, Py_ssize_t address, Py_ssize_t port
) noexcept nogil

@cython.locals(version=cython.longlong, source=cython.longlong, target=cython.longlong,
               straight=cython.longlong, crossed=cython.longlong)
cdef inline long long sender_of(
    const long long[::1] streams, Py_ssize_t row, const long long[::1] segments, Py_ssize_t base
) noexcept nogil

@cython.locals(ports=cython.longlong, source=cython.longlong, target=cython.longlong,
               key=cython.longlong, other_key=cython.longlong,
               straight=cython.longlong, crossed=cython.longlong)
cdef long long _sender_ipv6(
    const long long[::1] streams, Py_ssize_t row, const long long[::1] segments, Py_ssize_t base
) noexcept nogil

cdef long long sender_is_high(const long long[::1] segments, Py_ssize_t base) noexcept nogil
