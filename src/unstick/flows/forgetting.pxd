"""C types of forgetting.py. Both builds give the same numbers, bit for bit."""

cimport cython

from unstick.flows.hashing cimport (prefetch, tag_of)

cdef long long COMPILED, FAR, NEARER, SALT_STEP, HIGH_KEY, LOW_KEY, FREE_SLOT, GRAVE, HIGH_ADDRESS_HIGH, KNOWN, LOW_ADDRESS_HIGH, NUMBER, PORTS, SALT
cdef long long SLOT_MASK, STREAM_WIDTH

@cython.locals(i=cython.Py_ssize_t, slot=cython.longlong,
               tag=cython.longlong, at=cython.Py_ssize_t, secret=cython.longlong)
cpdef long long forget(
    long long[::1] slots, Py_ssize_t count, long long[::1] index, Py_ssize_t mask,
    long long[::1] streams, long long[::1] counters
) noexcept nogil

@cython.locals(i=cython.Py_ssize_t)
cpdef long long release(
    const long long[::1] slots, Py_ssize_t count, long long[::1] streams, long long[::1] counters
) noexcept nogil

@cython.locals(row=cython.Py_ssize_t)
cdef inline long long _tag(
    const long long[::1] streams, long long slot, long long secret
) noexcept nogil

@cython.locals(used=cython.Py_ssize_t, place=cython.Py_ssize_t, word=cython.longlong,
               at=cython.Py_ssize_t)
cpdef long long rehash(
    long long[::1] old, Py_ssize_t words, long long[::1] new, Py_ssize_t mask
) noexcept nogil
